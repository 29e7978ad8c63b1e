"""The list of alerts, one alert, and what people do with it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.alerts.actions.answering import (
    Answer,
    Conflict,
    acknowledge_notice,
    close_alert,
    release_alert,
    take_alert,
)
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.pages.invitation import invitation, note_useful
from beffroi.kernel.alerts.queries.alerts import (
    WATCHERS,
    acknowledged,
    described,
    in_order,
    live_counts,
    may_close,
    may_take,
    told,
    visible_alerts,
)
from beffroi.kernel.alerts.queries.audiences import rung_in_words
from beffroi.kernel.alerts.queries.reach import count_named, people_told, reach, steps_of, webhooks_told
from beffroi.kernel.alerts.queries.recipients import Rung, rungs
from beffroi.kernel.alerts.queries.words import facts_of, kind_of, words_of
from beffroi.kernel.deadlines.queries import live_deadline
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.offline import kept_offline

A_PAGE = 50
STATES = ("live", "untaken", "ended", "all")


@require_GET
@kept_offline
def alert_list(request: HttpRequest) -> HttpResponse:
    """Alerts that the viewer may see: those that are not over first, the gravest of them foremost."""
    viewer = viewer_of(request)
    _concerned(viewer)
    state = request.GET.get("state", "")
    notice = _identifier(request.GET.get("notice", ""))
    rows = visible_alerts(viewer)
    if notice is not None:
        rows = rows.filter(notice_id=notice)
    counts = live_counts(rows)
    page = Paginator(in_order(rows, state), A_PAGE).get_page(request.GET.get("page"))
    said = described(viewer, page.object_list)
    context = {
        "page": page,
        "alerts": [(row, said[row.pk]) for row in page],
        "state": state if state in STATES else "",
        "notice": notice,
        "filters": [
            ("", _("Not over"), counts["live"]),
            ("untaken", _("Nobody has taken"), counts["untaken"]),
            ("ended", _("Finished"), counts["ended"]),
        ],
        "watches": bool(viewer.authorities(*WATCHERS)),
    }
    return render(request, "alerts/list.html" if _at_a_desk(viewer) else "alerts/my_alerts.html", context)


@require_GET
@kept_offline
def alert_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One alert: where, since when, which organisation; who was told, when, and who has it."""
    viewer = viewer_of(request)
    row = _alert(viewer, pk)
    notice = row.notice
    steps = list(steps_of(notice))
    people = count_named(viewer, notice)
    page = Paginator(range(people), A_PAGE).get_page(request.GET.get("page"))
    following = rungs(authority=row.authority_id, kind=row.kind, convention=row.convention_id)[notice.step :]
    running = notice.answered_at is None and notice.ended_at is None and notice.exhausted_at is None
    said = described(viewer, [row])[row.pk]
    context = {
        "alert": row,
        "said": said,
        "words": words_of(row, get_language() or "fr"),
        "thing": kind_of(row.kind).page(facts_of(row)),
        "label": kind_of(row.kind).label,
        "notice": notice,
        "together": notice.alerts.count(),
        "steps": [(step, rung_in_words(Rung(step.audience_id, step.target, step.wait))) for step in steps],
        "clock": live_deadline(kind="alerts.step", authority=row.authority_id, subject=notice.pk) if running else None,
        "following": [rung_in_words(rung) for rung in following] if running else [],
        "nobody": any(step.told == 0 for step in steps),
        "reach": reach(notice),
        "page": page,
        "people": people_told(viewer, notice, skip=page.start_index() - 1, most=A_PAGE) if people else [],
        "webhooks": webhooks_told(notice) if may_close(viewer, row) else [],
        "may_take": may_take(viewer, row),
        "may_close": may_close(viewer, row),
        "told": told(viewer, notice.pk),
        "acknowledged": acknowledged(viewer, notice.pk),
        "authority_row": row.authority,
        **invitation(request, viewer),
    }
    return render(request, "alerts/alert.html" if _at_a_desk(viewer) else "alerts/my_alert.html", context)


@require_POST
def alert_take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """ "I take it"."""
    viewer = viewer_of(request)
    row = _alert(viewer, pk)
    if not may_take(viewer, row):
        raise Hidden
    answer = take_alert(alert=row, now=utc_now(), by=viewer.known_person)
    return _answered(request, pk, answer, _("You have taken it. The others are told."))


@require_POST
def alert_release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it back."""
    viewer = viewer_of(request)
    answer = release_alert(alert=_alert(viewer, pk), now=utc_now(), by=viewer.known_person)
    return _answered(request, pk, answer, _("You have given it back. The others are called."))


@require_POST
def alert_acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that one knows, without taking it."""
    viewer = viewer_of(request)
    answer = acknowledge_notice(notice=_alert(viewer, pk).notice, now=utc_now(), by=viewer.known_person)
    return _answered(request, pk, answer, _("It is written down that you know."))


@require_POST
def alert_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that it is over."""
    viewer = viewer_of(request)
    row = _alert(viewer, pk)
    if not may_close(viewer, row):
        raise Hidden
    if close_alert(alert=row, now=utc_now(), by=viewer.known_person):
        messages.success(request, _("It is over. Those who were told see it."))
    return redirect("alert", pk=pk)


CONFLICTS: dict[Conflict, Callable[[], str]] = {
    Conflict.ENDED: lambda: _("This is over already."),
    Conflict.TAKEN: lambda: _("Somebody else has taken it."),
    Conflict.NOT_YOURS: lambda: _("You have not taken it."),
    Conflict.NOT_TOLD: lambda: _("You were not told of it."),
}


def _answered(request: HttpRequest, pk: UUID, answer: Answer, done: str) -> HttpResponse:
    if answer.conflict is None:
        note_useful(request)
        messages.success(request, done)
    else:
        messages.warning(request, CONFLICTS[answer.conflict]())
    return redirect("alert", pk=pk)


def _concerned(viewer: Viewer) -> None:
    if not viewer.posts:
        raise Hidden


def _alert(viewer: Viewer, pk: UUID) -> Alert:
    row = visible_alerts(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _at_a_desk(viewer: Viewer) -> bool:
    """Whoever only goes out has the phone's pages."""
    return {post.role for post in viewer.posts} != {Role.TECHNICIAN}


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
