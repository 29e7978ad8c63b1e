"""What sensors tell of a cabinet, and when somebody must know it: part of the task of the event that says it."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.deadlines.actions import cancel_deadline, meet_deadline, set_deadline
from beffroi.kernel.deadlines.rules import due
from beffroi.kernel.devices.queries.devices import all_between, event_after, event_before
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.feeds import FEEDS
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.rules import (
    LEFT_OPEN,
    SYSTEM,
    USED_WITHIN,
    Alarm,
    Happening,
    Ladder,
    alarm_for,
    same_break_in,
)

OPEN_TOO_LONG = "cabinets.open"
MOMENTARY = frozenset({"shock", "case"})


@kernel_action
def note_happening(*, cabinet: Cabinet, event: StoredEvent) -> None:
    """Write down what an event of its sensors means for a cabinet, and have told whoever must know.

    Events may be taken out of order (several workers, a hole filled late): each finds by itself what came after it.
    """
    if event.kind == "opened":
        _note_opened(cabinet, event)
    elif event.kind == "forced":
        _note(cabinet, event, Happening.FORCED, cause=str(event.body.get("cause", "")))
        if event.body.get("cause") == "door":
            _stands_open(cabinet, event, used=None)
    elif event.kind == "tampered":
        _note(cabinet, event, Happening.FORCED, cause="case")
    elif event.kind == "latch-failed":
        _note(cabinet, event, Happening.LATCH, cause="bolt")
    elif event.kind == "closed":
        _note_closed(cabinet, event)


def _moment(event: StoredEvent) -> datetime:
    """When it happened: never after we learnt of it, whatever a clock that runs ahead says."""
    return min(event.at or event.stored_at, event.stored_at)


def _note_opened(cabinet: Cabinet, event: StoredEvent) -> None:
    used = event_before(authority=event.authority, device=event.device, sequence=event.sequence, kinds=["use-admitted"])
    if used and (used.boot != event.boot or event.uptime - used.uptime > USED_WITHIN):
        used = None
    since = used.sequence if used else 0
    known = used is not None or not all_between(
        authority=event.authority, device=event.device, after=since, before=event.sequence
    )
    if not known:  # everything before it has come, and nobody used a right
        _note(cabinet, event, Happening.UNIDENTIFIED, cause="no-grant")
    _stands_open(cabinet, event, used=used)


def _stands_open(cabinet: Cabinet, event: StoredEvent, *, used: StoredEvent | None) -> None:
    """From now on its door stands open; after LEFT_OPEN that is an alert."""
    if Occurrence.objects.filter(cabinet=cabinet, kind=Happening.OPEN, ended_at__isnull=True).exists():
        return
    since = _moment(event)
    shut = _shut_after(event)
    row = _occurrence(cabinet, event, Happening.OPEN, used=used)
    row.due_at = due(since=since, promise=LEFT_OPEN, pace=settings.BEFFROI_PACE)
    row.ended_at = shut
    _keep(row)
    if shut is None:
        set_deadline(kind=OPEN_TOO_LONG, authority=row.authority_id, subject=row.id, since=since, promise=LEFT_OPEN)


def _shut_after(event: StoredEvent) -> datetime | None:
    closed = event_after(authority=event.authority, device=event.device, sequence=event.sequence, kinds=["closed"])
    return max(_moment(closed), _moment(event)) if closed else None


def _occurrence(
    cabinet: Cabinet, event: StoredEvent, kind: Happening, *, used: StoredEvent | None = None, cause: str = ""
) -> Occurrence:
    grant = UUID(str(used.body["grant"])) if used and used.body.get("grant") else None
    who = grants.bearer(authority=event.authority, grant=grant, thumbprint=None)
    return Occurrence(
        authority_id=cabinet.authority_id,
        cabinet=cabinet,
        kind=kind.value,
        cause=cause,
        ladder=cabinet.ladder,
        device=event.device,
        sequence=event.sequence,
        since=_moment(event),
        last_at=_moment(event),
        organisation_id=who.organisation,
        grant=grant,
    )


def _note(cabinet: Cabinet, event: StoredEvent, kind: Happening, *, cause: str) -> None:
    """A blow joins the break-in that it belongs to; the first one is told at once to those whom it is for."""
    alarm = alarm_for(happening=kind, ladder=Ladder(cabinet.ladder))
    moment = _moment(event)
    row = Occurrence.objects.filter(cabinet=cabinet, kind=kind.value).order_by("-last_at", "-sequence").first()
    if row is not None and (row.ended_at is None or same_break_in(last=row.last_at, now=moment)):
        row.times += 1
        row.since, row.last_at = min(row.since, moment), max(row.last_at, moment)
        if alarm:
            row.ladder = cabinet.ladder  # what was no malice when it began is some now
        if row.ended_at is not None:
            row.ended_at = _over(event, cause, row.last_at)
            row.cause = cause if row.ended_at is None else row.cause
        _keep(row)
        # Its alert may be over, or never have been: a new blow is news then.
        if alarm and not _update(cabinet, alarm, row, at=event.stored_at):
            _raise(cabinet, alarm, row, at=event.stored_at)
        return
    row = _occurrence(cabinet, event, kind, cause=cause)
    row.ended_at = _over(event, cause, moment)
    _keep(row)
    if alarm:
        _raise(cabinet, alarm, row, at=event.stored_at)


def _keep(row: Occurrence) -> None:
    """Written, and seen on open screens."""
    row.save()
    changed(authority=row.authority_id, topic=FEEDS[SYSTEM].topic, subjects=[row.pk])


def _over(event: StoredEvent, cause: str, moment: datetime) -> datetime | None:
    """A blow is over at once; what leaves the door open or unlocked lasts until it is shut."""
    if cause in MOMENTARY:
        return moment
    shut = _shut_after(event)
    return max(shut, moment) if shut else None


def _note_closed(cabinet: Cabinet, event: StoredEvent) -> None:
    """Whatever was under way before it is over; alerts are brought up to date, none is sent again."""
    rows = Occurrence.objects.select_for_update().filter(
        cabinet=cabinet, device=event.device, sequence__lt=event.sequence, ended_at__isnull=True
    )
    for row in rows.order_by("sequence"):
        row.ended_at = max(_moment(event), row.last_at)
        _keep(row)
        kind = Happening(row.kind)
        if kind is Happening.OPEN:
            meet_deadline(kind=OPEN_TOO_LONG, authority=row.authority_id, subject=row.id, at=row.ended_at)
            end_alert(authority=row.authority_id, kind=Alarm.OPEN, subject=row.id, reason="closed", now=event.stored_at)
        elif kind is Happening.LATCH:
            end_alert(
                authority=row.authority_id, kind=Alarm.LATCH, subject=row.id, reason="closed", now=event.stored_at
            )
        elif alarm := alarm_for(happening=kind, ladder=Ladder(row.ladder)):
            _update(cabinet, alarm, row, at=event.stored_at)


@kernel_action
def forget_door(*, cabinet: Cabinet, reason: str, by: UUID | None, now: datetime) -> None:
    """The lock that told of this door is taken off: what was under way can't be followed, and is over for that reason (a code)."""
    for row in Occurrence.objects.select_for_update().filter(cabinet=cabinet, ended_at__isnull=True).order_by("since"):
        row.ended_at = max(now, row.last_at)
        _keep(row)
        subject = {"authority": row.authority_id, "subject": row.id}
        if row.kind == Happening.OPEN:
            cancel_deadline(**subject, kind=OPEN_TOO_LONG, reason=reason, by=by, now=now)
        for alarm in Alarm:
            end_alert(**subject, kind=alarm, reason=reason, now=now, by=by)


