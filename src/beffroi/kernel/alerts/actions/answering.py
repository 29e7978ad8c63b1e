"""What people do with an alert: take it, give it back, acknowledge it, close it. Conflicts are values: somebody is always first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import STEP, end_alert
from beffroi.kernel.alerts.actions.telling import update_soon
from beffroi.kernel.alerts.models import Alert, Closing, Delivery, Notice, NoticeStep
from beffroi.kernel.alerts.registry import TOPIC
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed


class Conflict(StrEnum):
    """Why an answer changed nothing: stable, and what the API says."""

    ENDED = "already-ended"
    TAKEN = "taken-by-another"
    NOT_YOURS = "not-taken-by-you"
    NOT_TOLD = "not-told"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an answer: who has the alert now, and the conflict if it changed nothing."""

    alert: UUID | None
    taken_by: UUID | None
    conflict: Conflict | None = None


@kernel_action
def take_alert(*, alert: Alert, now: datetime, by: UUID) -> Answer:
    """ "I take it": one person, the first; the others are told. Saying it twice changes nothing."""
    row, notice = _locked(alert)
    if row.ended_at is not None:
        return Answer(row.pk, row.taken_by_id, Conflict.ENDED)
    if row.taken_by_id is not None:
        return Answer(row.pk, row.taken_by_id, None if row.taken_by_id == by else Conflict.TAKEN)
    row.taken_by_id, row.taken_at = by, now
    row.save(update_fields=["taken_by", "taken_at"])
    record(kind="alert.taken", authority=row.authority_id, by=by, fields={"alert": row.pk}, now=now)
    Delivery.objects.filter(
        authority_id=row.authority_id, notice=notice, person=by, acknowledged_at__isnull=True
    ).update(acknowledged_at=now)
    if notice.answered_at is None and not _untaken(notice):
        _stop(notice, now)
    changed(authority=row.authority_id, topic=TOPIC, subjects=[row.pk])
    update_soon(notice=notice, now=now)
    return Answer(row.pk, by)


@kernel_action
def release_alert(*, alert: Alert, now: datetime, by: UUID) -> Answer:
    """Whoever took an alert gives it back; the clock runs again, and the others are called."""
    row, notice = _locked(alert)
    if row.ended_at is not None:
        return Answer(row.pk, row.taken_by_id, Conflict.ENDED)
    if row.taken_by_id != by:
        return Answer(row.pk, row.taken_by_id, Conflict.NOT_YOURS)
    row.taken_by_id = row.taken_at = None
    row.save(update_fields=["taken_by", "taken_at"])
    record(kind="alert.released", authority=row.authority_id, by=by, fields={"alert": row.pk}, now=now)
    known = Delivery.objects.filter(authority_id=row.authority_id, notice=notice, acknowledged_at__isnull=False)
    taken = Alert.objects.filter(authority_id=row.authority_id, notice=notice, taken_by__isnull=False)
    if not taken.filter(taken_by=by).exists():
        known.filter(person=by).update(acknowledged_at=None)
    # Whoever took another one answers for that one alone.
    if notice.answered_at is not None and not known.exclude(person__in=taken.values("taken_by")).exists():
        _go_on(notice, now)
    changed(authority=row.authority_id, topic=TOPIC, subjects=[row.pk])
    update_soon(notice=notice, now=now, aloud=True)
    return Answer(row.pk, None)


@kernel_action
def acknowledge_notice(*, notice: Notice, now: datetime, by: UUID) -> Answer:
    """Somebody who was told says that they know; the first to do so stops the clock. Saying it twice changes nothing."""
    row = Notice.objects.select_for_update(no_key=True).get(authority_id=notice.authority_id, pk=notice.pk)
    mine = Delivery.objects.filter(authority_id=row.authority_id, notice=row, person=by)
    if not mine.exists():
        return Answer(None, None, Conflict.NOT_TOLD)
    if not mine.filter(acknowledged_at__isnull=True).update(acknowledged_at=now):
        return Answer(None, None)
    record(kind="alert.acknowledged", authority=row.authority_id, by=by, fields={"notice": row.pk}, now=now)
    if row.answered_at is None:
        _stop(row, now)
    alerts = Alert.objects.filter(authority_id=row.authority_id, notice=row)
    changed(authority=row.authority_id, topic=TOPIC, subjects=alerts.values_list("id", flat=True))
    return Answer(None, None)


@kernel_action
def close_alert(*, alert: Alert, reason: Closing = Closing.OTHER, now: datetime, by: UUID) -> bool:
    """Somebody of the authority says that it is over, and why; False when it was already."""
    return end_alert(
        authority=alert.authority_id, kind=alert.kind, subject=alert.subject, reason=reason.value, now=now, by=by
    )


@kernel_action
def note_shown(*, notice: Notice, channel: str, now: datetime, by: UUID) -> bool:
    """A person's screen or phone showed them a notice; False when it had before, or they were not told. Delivery."""
    mine = Delivery.objects.filter(authority_id=notice.authority_id, notice=notice, person=by, channel=channel)
    return bool(mine.filter(shown_at__isnull=True).update(shown_at=now))


def _untaken(notice: Notice) -> bool:
    live = Alert.objects.filter(authority_id=notice.authority_id, notice=notice, ended_at__isnull=True)
    return live.filter(taken_by__isnull=True).exists()


def _stop(notice: Notice, now: datetime) -> None:
    notice.answered_at = now
    notice.save(update_fields=["answered_at"])
    meet_deadline(kind=STEP, authority=notice.authority_id, subject=notice.pk, at=now)


def _go_on(notice: Notice, now: datetime) -> None:
    """The clock of the step that was told last begins again: an alert is in nobody's hands any more."""
    notice.answered_at = None
    notice.save(update_fields=["answered_at"])
    step = NoticeStep.objects.filter(notice=notice, position=notice.step, wait__isnull=False).first()
    if step is not None and step.wait is not None and notice.exhausted_at is None:
        set_deadline(kind=STEP, authority=notice.authority_id, subject=notice.pk, since=now, promise=step.wait)


def _locked(alert: Alert) -> tuple[Alert, Notice]:
    """The notice first, then the alert, as whoever raises does."""
    notice = Notice.objects.select_for_update(no_key=True).get(authority_id=alert.authority_id, pk=alert.notice_id)
    row = Alert.objects.select_for_update(no_key=True).get(authority_id=alert.authority_id, pk=alert.pk)
    return row, notice
