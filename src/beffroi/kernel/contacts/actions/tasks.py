"""Doing what a contact's events ask: each once, in their order, in a transaction of its own; what fails is pushed forward, visibly."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.contacts.actions.registration import OPEN_TOO_LONG
from beffroi.kernel.contacts.actions.showing import show_contacts
from beffroi.kernel.contacts.models import Contact, ContactEvent
from beffroi.kernel.contacts.registry import WATCHED, Observation
from beffroi.kernel.contacts.rules import FIRST_RETRY, LAST_RETRY, Alarm, Door, Said
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.persistence.acts import kernel_action, system_action

CLAIMED_AT_ONCE = 50
# The oldest of each contact only: what follows waits for it. Claiming pushes forward: what kills a worker comes back later.
_CLAIM = """
UPDATE contacts_contactevent AS event
SET attempts = event.attempts + 1,
    due_at = %(now)s + make_interval(secs => least(%(first)s * power(2, least(event.attempts, 12)), %(last)s))
FROM (
    SELECT id FROM contacts_contactevent AS next
    WHERE handled_at IS NULL AND due_at <= %(now)s AND NOT EXISTS (
        SELECT FROM contacts_contactevent AS before
        WHERE before.contact_id = next.contact_id AND before.handled_at IS NULL AND before.sequence < next.sequence)
    ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
) AS due
WHERE event.id = due.id
RETURNING event.id, event.attempts
"""


@kernel_action
def claim_events(*, now: datetime, most: int = CLAIMED_AT_ONCE) -> list[tuple[int, int]]:
    """Claim events that are due: (id, attempt), oldest first. Delivery, exempt from the register."""
    with connection.cursor() as cursor:
        first, last = FIRST_RETRY.total_seconds(), LAST_RETRY.total_seconds()
        cursor.execute(_CLAIM, {"now": now, "first": first, "last": last, "most": most})
        return sorted(cursor.fetchall())


@system_action
def handle_event(*, event: int, attempt: int, now: datetime) -> bool:
    """Do what one claimed event asks and end it, in one durable transaction; False when another worker has it, or did it.

    A retired contact's last events ask nothing any more. The entries are those of what is done.
    """
    row = (
        ContactEvent.objects.select_for_update(of=("self",))
        .select_related("contact")
        .filter(pk=event, attempts=attempt, handled_at__isnull=True)
        .first()
    )
    if row is None:
        return False
    contact = row.contact
    if contact.retired_at is None:
        said = Said(row.said)
        if said in (Said.TAMPERED, Said.RESTORED):
            _tell_seal(contact, row, said)
        elif contact.thing is None:
            _tell_room(contact, row, said)
        elif contact.thing_kind in WATCHED:
            WATCHED[contact.thing_kind].take(
                seen=Observation(
                    authority=row.authority_id,
                    contact=contact.pk,
                    thing=contact.thing,
                    sequence=row.sequence,
                    said=said,
                    at=row.at,
                    heard_at=row.heard_at,
                )
            )
    row.handled_at, row.fault = now, ""
    row.save(update_fields=["handled_at", "fault"])
    return True


@kernel_action
def note_fault(*, event: int, attempt: int, fault: str) -> None:
    """Keep why one failed: the kind of the fault, never what it says. Delivery, exempt from the register."""
    ContactEvent.objects.filter(pk=event, attempts=attempt).update(fault=fault[:120])


def _tell_seal(contact: Contact, event: ContactEvent, said: Said) -> None:
    """Whatever its door belongs to: while a contact is open or off its door, nothing is known of that door."""
    if said is Said.TAMPERED:
        _raise(contact, Alarm.TAMPERED, since=event.at, now=event.heard_at)
        return
    whose = {"authority": contact.authority_id, "subject": contact.pk}
    end_alert(**whose, kind=Alarm.TAMPERED, reason="restored", now=event.heard_at)


def _tell_room(contact: Contact, event: ContactEvent, said: Said) -> None:
    """A room has no system of its own: its door's promise is kept here."""
    authority, subject = contact.authority_id, contact.pk
    if said is Said.OPENED:
        promise = timedelta(minutes=contact.patience)
        set_deadline(kind=OPEN_TOO_LONG, authority=authority, subject=subject, since=event.at, promise=promise)
        return
    meet_deadline(kind=OPEN_TOO_LONG, authority=authority, subject=subject, at=event.at)
    end_alert(authority=authority, kind=Alarm.OPEN, subject=subject, reason="closed", now=event.heard_at)


@kernel_action
def tell_left_open(*, authority: UUID, contact: UUID, since: datetime, now: datetime) -> None:
    """A room's door has stood open for as long as was promised: whoever keeps watch is told, unless it was shut meanwhile."""
    rows = Contact.objects.select_for_update().filter(authority_id=authority, pk=contact, retired_at__isnull=True)
    row = rows.first()
    if row is None or row.door != Door.OPEN or row.door_since is None or row.door_since > since:
        return
    _raise(row, Alarm.OPEN, since=since, now=now)
    show_contacts(authority=authority, contacts=[row])


def _raise(contact: Contact, alarm: Alarm, *, since: datetime, now: datetime) -> None:
    raise_alert(
        authority=contact.authority_id,
        kind=alarm,
        subject=contact.pk,
        resource=contact.thing or contact.pk,
        where=Where(contact.name),
        since=since,
        organisation=None,
        convention=None,
        facts={"name": contact.name, "minutes": contact.patience},
        now=now,
    )