@kernel_action
def tell_left_open(*, authority: UUID, occurrence: UUID, now: datetime) -> None:
    """A door has stood open for LEFT_OPEN: everyone mobilised is told, unless it has been shut since."""
    row = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("cabinet")
        .filter(authority_id=authority, pk=occurrence)
        .first()
    )
    if row is None or row.ended_at is not None:
        return
    # The event that shuts it may be stored and its turn not come: nobody is called out to a shut door.
    if not event_after(authority=authority, device=row.device, sequence=row.sequence, kinds=["closed"]):
        _raise(row.cabinet, Alarm.OPEN, row, at=now)
        changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[row.cabinet_id])


def _raise(cabinet: Cabinet, alarm: Alarm, row: Occurrence, *, at: datetime) -> None:
    raise_alert(
        authority=row.authority_id,
        kind=alarm,
        subject=row.id,
        resource=cabinet.id,
        where=Where(f"{cabinet.reference}, {cabinet.address}", cabinet.latitude, cabinet.longitude),
        since=row.since,
        organisation=row.organisation_id or cabinet.operator_id,
        convention=grants.convention_behind(authority=row.authority_id, grant=row.grant, resource=row.device, as_of=at),
        facts=_facts(cabinet, row),
        now=at,
    )


def _update(cabinet: Cabinet, alarm: Alarm, row: Occurrence, *, at: datetime) -> bool:
    return update_alert(authority=row.authority_id, kind=alarm, subject=row.id, facts=_facts(cabinet, row), now=at)


def _facts(cabinet: Cabinet, row: Occurrence) -> dict[str, Fact]:
    return {
        "reference": cabinet.reference,
        "address": cabinet.address,
        "cause": row.cause,
        "times": row.times,
        "shut": row.ended_at.isoformat() if row.ended_at else "",
        "identified": row.grant is not None,
    }


@system_action
def look_at_name(*, use: Use, by: UUID, now: datetime) -> None:
    """Somebody who may (queries.cabinets.may_see_name) looks at who opened: each look is an entry."""
    record(
        kind="cabinet.name-seen",
        authority=use.authority_id,
        by=by,
        fields={"cabinet": use.cabinet_id, "entry": use.entry},
        grant=use.grant,
        now=now,
    )
