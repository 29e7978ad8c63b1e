"""The only place that writes cabinets, their orders and their uses."""

import secrets
from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions import orders
from beffroi.kernel.grants.actions.conventions import cover_resource
from beffroi.kernel.grants.actions.orders import Asked
from beffroi.kernel.grants.rules import Kind, Refusal
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.cabinets.errors import LockNotInService, ReferenceTaken
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import CODE_ALPHABET, CODE_LENGTH, LONGEST_NAME, OPEN, Door, Ladder, door_after


@system_action
def add_cabinet(
    *,
    authority: UUID,
    operator: UUID,
    reference: str,
    address: str,
    latitude: float,
    longitude: float,
    by: UUID | None,
    now: datetime,
) -> Cabinet:
    """Write a cabinet down, in *observe* and without a lock; raises ReferenceTaken and Django's ValidationError."""
    if Cabinet.objects.filter(authority_id=authority, reference=reference.strip()).exists():
        raise ReferenceTaken
    cabinet = Cabinet(
        authority_id=authority,
        operator_id=operator,
        reference=reference.strip(),
        code="".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH)),
        address=address.strip(),
        latitude=latitude,
        longitude=longitude,
    )
    cabinet.full_clean()
    cabinet.save()
    record(
        kind="cabinet.added", authority=authority, by=by, fields={"cabinet": cabinet.id, "operator": operator}, now=now
    )
    return cabinet


@system_action
def install_lock(*, cabinet: Cabinet, request: str, conventions: list[UUID], by: UUID | None, now: datetime) -> UUID:
    """Register the lock that wrote this request and fit it to the cabinet; the conventions named cover it from now on.

    Returns the device; the minter certifies it within seconds. Raises devices' DeviceError, and leaves nothing then.
    """
    row = Cabinet.objects.select_for_update().get(authority_id=cabinet.authority_id, pk=cabinet.pk)
    name = f"{row.reference} {row.address}"[:LONGEST_NAME].strip()
    device = register_device(authority=row.authority_id, request=request, name=name, now=now, by=by)
    row.lock_id = device.id
    row.door, row.door_since, row.door_sequence = Door.UNKNOWN.value, None, 0
    row.save(update_fields=["lock", "door", "door_since", "door_sequence"])
    record(
        kind="cabinet.lock-fitted",
        authority=row.authority_id,
        by=by,
        fields={"cabinet": row.id, "device": device.id},
        now=now,
    )
    for convention in grants.conventions_named(authority=row.authority_id, conventions=conventions):
        cover_resource(convention=convention, resource=device.id, by=by, now=now)
    return device.id


@system_action
def set_ladder(*, cabinet: Cabinet, ladder: Ladder, by: UUID | None, now: datetime) -> Cabinet:
    """Take a cabinet up or down the ladder; raises LockNotInService for *control* without a lock."""
    row = Cabinet.objects.select_for_update().get(authority_id=cabinet.authority_id, pk=cabinet.pk)
    if ladder is Ladder.CONTROL and row.lock_id is None:
        raise LockNotInService
    if row.ladder != ladder.value:
        row.ladder = ladder.value
        row.save(update_fields=["ladder"])
        record(
            kind="cabinet.ladder-set",
            authority=row.authority_id,
            by=by,
            fields={"cabinet": row.id, "ladder": ladder.value},
            now=now,
        )
    return row


@system_action
def give_work_order(
    *,
    cabinet: Cabinet,
    convention: UUID,
    purpose: str,
    technician: UUID,
    organisation: UUID,
    starts: datetime,
    ends: datetime,
    reference: str,
    by: UUID,
    now: datetime,
) -> UUID | Refusal:
    """Ask the convention for a technician's right to open one cabinet; returns the right's id, or why not."""
    found = grants.conventions_named(authority=cabinet.authority_id, conventions=[convention])
    asked = Asked(
        convention=found[0],
        purpose=purpose,
        kind=Kind.WORK_ORDER,
        action=OPEN,
        holder=technician,
        organisation=organisation,
        resources=[cabinet.lock_id] if cabinet.lock_id else [],
        starts=starts,
        ends=ends,
        reference=reference,
    )
    given = orders.ask_grant(
        asked=asked, by=by, now=now
    )  # leaves its entry: grant.asked or grant.refused, with record()
    return given if isinstance(given, Refusal) else given.id


