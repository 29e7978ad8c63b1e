"""A contact is put on a door, turned round, taken off."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from beffroi.adapters.sensors.labels import read_label
from beffroi.adapters.sensors.saying import SensorError
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.contacts.actions.hearing import CHANNEL
from beffroi.kernel.contacts.actions.showing import show_contacts
from beffroi.kernel.contacts.errors import AddressUnfit, ContactKnown, ContactUnknown, ModelUnknown, ThingUnfit
from beffroi.kernel.contacts.models import Contact, Stranger
from beffroi.kernel.contacts.queries.models import models_of
from beffroi.kernel.contacts.registry import WATCHED
from beffroi.kernel.contacts.rules import LEFT_OPEN_MINUTES, Alarm, Door, Said
from beffroi.kernel.deadlines.actions import cancel_deadline
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.lib.positions import Position
from beffroi.persistence.acts import system_action
from beffroi.persistence.wake import wake

OPEN_TOO_LONG = "contacts.open"


@system_action
def register_contact(
    *,
    authority: UUID,
    label: str,
    model: str,
    name: str,
    thing: tuple[str, UUID] | None,
    by: UUID | None,
    now: datetime,
    patience: int = LEFT_OPEN_MINUTES,
    beat: int | None = None,
    place: Position | None = None,
) -> Contact:
    """Put the contact that bears this `label` (an address, or the text of its QR code) on a thing's door, by (kind, identifier), or on a
    room's, which is called by the contact's name. `beat`: how often it was set to speak, in minutes; None: as its model does. `place`:
    where a room stands, None where nobody said; a thing has its own.

    Raises AddressUnfit, ModelUnknown, ContactKnown, ThingUnfit.
    """
    known = models_of(authority).get(model)
    try:
        read = read_label(label)
    except SensorError:
        raise AddressUnfit from None
    if known is None or read.network not in (None, known.network):
        raise ModelUnknown(model)
    kind, identifier = thing or ("", None)
    if identifier is not None and kind not in WATCHED:
        raise ThingUnfit(kind)
    where = place if thing is None else None
    row = Contact(
        authority_id=authority,
        network=known.network,
        address=read.address,
        model=model,
        name=name.strip(),
        thing_kind=kind,
        thing=identifier,
        latitude=where.latitude if where else None,
        longitude=where.longitude if where else None,
        patience=patience,
        beat_minutes=beat,
        registered_at=now,
    )
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise (ThingUnfit if "contact_one_a_thing" in str(error) else ContactKnown) from error
    if identifier is not None:
        WATCHED[kind].fit(authority=authority, thing=identifier, contact=row.id, by=by, now=now)
    Stranger.objects.filter(authority_id=authority, network=row.network, address=row.address).delete()
    fields: dict[str, GivenValue] = {"contact": row.id, "network": row.network, "model": row.model}
    if identifier is not None:
        fields |= {"kind": kind, "thing": identifier}
    record(kind="contact.registered", authority=authority, by=by, fields=fields, now=now)
    show_contacts(authority=authority, contacts=[row])
    return row


def _serving(authority: UUID, contact: UUID) -> Contact:
    rows = Contact.objects.select_for_update().filter(authority_id=authority, pk=contact, retired_at__isnull=True)
    row = rows.first()
    if row is None:
        raise ContactUnknown(str(contact))
    return row


@system_action
def expect_contact(*, authority: UUID, contact: UUID, minutes: int | None, by: UUID | None, now: datetime) -> None:
    """It was set to speak so often; None: as often as its model does. Raises ContactUnknown."""
    row = _serving(authority, contact)
    row.beat_minutes = minutes
    row.save(update_fields=["beat_minutes"])
    fields: dict[str, GivenValue] = {"contact": row.id}
    if minutes is not None:
        fields["minutes"] = minutes
    record(kind="contact.expected", authority=authority, by=by, fields=fields, now=now)
    show_contacts(authority=authority, contacts=[row])


@system_action
def place_contact(*, authority: UUID, contact: UUID, place: Position | None, by: UUID | None, now: datetime) -> bool:
    """A room stands there on the map; None: nowhere. False for a thing, which has a place of its own. Raises ContactUnknown."""
    row = _serving(authority, contact)
    if row.thing is not None:
        return False
    row.latitude, row.longitude = (place.latitude, place.longitude) if place else (None, None)
    row.save(update_fields=["latitude", "longitude"])
    record(kind="contact.placed", authority=authority, by=by, fields={"contact": row.id}, now=now)
    show_contacts(authority=authority, contacts=[row])
    return True


@system_action
def turn_contact(*, authority: UUID, contact: UUID, by: UUID | None, now: datetime) -> Contact:
    """It says the opposite of what its door does: it is read the other way round from now on. Raises ContactUnknown."""
    row = _serving(authority, contact)
    row.turned = not row.turned
    if row.door != Door.UNKNOWN:
        row.door, row.door_since = (Door.CLOSED if row.door == Door.OPEN else Door.OPEN).value, now
        said = Said.OPENED if row.door == Door.OPEN else Said.CLOSED
        row.next_event(said, at=now, heard_at=now).save()
        wake(CHANNEL)
    row.save(update_fields=["turned", "door", "door_since", "sequence"])
    record(kind="contact.turned", authority=authority, by=by, fields={"contact": row.id}, now=now)
    show_contacts(authority=authority, contacts=[row])
    return row


@system_action
def retire_contact(*, authority: UUID, contact: UUID, reason: str, by: UUID | None, now: datetime) -> None:
    """Take it off for good: what was under way on its word is over. `reason` is a code. Raises ContactUnknown."""
    row = _serving(authority, contact)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    if row.thing is not None and row.thing_kind in WATCHED:
        WATCHED[row.thing_kind].release(authority=authority, thing=row.thing, by=by, now=now)
    cancel_deadline(kind=OPEN_TOO_LONG, authority=authority, subject=row.id, reason=reason, by=by, now=now)
    for alarm in (Alarm.OPEN, Alarm.TAMPERED, Alarm.DOWN, Alarm.BATTERY):
        end_alert(authority=authority, kind=alarm, subject=row.id, reason="retired", now=now, by=by)
    record(kind="contact.retired", authority=authority, by=by, fields={"contact": row.id, "reason": reason}, now=now)
    show_contacts(authority=authority, contacts=[row])
