"""One report: for whoever handles it, whoever reads all of the authority's, and its author; and what each does with it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.handling import decide_line
from beffroi.systems.reports.errors import NotOpen, ReportError
from beffroi.systems.reports.models import STAGE_LABELS, Follower, Line, Photo, Report
from beffroi.systems.reports.pages.acts import ACTS
from beffroi.systems.reports.pages.asking import Asked
from beffroi.systems.reports.queries.desk import (
    Part,
    alike,
    of_the_same_thing,
    part_in,
    pictures,
)
from beffroi.systems.reports.queries.errands import written_of
from beffroi.systems.reports.queries.photos import unreadable_photos
from beffroi.systems.reports.queries.questions import answered
from beffroi.systems.reports.queries.reports import shown_photos, thread, visible
from beffroi.systems.reports.queries.rounds import on_shortlist
from beffroi.systems.reports.queries.servers import pushes_of
from beffroi.systems.reports.queries.things import page_of_thing
from beffroi.systems.reports.queries.turning import turned
from beffroi.systems.reports.queries.wordings import usable
from beffroi.systems.reports.queries.words import line_words, promise_words, time_left, trouble_words
from beffroi.systems.reports.rules import OPEN, SYSTEM, PhotoState, Stage

# The line of stages that a report goes along.
STAGES = [one for one in STAGE_LABELS if one[0] in (*OPEN, Stage.DONE)]


@require_GET
def report_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All of it that the viewer may see, and what they may do with it now."""
    viewer = viewer_of(request)
    return _drawn(request, viewer, _report(viewer, pk))


def report_act(name: str) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """The page that takes one act: wrong values come back on the report's page with what was typed."""
    act = ACTS[name]

    @require_POST
    def page(request: HttpRequest, pk: UUID) -> HttpResponse:
        viewer = viewer_of(request)
        report = _report(viewer, pk)
        said = usable(report.authority_id, report.category_id)
        asked = Asked(viewer, report, part_in(viewer, report), request.POST, request.FILES, request.path, said)
        if not act.whose(asked):
            raise Hidden
        try:
            if not act.when(asked):
                raise NotOpen
            done = act.done(asked)
        except ReportError as error:
            messages.warning(request, str(error.message))
            return redirect("report", pk=pk)
        if isinstance(done, forms.Form):
            return _drawn(request, viewer, report, {name: done})
        messages.success(request, done)
        # A desk that handed it over has it no more.
        return redirect("report", pk=pk) if visible(viewer).filter(pk=pk).exists() else redirect("reports")

    return page


@require_POST
def report_line(request: HttpRequest, pk: UUID, said: UUID) -> HttpResponse:
    """An agent read words of the thread that were held, and says whether others may."""
    viewer = viewer_of(request)
    report = _report(viewer, pk)
    part = part_in(viewer, report)
    line = thread(report, staff=True, whole=True).filter(pk=said).first()
    if not part.town or line is None:
        raise Hidden
    shown = request.POST.get("shown") == "yes"
    if decide_line(line=line, shown=shown, by=viewer.person, now=utc_now()):
        messages.success(request, _("Others read these words now.") if shown else _("These words stay hidden."))
    else:
        messages.warning(request, _("Somebody has decided on these words already."))
    return redirect("report", pk=pk)


def _report(viewer: Viewer, pk: UUID) -> Report:
    row = visible(viewer).select_related("assigned", "author", "into", "territory").filter(pk=pk).first()
    if row is None or not is_switched_on(authority=row.authority_id, system=SYSTEM):
        raise Hidden
    return row


def _drawn(
    request: HttpRequest, viewer: Viewer, report: Report, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    part = part_in(viewer, report)
    asset = page_of_thing(viewer, report)
    shown = _told_apart({**_forms(viewer, report, part), **(wrong or {})})
    context = {
        "report": report,
        "part": part,
        "photos": _photos(report, part),
        "unread": unreadable_photos(report.pk) if part.whole else 0,
        "lines": _lines(viewer, report, part),
        "left": time_left(report, viewer.as_of),
        "promise": promise_words(report),
        "answers": answered(report, whole=part.whole),
        "pushes": [(row, trouble_words(row.fault)) for row in pushes_of(report)] if part.handles else [],
        "stages": STAGES,
        "reached": next((at for at, (value, _label) in enumerate(STAGES) if value == report.stage), 0),
        "asset": asset,
        **turned(viewer, report, part),
        "same_thing": of_the_same_thing(viewer, report) if part.handles or part.reads else [],
        "form": next(iter(wrong.values()), None) if wrong else None,
        "forms": shown,
        "wrong": next(iter(wrong), "") if wrong else "",
        "shortlisted": part.handles and on_shortlist(viewer, report.pk),
        **(_behind(report) if part.town else {}),
    }
    if "merge" in shown:
        rows = alike(viewer, report)
        first = pictures(viewer, rows)
        context["alike"] = [(row, first.get(row.pk)) for row in rows]
    return render(request, "reports/report.html", context, status=422 if wrong else 200)


def _photos(report: Report, part: Part) -> list[Photo]:
    """Whoever mends sees them before they are checked for others; what was refused is for those who decide, and who sent it."""
    rows = shown_photos([report.pk], whole=part.whole or part.desk)
    refused = part.town or part.author
    return [row for row in rows if refused or row.state != PhotoState.REFUSED]


def _forms(viewer: Viewer, report: Report, part: Part) -> dict[str, forms.Form]:
    found = {}
    said = usable(report.authority_id, report.category_id) if part.handles else ()
    for name, act in ACTS.items():
        asked = Asked(viewer, report, part, sent_to=reverse(f"report-{name}", args=[report.pk]), wordings=said)
        if act.whose(asked) and act.when(asked):
            found[name] = act.shown(asked)
    return found


def _told_apart(shown: dict[str, forms.Form]) -> dict[str, forms.Form]:
    """Several forms of a page have a field of the same name: each its own identifiers."""
    for name, form in shown.items():
        form.auto_id = f"{name}_%s"
    return shown


def _lines(viewer: Viewer, report: Report, part: Part) -> list[tuple[Line, str, str]]:
    rows = thread(report, staff=part.handles, whole=part.whole)
    return [(row, line_words(row), _who(viewer, report, part, row)) for row in rows]


def _who(viewer: Viewer, report: Report, part: Part, line: Line) -> str:
    """Who did, or said, what a line tells: a worker's name is for their own organisation and the authority's services."""
    if line.author_id is not None and line.author_id == viewer.person:
        return _("you")
    if line.kind == "made" or (line.author_id is not None and line.author_id == report.author_id):
        return str(line.author) if part.town and line.author else _("whoever reported it")
    names = []
    if line.author and (part.town or line.organisation_id in viewer.organisations):
        names.append(str(line.author))
    if line.organisation and line.kind != "handed":
        names.append(line.organisation.name)
    if line.team and part.handles:
        names.append(_("%(team)s, by the link of its letter") % {"team": line.team.name})
    return ", ".join(names)


def _behind(report: Report) -> dict[str, object]:
    """Who reported it and how they are reached, for the authority's services only."""
    followers = Follower.objects.filter(report=report, stopped_at__isnull=True)
    told = followers.filter(too=False).exclude(email="").first()
    return {"told_by": told.email if told else "", "followers": followers.count(), "written": written_of(report)}