@kernel_action
def take_event(*, event: StoredEvent) -> None:
    """What a lock said, once for each event (a sink of devices: part of its task's transaction)."""
    cabinet = (
        Cabinet.objects.select_for_update(of=("self",))
        .filter(authority_id=event.authority, lock_id=event.device)
        .first()
    )
    if cabinet is None:
        return
    if event.kind in ("use-admitted", "use-refused"):
        _take_use(cabinet, event)
    elif event.kind == "battery":
        cabinet.battery = _integer(event, "level")
        cabinet.save(update_fields=["battery"])
    else:
        _move_door(cabinet, event)


def _move_door(cabinet: Cabinet, event: StoredEvent) -> None:
    """Sensors' words in their order: an older one that arrives late changes nothing."""
    if event.sequence <= cabinet.door_sequence:
        return
    after = door_after(before=Door(cabinet.door), kind=event.kind).value
    if after != cabinet.door:
        cabinet.door, cabinet.door_since = after, event.at or event.stored_at
    cabinet.door_sequence = event.sequence
    cabinet.save(update_fields=["door", "door_since", "door_sequence"])


def _take_use(cabinet: Cabinet, event: StoredEvent) -> None:
    admitted = event.kind == "use-admitted"
    grant = _text(event, "grant")
    holders = event.body.get("holders")
    key = str(holders[-1]) if isinstance(holders, list) and holders else None
    who = grants.bearer(authority=event.authority, grant=UUID(grant) if grant else None, thumbprint=key)
    marks = [str(mark) for mark in _list(event, "marks")]
    entry = _use_entry(cabinet, event, admitted=admitted, who=who, marks=marks, key=key, grant=grant)
    Use.objects.create(
        authority_id=event.authority,
        cabinet=cabinet,
        device=event.device,
        sequence=event.sequence,
        admitted=admitted,
        reason="" if admitted else _text(event, "reason"),
        marks=marks,
        transport=_text(event, "transport"),
        nonce=_text(event, "nonce"),
        grant=UUID(grant) if grant else None,
        person=who.person,
        organisation_id=who.organisation,
        at=event.at or event.stored_at,
        clock_known=event.at is not None,
        entry=entry,
    )


def _use_entry(
    cabinet: Cabinet,
    event: StoredEvent,
    *,
    admitted: bool,
    who: grants.Bearer,
    marks: list[str],
    key: str | None,
    grant: str,
) -> UUID:
    said: dict[str, str | UUID | datetime | list[str] | None] = {
        "transport": _text(event, "transport"),
        "action": _text(event, "action"),
        "organisation": who.organisation,
        "person": who.person,
        "at": event.at,
        "marks": marks if admitted else None,
        "purpose": _text(event, "purpose") if admitted else None,
        "reason": None if admitted else _text(event, "reason"),
    }
    fields = {name: value for name, value in said.items() if value}
    return record(
        kind="cabinet.opened" if admitted else "cabinet.refused",
        authority=cabinet.authority_id,
        by=who.person,
        fields={
            "cabinet": cabinet.id,
            "device": event.device,
            "boot": event.boot,
            "sequence": event.sequence,
            **fields,
        },
        grant=UUID(grant) if grant else None,
        holder=key,
        now=event.stored_at,
    )


def _text(event: StoredEvent, name: str) -> str:
    value = event.body.get(name)
    return value if isinstance(value, str) else ""


def _list(event: StoredEvent, name: str) -> list[object]:
    value = event.body.get(name)
    return list(value) if isinstance(value, list) else []


def _integer(event: StoredEvent, name: str) -> int | None:
    value = event.body.get(name)
    return value if isinstance(value, int) else None
