"""What sensors tell of a cabinet, and when somebody must know it: part of the task of the event that says it."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.deadlines.actions import cancel_deadline, meet_deadline, set_deadline
from beffroi.kernel.deadlines.rules import due
from beffroi.kernel.devices.queries.devices import event_after, event_before, missing_before
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.devices.rules import Missing
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.feeds import FEEDS
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.queries.cabinets import MALICIOUS
from beffroi.systems.cabinets.rules import (
    ATTACK_SHOWN,
    LEFT_OPEN,
    SYSTEM,
    USED_WITHIN,
    Alarm,
    Happening,
    Ladder,
    alarm_for,
    malicious,
    same_break_in,
)

OPEN_TOO_LONG = "cabinets.open"
ATTACK_PAST = "cabinets.attack-past"
MOMENTARY = frozenset({"shock", "case"})


@kernel_action
def note_happening(*, cabinet: Cabinet, event: StoredEvent) -> bool:
    """Write down what an event of its sensors means for a cabinet, and have told whoever must know; True when what is missing of the
    log before it decides whether somebody had the right to.

    Events may be taken out of order (several workers, a hole filled late): each finds by itself what came after it.
    """
    if event.kind == "opened":
        return _note_opened(cabinet, event)
    if event.kind == "forced":
        _note(cabinet, event, Happening.FORCED, cause=str(event.body.get("cause", "")))
        if event.body.get("cause") == "door":
            _stands_open(cabinet, event, used=None)
    elif event.kind == "tampered":
        _note(cabinet, event, Happening.FORCED, cause="case")
    elif event.kind == "latch-failed":
        _note(cabinet, event, Happening.LATCH, cause="bolt")
    elif event.kind == "closed":
        _note_closed(cabinet, event)
    return False


def _moment(event: StoredEvent) -> datetime:
    """When it happened: never after we learnt of it, whatever a clock that runs ahead says."""
    return min(event.at or event.stored_at, event.stored_at)


def _note_opened(cabinet: Cabinet, event: StoredEvent) -> bool:
    used = _used_for(event)
    _stands_open(cabinet, event, used=used)
    if used is not None:
        return False
    missing = missing_before(event, within=USED_WITHIN)
    if missing is None:  # all that could be a right has come, and nobody used one
        _note(cabinet, event, Happening.UNIDENTIFIED, cause="no-grant")
    return missing is Missing.OPEN


def _used_for(event: StoredEvent) -> StoredEvent | None:
    """The use of a right that an opening of the door follows."""
    return event_before(event, within=USED_WITHIN, kinds=["use-admitted"]) if event.kind == "opened" else None


def _stands_open(cabinet: Cabinet, event: StoredEvent, *, used: StoredEvent | None) -> None:
    """From now on its door stands open, until it was shut; after LEFT_OPEN that is an alert."""
    rows = Occurrence.objects.filter(cabinet=cabinet, kind=Happening.OPEN)
    if noted := rows.filter(device=event.device, sequence=event.sequence).first():
        _identify(noted, used)
        return
    shut = _closing_after(event)
    others = rows.filter(ended_at__isnull=True)
    if (others.filter(sequence__lt=shut.sequence) if shut else others).exists():
        return
    since = _moment(event)
    row = _occurrence(cabinet, event, Happening.OPEN, used=used)
    row.due_at = due(since=since, promise=LEFT_OPEN, pace=settings.BEFFROI_PACE)
    row.ended_at = max(_moment(shut), since) if shut else None
    _keep(row)
    if shut is None:
        set_deadline(kind=OPEN_TOO_LONG, authority=row.authority_id, subject=row.id, since=since, promise=LEFT_OPEN)


def _identify(row: Occurrence, used: StoredEvent | None) -> None:
    """The use of a right may come after the opening that it allowed."""
    if used is not None and row.grant is None:
        row.grant, row.organisation_id = _right_behind(used)
        _keep(row)


def _closing_after(event: StoredEvent) -> StoredEvent | None:
    return event_after(authority=event.authority, device=event.device, sequence=event.sequence, kinds=["closed"])


def _right_behind(used: StoredEvent) -> tuple[UUID | None, UUID | None]:
    """The right that was used, and its bearer's organisation."""
    grant = UUID(str(used.body["grant"])) if used.body.get("grant") else None
    return grant, grants.bearer(authority=used.authority, grant=grant, thumbprint=None).organisation


