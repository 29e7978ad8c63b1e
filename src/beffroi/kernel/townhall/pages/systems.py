"""Systems and what they do with data: their switch, their processing record, the draft of their impact assessment."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.grants.actions.conventions import date_aipd, switch_system
from beffroi.kernel.grants.queries import rights_living
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered, served
from beffroi.kernel.townhall.forms import SystemForm
from beffroi.kernel.townhall.queries.processing import rows_of, sheet_of, sheets, switch_of, switches
from beffroi.kernel.townhall.queries.publication import published
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.spreadsheets import spreadsheet
from beffroi.persistence.systems import SYSTEMS, System


@require_GET
def system_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every system there is, as it stands here."""
    viewer = viewer_of(request)
    desk = served(viewer, slug)
    return render(request, "townhall/systems.html", {"desk": desk, "switches": switches(desk.id)})


@require_http_methods(["GET", "POST"])
def system_page(request: HttpRequest, slug: str, system: str) -> HttpResponse:
    """One system; its switch, for administrators."""
    viewer = viewer_of(request)
    desk, found = served(viewer, slug), _system(system)
    switch = switch_of(desk.id, found)
    may_switch = desk.id in viewer.authorities(Role.ADMINISTRATOR)
    if request.method == "POST":
        desk = administered(viewer, slug)
    form = SystemForm(
        request.POST or None, initial={"aipd_on": switch.aipd_on, "on": switch.on}, today=localdate(utc_now())
    )
    if request.method == "POST" and form.is_valid() and _switched(request, desk, found, form):
        return redirect("system", slug=slug, system=system)
    told = {
        "desk": desk,
        "system": found,
        "switch": switch,
        "form": form if may_switch else None,
        "living": rights_living(authority=desk.id, system=system, as_of=viewer.as_of),
        "sheet": sheet_of(desk.id, found.processing, since=switch.aipd_on),
    }
    return render(request, "townhall/system.html", told, status=422 if form.errors else 200)


@require_GET
def aipd_draft(request: HttpRequest, slug: str, system: str) -> HttpResponse:
    """The draft of the impact assessment, to complete and sign: printed, or saved as a page that a word processor opens."""
    desk, found = served(viewer_of(request), slug), _system(system)
    told = {
        "desk": desk,
        "system": found,
        "sheet": sheet_of(desk.id, found.processing),
        "published": published(desk),
        "today": localdate(utc_now()),
    }
    if "file" not in request.GET:
        return render(request, "townhall/aipd.html", told)
    response = render(request, "townhall/aipd_file.html", told)
    response["Content-Disposition"] = f'attachment; filename="aipd-{found.code}-{desk.slug}.html"'
    return response


@require_GET
def processing_register(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's register of processings (RGPD, 30)."""
    desk = served(viewer_of(request), slug)
    return render(
        request,
        "townhall/processing.html",
        {"desk": desk, "sheets": sheets(desk.id), "published": published(desk)},
    )


@require_GET
def processing_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a table."""
    desk = served(viewer_of(request), slug)
    return spreadsheet(rows_of(desk.id), f"{_('processings')}-{desk.slug}.csv")


def _system(code: str) -> System:
    found = SYSTEMS.get(code)
    if found is None:
        raise Hidden
    return found


def _switched(request: HttpRequest, desk: Authority, system: System, form: SystemForm) -> bool:
    """Date it, then switch it: what is refused leaves its entry, and the form says what to do."""
    viewer, now = viewer_of(request), utc_now()
    dated, on = form.cleaned_data["aipd_on"], form.cleaned_data["on"]
    before = switch_of(desk.id, system)
    if dated is None and before.aipd_on is not None:
        form.add_error("aipd_on", _("Its date stays: correct it, or switch the system off."))
        return False
    if dated and before.aipd_on != dated:
        date_aipd(authority=desk.id, system=system.code, on=dated, by=viewer.known_person, now=now)
    if before.on == on:
        messages.success(request, _("Saved."))
        return True
    if switch_system(authority=desk.id, system=system.code, on=on, by=viewer.known_person, now=now):
        messages.success(request, _("Switched on.") if on else _("Switched off."))
        return True
    form.add_error("aipd_on", _("Date the impact assessment first: the system is switched on only then."))
    return False
