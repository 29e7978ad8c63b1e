"""Cabinets written down, their locks, the ladder, work orders."""

import secrets
from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions import orders
from beffroi.kernel.grants.actions.conventions import cover_resource
from beffroi.kernel.grants.queries.admission import Asked
from beffroi.kernel.grants.rules import Kind, Refusal
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.persistence.things import Given, answer_causes
from beffroi.systems.cabinets.actions.alarms import forget_door
from beffroi.systems.cabinets.errors import LockNotInService, ReferenceTaken
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import CODE_ALPHABET, CODE_LENGTH, LONGEST_NAME, OPEN, SYSTEM, Door, Ladder


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
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[cabinet.id])
    return cabinet


@system_action
def install_lock(*, cabinet: Cabinet, request: str, conventions: list[UUID], by: UUID | None, now: datetime) -> UUID:
    """Register the lock that wrote this request and fit it to the cabinet; the conventions named cover it from now on.

    Returns the device; the minter certifies it within seconds. Raises devices' DeviceError, and leaves nothing then.
    """
    row = Cabinet.objects.select_for_update().get(authority_id=cabinet.authority_id, pk=cabinet.pk)
    name = f"{row.reference} {row.address}"[:LONGEST_NAME].strip()
    device = register_device(authority=row.authority_id, request=request, name=name, now=now, by=by)
    if row.lock_id is not None:
        forget_door(cabinet=row, reason="lock-replaced", by=by, now=now)
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
    changed(authority=row.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[row.id])
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
    if isinstance(given, Refusal):
        return given
    made = Given(cabinet.authority_id, organisation, cabinet.pk, given.id, given.ends)
    answer_causes(given=made, by=by, now=now)
    return given.id