def _occurrence(
    cabinet: Cabinet, event: StoredEvent, kind: Happening, *, used: StoredEvent | None = None, cause: str = ""
) -> Occurrence:
    grant, organisation = _right_behind(used) if used else (None, None)
    return Occurrence(
        authority_id=cabinet.authority_id,
        cabinet=cabinet,
        kind=kind.value,
        cause=cause,
        ladder=cabinet.ladder,
        device=event.device,
        sequence=event.sequence,
        lasting_sequence=0 if cause in MOMENTARY else event.sequence,
        since=_moment(event),
        last_at=_moment(event),
        organisation_id=organisation,
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
        if cause not in MOMENTARY:
            row.lasting_sequence = max(row.lasting_sequence, event.sequence)
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
    if malicious(happening=Happening(row.kind), ladder=Ladder(row.ladder)):
        _show_until(row.authority_id, row.cabinet_id, last=row.last_at)


def _show_until(authority: UUID, cabinet: UUID, *, last: datetime) -> None:
    """Nothing happens when a break-in is past: the house's own clock has maps look again."""
    set_deadline(kind=ATTACK_PAST, authority=authority, subject=cabinet, since=last, promise=ATTACK_SHOWN)


def _over(event: StoredEvent, cause: str, moment: datetime) -> datetime | None:
    """A blow is over at once; what leaves the door open or unlocked lasts until it is shut."""
    if cause in MOMENTARY:
        return moment
    shut = _closing_after(event)
    return max(_moment(shut), _moment(event), moment) if shut else None


def _note_closed(cabinet: Cabinet, event: StoredEvent) -> None:
    """Whatever was under way before it is over; alerts are brought up to date, none is sent again."""
    rows = Occurrence.objects.select_for_update().filter(
        cabinet=cabinet, device=event.device, lasting_sequence__lt=event.sequence, ended_at__isnull=True
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
    if opened := _opening_after(event):
        _stands_open(cabinet, opened, used=_used_for(opened))


def _opening_after(closed: StoredEvent) -> StoredEvent | None:
    """What opened the door again, if that has come: when it was taken, the door was still held to be open, and it left nothing."""
    after = partial(event_after, authority=closed.authority, device=closed.device, sequence=closed.sequence)
    swung = after(kinds=["opened", "closed"])
    forced = after(kinds=["forced"], saying={"cause": "door"})
    first = min(filter(None, (swung, forced)), key=lambda event: event.sequence, default=None)
    return None if first is None or first.kind == "closed" else first


@kernel_action
def note_observed_open(*, cabinet: Cabinet, contact: UUID, sequence: int, since: datetime) -> None:
    """A contact says that the door stands open: from then on it is to be shut as any other. Nobody knows who opened; nobody is accused."""
    if Occurrence.objects.filter(cabinet=cabinet, kind=Happening.OPEN, ended_at__isnull=True).exists():
        return
    row = Occurrence(
        authority_id=cabinet.authority_id,
        cabinet=cabinet,
        kind=Happening.OPEN.value,
        ladder=cabinet.ladder,
        device=contact,
        sequence=sequence,
        lasting_sequence=sequence,
        since=since,
        last_at=since,
        due_at=due(since=since, promise=LEFT_OPEN, pace=settings.BEFFROI_PACE),
        observed=True,
    )
    _keep(row)
    set_deadline(kind=OPEN_TOO_LONG, authority=row.authority_id, subject=row.id, since=since, promise=LEFT_OPEN)


@kernel_action
def note_observed_shut(*, cabinet: Cabinet, contact: UUID, at: datetime, now: datetime) -> None:
    """The contact says that it is shut again."""
    rows = Occurrence.objects.select_for_update().filter(cabinet=cabinet, device=contact, ended_at__isnull=True)
    for row in rows.order_by("sequence"):
        row.ended_at = max(at, row.last_at)
        _keep(row)
        meet_deadline(kind=OPEN_TOO_LONG, authority=row.authority_id, subject=row.id, at=row.ended_at)
        end_alert(authority=row.authority_id, kind=Alarm.OPEN, subject=row.id, reason="closed", now=now)


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


@kernel_action
def tell_attack_past(*, authority: UUID, cabinet: UUID, now: datetime) -> None:
    """Open maps look again at a cabinet that was broken into ATTACK_SHOWN ago; a later blow has its own time."""
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[cabinet])
    blows = Occurrence.objects.filter(MALICIOUS, authority_id=authority, cabinet_id=cabinet)
    last = blows.aggregate(last=Max("last_at"))["last"]
    if last is not None and due(since=last, promise=ATTACK_SHOWN, pace=settings.BEFFROI_PACE) > now:
        _show_until(authority, cabinet, last=last)


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
        "observed": row.observed,
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
