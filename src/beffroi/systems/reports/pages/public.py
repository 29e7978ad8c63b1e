"""What inhabitants see: the town's reports, one of them, how long they take; and the ways to be told of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.handling import follow_report, leave_report
from beffroi.systems.reports.forms.public import TellForm, WantedForm
from beffroi.systems.reports.models import STAGE_LABELS, Line, Photo, Report
from beffroi.systems.reports.queries.following import own_following, seen_too
from beffroi.systems.reports.queries.public import delays, pictured, public_report, public_reports, taking_reports
from beffroi.systems.reports.queries.reports import reportable, shown_photos, thread
from beffroi.systems.reports.queries.words import lasting, line_words, promise_words
from beffroi.systems.reports.rules import OPEN, REFERRING, Stage

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

A_PAGE: Final = 24
# From one address of the network: letters leave from here.
FOLLOWS: Final = "10/10m/ip"
_WAY: Final = (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.PLANNED, Stage.MENDING, Stage.DONE)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the way of a report: behind it, where it is, or ahead."""

    label: str
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a thread as others read it; `photo` only when it was checked."""

    line: Line
    words: str
    text: str
    photo: Photo | None


def steps_of(report: Report, lines: Sequence[Said]) -> list[Step]:
    """Its way in a drawing: stages it went through, and those that may follow while it is open."""
    gone = {Stage.RECEIVED, *(one.line.stage for one in lines if one.line.stage)}
    at = _WAY.index(Stage(report.stage)) if report.stage in _WAY else len(_WAY)
    labels = dict(STAGE_LABELS)
    return [
        Step(str(labels[stage]), place < at or stage == report.stage == Stage.DONE, place == at)
        for place, stage in enumerate(_WAY)
        if stage in gone or (place >= at and report.stage in OPEN)
    ]


def said_publicly(report: Report) -> list[Said]:
    """Its thread as anybody reads it."""
    lines = list(thread(report, staff=False, whole=False))
    checked = {photo.pk: photo for photo in shown_photos([report.pk], whole=False)}
    return [
        Said(
            line,
            # Which firm mends is nobody's to know.
            _("Handed over to another service") if line.kind == "handed" else line_words(line),
            "" if line.kind in REFERRING else line.text,
            checked.get(line.photo_id) if line.photo_id else None,
        )
        for line in lines
    ]


@login_not_required
@for_another
@require_GET
def reports_public(request: HttpRequest, slug: str) -> HttpResponse:
    """The latest first."""
    authority, viewer = taking_reports(slug), viewer_of(request)
    form = WantedForm(request.GET, authority=authority.pk)
    page = page_of(request, public_reports(authority.pk, form.wanted()), A_PAGE)
    pictures = pictured(page.object_list)
    context = {
        "authority": authority,
        "form": form,
        "searching": any(request.GET.get(name) for name in form.fields),
        "page": page,
        "rows": [(row, pictures.get(row.pk)) for row in page],
        "may_report": reportable(viewer, authority.pk).exists(),
    }
    return render(request, "reports/public_list.html", context)


@login_not_required
@for_another
@require_GET
def reports_delays(request: HttpRequest, slug: str) -> HttpResponse:
    """What was promised over a year, and what was kept."""
    authority = taking_reports(slug)
    rows = [(one, lasting(one.median), lasting(one.most)) for one in delays(authority.pk, utc_now())]
    return render(request, "reports/public_delays.html", {"authority": authority, "rows": rows})


@login_not_required
@for_another
@require_GET
def report_public(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One report, as anybody may read it."""
    authority, report = _found(slug, reference)
    if report.reference != reference:
        return redirect("report-public", slug=slug, reference=report.reference)
    return _page(request, authority, report, TellForm())


@login_not_required
@for_another
@require_POST
def report_tell(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """ "I see it too", "tell me", and to be told no more: by one's account, or by an address that is asked first."""
    authority, report = _found(slug, reference)
    viewer, act = viewer_of(request), request.POST.get("act")
    if act == "stop":
        own = own_following(viewer, report)
        if own is not None:
            leave_report(follower=own, now=utc_now())
            messages.success(request, _("You are told no more of this report."))
        return _back(report)
    form = TellForm(request.POST)
    if viewer.person is None and not form.is_valid():
        return _page(request, authority, report, form, status=422)
    slow: HttpResponse | None = ratelimit.consume_or_429(
        request, action="report-follow", config={"report-follow": FOLLOWS}
    )
    if slow is not None:
        return slow
    _follow(request, report, viewer.person, form, too=act == "too")
    return _back(report)


def _follow(request: HttpRequest, report: Report, person: UUID | None, form: TellForm, *, too: bool) -> None:
    email = "" if person else form.cleaned_data["email"]
    follow_report(report=report, person=person, email=email, language=get_language() or "fr", too=too, now=utc_now())
    if person is None:
        # The same words whether it follows already or not: nobody learns from here who does.
        messages.success(request, _("A letter leaves for this address: open its link to confirm that it is yours."))
    elif too:
        messages.success(request, _("It is noted that you see it too. You are told what becomes of it."))
    else:
        messages.success(request, _("You are told what becomes of it."))


def _back(report: Report) -> HttpResponse:
    return redirect("report-public", slug=report.authority.slug, reference=report.reference)


def _found(slug: str, reference: str) -> tuple["Authority", Report]:
    authority = taking_reports(slug)
    report = public_report(authority.pk, reference)
    if report is None:
        raise Hidden
    return authority, report


def _page(
    request: HttpRequest, authority: "Authority", report: Report, form: TellForm, *, status: int = 200
) -> HttpResponse:
    lines = said_publicly(report)
    own = own_following(viewer_of(request), report)
    path = reverse("report-public", kwargs={"slug": authority.slug, "reference": report.reference})
    context = {
        "authority": authority,
        "report": report,
        "photos": shown_photos([report.pk], whole=False),
        "steps": steps_of(report, lines),
        "lines": lines,
        "promise": promise_words(report) if report.closed_at is None else "",
        "seen_too": seen_too(report),
        "known": viewer_of(request).person is not None,
        "own": own if own is not None and own.stopped_at is None else None,
        "form": form,
        "share": request.build_absolute_uri(path),
    }
    return render(request, "reports/public_report.html", context, status=status)
