"""Servers of others that reports are handed to: for the administrators of an authority."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.open311.client import Failed, Town, discover, way_in
from beffroi.adapters.open311.client import Server as Door
from beffroi.adapters.open311.documents import Discovery, Service
from beffroi.adapters.storage.errors import SealError
from beffroi.kernel.alerts.queries.audiences import organisations_to_choose
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.servers import (
    end_server,
    keep_server,
    map_services,
    note_services,
    note_silence,
    pause_server,
)
from beffroi.systems.reports.forms.servers import ServerForm, ServicesForm
from beffroi.systems.reports.forms.settings import explain
from beffroi.systems.reports.models import Server
from beffroi.systems.reports.queries.reports import categories_of
from beffroi.systems.reports.queries.servers import client_for, door, mapped_codes, servers_of
from beffroi.systems.reports.queries.words import trouble_words

MOST_SERVICES = 500


@require_http_methods(["GET", "POST"])
def server_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Those there are, and a form for another one."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = ServerForm(request.POST or None, organisations=organisations_to_choose(authority.pk, viewer.as_of))
    if request.method == "POST" and form.is_valid():
        now = utc_now()
        row = Server(pk=uuid4(), authority_id=authority.pk, made_at=now, read_until=now, due_at=now)
        if _kept(viewer, form, row):
            _ask(request, viewer, row)
            return redirect("report-server", slug=slug, pk=row.pk)
    page = page_of(request, servers_of(viewer, authority.pk))
    told = {"desk": authority, "form": form, "page": page, "lines": [(row, trouble_words(row.fault)) for row in page]}
    return render(request, "reports/settings_servers.html", told, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def server_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One server: where it is, and what becomes what there."""
    viewer = viewer_of(request)
    row = _server(viewer, slug, pk)
    form = _form(request if request.method == "POST" else None, viewer, row)
    if request.method == "POST" and row.ended_at is None and form.is_valid() and _kept(viewer, form, row):
        _ask(request, viewer, row)
        return redirect("report-server", slug=slug, pk=pk)
    return _shown(request, viewer, slug, pk, form=form)


@require_POST
def server_services(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Which service each kind of fault becomes."""
    viewer = viewer_of(request)
    row = _server(viewer, slug, pk)
    form = _services_form(request, row)
    if not form.is_valid():
        return _shown(request, viewer, slug, pk, services=form)
    map_services(server=row, codes=form.codes(), by=viewer.known_person, now=utc_now())
    messages.success(request, _("Saved. It holds for what is handed over from now on."))
    return redirect("report-server", slug=slug, pk=pk)


@require_POST
def server_ask(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask it what it takes."""
    viewer = viewer_of(request)
    row = _server(viewer, slug, pk)
    if row.ended_at is None:
        _ask(request, viewer, row)
    return redirect("report-server", slug=slug, pk=pk)


@require_POST
def server_pause(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Send nothing more there, or go on."""
    viewer = viewer_of(request)
    row = _server(viewer, slug, pk)
    paused = "again" not in request.POST
    pause_server(server=row, paused=paused, by=viewer.known_person, now=utc_now())
    messages.success(request, _("It waits: what is to leave leaves later.") if paused else _("It goes on."))
    return redirect("report-server", slug=slug, pk=pk)


@require_POST
def server_end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Nothing goes there any more."""
    viewer = viewer_of(request)
    row = _server(viewer, slug, pk)
    end_server(server=row, by=viewer.known_person, now=utc_now())
    said = _("Nothing goes to “%(name)s” any more, and its key is destroyed. What was sent stays in the reports.")
    messages.success(request, said % {"name": row.name})
    return redirect("report-servers", slug=slug)


def _server(viewer: Viewer, slug: str, pk: UUID) -> Server:
    row = servers_of(viewer, administered(viewer, slug).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _form(request: HttpRequest | None, viewer: Viewer, row: Server) -> ServerForm:
    initial = {"name": row.name, "url": row.url, "jurisdiction": row.jurisdiction}
    rows = organisations_to_choose(row.authority_id, viewer.as_of)
    return ServerForm(request.POST if request else None, organisations=rows, row=row, initial=initial)


def _services_form(request: HttpRequest | None, row: Server) -> ServicesForm:
    services = [(str(code), str(name)) for code, name in row.services]
    rows = list(categories_of(row.authority_id))
    return ServicesForm(request.POST if request else None, categories=rows, services=services, kept=mapped_codes(row))


def _shown(
    request: HttpRequest,
    viewer: Viewer,
    slug: str,
    pk: UUID,
    *,
    form: ServerForm | None = None,
    services: ServicesForm | None = None,
) -> HttpResponse:
    row = _server(viewer, slug, pk)
    form, services = form or _form(None, viewer, row), services or _services_form(None, row)
    wrong = form if form.errors else services if services.errors else None
    context = {
        "desk": administered(viewer, slug),
        "server": row,
        "trouble": trouble_words(row.fault),
        "form": wrong or form,
        "settings": form,
        "services": services,
    }
    return render(request, "reports/settings_server.html", context, status=422 if wrong else 200)


def _kept(viewer: Viewer, form: ServerForm, row: Server) -> bool:
    try:
        keep_server(server=form.written(row), key=form.secret(), by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        explain(error, form)
        return False
    except (KeyStoreError, SealError):
        form.add_error("key", _("This installation has no key to seal it with: whoever runs it makes one."))
        return False
    return True


def _ask(request: HttpRequest, viewer: Viewer, row: Server) -> None:
    try:
        found = asyncio.run(_found(door(row)))
    except (KeyStoreError, SealError):
        messages.warning(request, _("The key that closes this server’s key isn’t here."))
        return
    if isinstance(found, Failed):
        note_silence(server=row, fault=found.handover.fault)
        messages.warning(request, trouble_words(found.handover.fault))
        return
    there, services = found
    told = [(one.service_code, one.service_name) for one in services[:MOST_SERVICES]]
    note_services(
        server=row, url=there.url, form=there.form.value, services=told, by=viewer.known_person, now=utc_now()
    )
    said = ngettext(
        "It answers: %(n)s service is offered there.", "It answers: %(n)s services are offered there.", len(told)
    )
    messages.success(request, said % {"n": len(told)})


async def _found(server: Door) -> tuple[Door, tuple[Service, ...]] | Failed:
    """What it takes, at the address that was given, else where that says its interface is."""
    async with client_for(utc_now) as client:
        found = await Town(client, server).services()
        if not isinstance(found, Failed):
            return server, found.items
        said = await discover(client, server.url)
        way = way_in(said) if isinstance(said, Discovery) else None
        if way is None:
            return found
        there = replace(server, url=way[0].url, form=way[1])
        again = await Town(client, there).services()
        return again if isinstance(again, Failed) else (there, again.items)
