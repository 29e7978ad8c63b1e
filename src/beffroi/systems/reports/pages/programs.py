"""Programs that may report by Open311: for the administrators of an authority."""

import secrets
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.adapters.open311.documents import Format
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.keys import end_key, give_key
from beffroi.systems.reports.forms.programs import ProgramForm
from beffroi.systems.reports.queries.programs import keys_of


@require_http_methods(["GET", "POST"])
def program_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Those that have a key, where they ask, and a key for another one, which is shown once."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = ProgramForm(request.POST or None)
    discovery = reverse("open311-discovery", args=[slug, Format.XML.value])
    told = {"desk": authority, "address": f"{public_address(authority)}{discovery}"}
    if request.method == "POST" and form.is_valid():
        name, secret = form.cleaned_data["name"], secrets.token_urlsafe(24)
        give_key(authority=authority.pk, name=name, secret=secret, by=viewer.known_person, now=utc_now())
        return render(request, "reports/settings_key.html", {**told, "name": name, "secret": secret}, status=201)
    told |= {"form": form, "page": page_of(request, keys_of(viewer, authority.pk))}
    return render(request, "reports/settings_programs.html", told, status=422 if form.errors else 200)


@require_POST
def program_end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """A program reports no more."""
    viewer = viewer_of(request)
    row = keys_of(viewer, administered(viewer, slug).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    end_key(key=row, by=viewer.known_person, now=utc_now())
    messages.success(request, _("“%(name)s” reports no more. What it reported stays.") % {"name": row.name})
    return redirect("report-programs", slug=slug)
