"""While a right to look lasts: "still intervening?", its countdown, emergencies confirmed and justified, durations stated."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.deadlines.rules import due
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions.answers import confirm_grant
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.video.actions.asking import end_asking
from beffroi.systems.video.actions.viewings import end_unheard
from beffroi.systems.video.models import Request
from beffroi.systems.video.queries.viewings import watched_of
from beffroi.systems.video.queries.watching import granted
from beffroi.systems.video.rules import ACCOUNTED_AFTER, COUNTDOWN, JUSTIFIED_WITHIN, Alarm

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Grant

STILL = "video.still"
COUNTING = "video.countdown"
CONFIRMATION = "video.confirmation"
JUSTIFICATION = "video.justification"
ACCOUNTING = "video.accounting"


@kernel_action
def begin_asking(*, request: Request, grant: "Grant", now: datetime) -> None:
    """From now on "still intervening?" is asked as often as the convention says: part of what gives the right, or renews it."""
    every = grant.convention.still_every
    if every is None:
        return
    set_deadline(kind=STILL, authority=request.authority_id, subject=request.pk, since=now, promise=every)
    request.still_since = None
    request.asks_at = due(since=now, promise=every, pace=settings.BEFFROI_PACE)
    request.save(update_fields=["still_since", "asks_at"])


@kernel_action
def ask_still(*, authority: UUID, request: UUID, now: datetime) -> None:
    """Its time came: the countdown begins, seen and heard where somebody looks."""
    row = _held(authority, request)
    grant = _grant(row) if row else None
    if row is None or grant is None or not grant.is_open(now) or row.still_since is not None:
        return
    row.still_since, row.asks_at = now, None
    row.save(update_fields=["still_since", "asks_at"])
    promise = COUNTDOWN * settings.BEFFROI_PACE  # a person answers, at a person's pace, in a demonstration too
    set_deadline(kind=COUNTING, authority=authority, subject=row.pk, since=now, promise=promise)


@system_action
def answer_still(*, request: Request, by: UUID, now: datetime) -> bool:
    """Any act renews it; False when nothing was asked, or nobody had answered in time."""
    row = _held(request.authority_id, request.pk)
    grant = _grant(row) if row else None
    if row is None or row.still_since is None or grant is None or not grant.is_open(now):
        return False
    if not meet_deadline(kind=COUNTING, authority=row.authority_id, subject=row.pk, at=now):
        return False
    record(
        kind="video.still-answered",
        authority=row.authority_id,
        by=by,
        fields={"request": row.pk},
        grant=row.grant,
        now=now,
    )
    begin_asking(request=row, grant=grant, now=now)
    return True


@kernel_action
def close_unanswered(*, authority: UUID, request: UUID, now: datetime) -> None:
    """Nobody answered within two minutes: the image closes, and one key asks again."""
    row = _held(authority, request)
    grant = _grant(row) if row else None
    if row is None or row.still_since is None or grant is None:
        return
    close_grant(grant=grant, reason="unanswered", by=None, now=now)  # leaves its entry, with record()


@system_action
def confirm_emergency(*, request: Request, grant: "Grant", by: UUID, now: datetime) -> bool:
    """Whoever is on call confirms it; False when somebody did before, or whoever asked would."""
    if by == request.person or not confirm_grant(grant=grant, by=by, now=now):  # leaves its entry, with record()
        return False
    end_alert(
        authority=request.authority_id, kind=Alarm.EMERGENCY, subject=request.pk, reason="confirmed", now=now, by=by
    )
    meet_deadline(kind=CONFIRMATION, authority=request.authority_id, subject=request.pk, at=now)
    return True


@kernel_action
def note_unconfirmed(*, authority: UUID, request: UUID, now: datetime) -> None:
    """Nobody confirmed it: the image stays, the request is marked so, and a written justification is due within a day."""
    row = _held(authority, request)
    grant = _grant(row) if row else None
    if row is None or row.unconfirmed_at or (grant is not None and grant.confirmed_at):
        return
    row.unconfirmed_at = now
    row.save(update_fields=["unconfirmed_at"])
    end_alert(authority=authority, kind=Alarm.EMERGENCY, subject=row.pk, reason="not-confirmed", now=now)
    record(
        kind="video.not-confirmed",
        authority=authority,
        by=None,
        fields={"request": row.pk},
        grant=row.grant,
        now=now,
    )
    if row.justified_at is None:
        passed = max(now - row.asked_at, timedelta())
        set_deadline(
            kind=JUSTIFICATION,
            authority=authority,
            subject=row.pk,
            since=now,
            promise=max(JUSTIFIED_WITHIN - passed, timedelta()),
        )


@system_action
def justify_request(*, request: Request, words: str, by: UUID, now: datetime) -> bool:
    """Say in writing why it was an emergency, once; the words stay out of the register."""
    row = _held(request.authority_id, request.pk)
    if row is None or row.justified_at or not row.emergency or not words.strip():
        return False
    row.justification, row.justified_at = words.strip(), now
    row.save(update_fields=["justification", "justified_at"])
    meet_deadline(kind=JUSTIFICATION, authority=row.authority_id, subject=row.pk, at=now)
    # Nothing is promised before the emergency is marked "not confirmed": whoever writes earlier is in time all the more.
    kept = now < due(since=row.asked_at, promise=JUSTIFIED_WITHIN, pace=settings.BEFFROI_PACE)
    end_alert(authority=row.authority_id, kind=Alarm.JUSTIFICATION, subject=row.pk, reason="justified", now=now, by=by)
    record(
        kind="video.request-justified",
        authority=row.authority_id,
        by=by,
        fields={"request": row.pk, "kept": int(kept)},
        grant=row.grant,
        now=now,
    )
    return True


@kernel_action
def tell_unjustified(*, authority: UUID, request: UUID, now: datetime) -> None:
    """A day has passed without a justification: whoever administers is told."""
    row = _held(authority, request)
    if row is None or row.justified_at:
        return
    raise_alert(
        authority=authority,
        kind=Alarm.JUSTIFICATION,
        subject=row.pk,
        resource=row.pk,
        where=Where(row.site.name),
        since=row.asked_at,
        organisation=row.organisation_id,
        convention=row.convention,
        facts={},
        now=now,
    )


@kernel_action
def account_request(*, authority: UUID, request: UUID, now: datetime) -> None:
    """Its time is over: state how long was asked, granted and actually watched. One that was approved later waits for its own end."""
    row = _held(authority, request)
    grant = _grant(row) if row else None
    if row is None or grant is None:
        return
    if grant.is_open(now) and grant.state != "waiting":
        promise = grant.ends - now + ACCOUNTED_AFTER
        set_deadline(kind=ACCOUNTING, authority=authority, subject=row.pk, since=now, promise=promise)
        return
    end_asking(request=row, reason="over", by=None, now=now)
    end_alert(authority=authority, kind=Alarm.CUT, subject=row.pk, reason="over", now=now)
    end_unheard(request=row, now=now)
    record(
        kind="video.request-accounted",
        authority=authority,
        by=None,
        fields={
            "request": row.pk,
            "asked": int(row.asked.total_seconds()),
            "granted": int(granted(grant).total_seconds()),
            "watched": int(watched_of(row, now=now).total_seconds()),
        },
        grant=row.grant,
        now=now,
    )


def _held(authority: UUID, request: UUID) -> Request | None:
    rows = Request.objects.select_for_update(of=("self",)).select_related("site")
    return rows.filter(authority_id=authority, pk=request).first()


def _grant(request: Request) -> "Grant | None":
    """The right behind it; None once retention has destroyed it."""
    found = grants.conventions_named(authority=request.authority_id, conventions=[request.convention])
    return found[0].grants.select_related("convention").filter(pk=request.grant).first() if found else None
