"""The state of the installation, for administrators; the sheet of the degraded mode, for those who keep watch."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered, named
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.kernel.upkeep.actions.sheets import note_printed, write_sheet
from beffroi.kernel.upkeep.forms import SheetForm
from beffroi.kernel.upkeep.queries.sheets import paper, sheet_of
from beffroi.kernel.upkeep.queries.standing import lately, lines
from beffroi.kernel.upkeep.registry import WATCHING
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.checkup import HERE, QUICK, State, worst


def watched(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities for which the viewer keeps watch."""
    return every_authority().filter(pk__in=viewer.authorities(*WATCHING))


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """What works, what doesn't, since when, what to do: looked at now."""
    viewer = viewer_of(request)
    if not viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    found = lines(viewer, HERE.examine(utc_now(), fresh=QUICK))
    wrong = [line for line in found if line.finding.state is not State.WELL]
    told = {
        "wrong": wrong,
        "well": [line for line in found if line.finding.state is State.WELL],
        "bad": worst(line.finding for line in found) is State.BAD,
        "lately": lately(viewer),
        "now": viewer.as_of,
    }
    return render(request, "upkeep/state.html", told)


@require_GET
def degraded(request: HttpRequest, slug: str) -> HttpResponse:
    """The sheet as it would be printed now."""
    viewer = viewer_of(request)
    desk = named(watched(viewer), slug)
    told = {
        "desk": desk,
        "paper": paper(desk, viewer.as_of),
        "administers": desk.pk in viewer.authorities(Role.ADMINISTRATOR),
        "now": viewer.as_of,
    }
    return render(request, "upkeep/degraded.html", told)


@require_http_methods(["GET", "POST"])
def degraded_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """What only the town knows."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    form = SheetForm(request.POST if request.method == "POST" else None, instance=sheet_of(desk.pk))
    if request.method == "POST" and form.is_valid():
        write_sheet(authority=desk.pk, texts=form.cleaned_data, by=viewer.known_person)
        messages.success(request, _("Saved. Print the sheet again: the paper on the wall knows nothing of it."))
        return redirect("degraded-of", slug=slug)
    return render(
        request, "upkeep/degraded_edit.html", {"desk": desk, "form": form}, status=422 if form.errors else 200
    )


@require_POST
def degraded_printed(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody says that the paper is where people find it."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    note_printed(authority=desk.pk, digest=paper(desk, utc_now()).digest, by=viewer.known_person, now=utc_now())
    HERE.forget()
    messages.success(request, _("Noted. You are told when it is to be printed again."))
    return redirect("degraded-of", slug=slug)
