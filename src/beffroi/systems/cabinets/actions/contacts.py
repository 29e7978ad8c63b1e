"""A door contact, unsigned, tells of a cabinet that has no lock of ours: the lowest step of the ladder."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.contacts.errors import ThingUnfit
from beffroi.kernel.contacts.registry import Observation
from beffroi.kernel.contacts.rules import Said
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions.conventions import cover_resource
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.actions.alarms import forget_door, note_observed_open, note_observed_shut
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import SYSTEM, Door


@kernel_action
def fit_contact(*, authority: UUID, thing: UUID, contact: UUID, by: UUID | None, now: datetime) -> None:
    """Have a contact tell of a cabinet's door, as part of its registration; the operator's conventions in force cover it from then on.

    Raises ThingUnfit where a lock or another contact does.
    """
    rows = Cabinet.objects.select_for_update().filter(authority_id=authority, pk=thing)
    row = rows.filter(lock__isnull=True, contact__isnull=True).first()
    if row is None:
        raise ThingUnfit(str(thing))
    row.contact = contact
    row.save(update_fields=["contact"])
    for convention in grants.conventions_in_force(
        authority=authority, partner=row.operator_id, system=SYSTEM, as_of=now
    ):
        cover_resource(convention=convention, resource=contact, by=by, now=now)
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[row.pk])


@kernel_action
def release_contact(*, authority: UUID, thing: UUID, by: UUID | None, now: datetime) -> None:
    """Its contact is taken off: what was under way on its word is over, and its door is unknown again, unless a lock tells of it."""
    row = Cabinet.objects.select_for_update().filter(authority_id=authority, pk=thing).first()
    if row is None:
        return
    row.contact = None
    if row.lock_id is None:
        forget_door(cabinet=row, reason="contact-retired", by=by, now=now)
        row.door, row.door_since = Door.UNKNOWN.value, None
    row.save(update_fields=["contact", "door", "door_since"])
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[row.pk])


@kernel_action
def take_observation(*, seen: Observation) -> None:
    """What a contact said of a cabinet's door, once and in order; a lock that was fitted since has the word."""
    rows = Cabinet.objects.select_for_update(of=("self",)).filter(authority_id=seen.authority, pk=seen.thing)
    row = rows.filter(contact=seen.contact, lock__isnull=True).first()
    if row is None:
        return
    row.door = (Door.OPEN if seen.said is Said.OPENED else Door.CLOSED).value
    row.door_since = seen.at
    row.save(update_fields=["door", "door_since"])
    if seen.said is Said.OPENED:
        note_observed_open(cabinet=row, contact=seen.contact, sequence=seen.sequence, since=seen.at)
    else:
        note_observed_shut(cabinet=row, contact=seen.contact, at=seen.at, now=seen.heard_at)
    changed(authority=row.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[row.pk])
