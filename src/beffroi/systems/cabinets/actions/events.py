"""What a lock says, taken once for each event: openings and refusals, the door, what its sensors tell."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.feeds import FEEDS
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.actions.alarms import note_happening
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import SYSTEM, Door, door_after


@kernel_action
def take_event(*, event: StoredEvent) -> bool:
    """What a lock said, once for each event (a sink of devices: part of its task's transaction); True when it must be taken again."""
    cabinet = (
        Cabinet.objects.select_for_update(of=("self",))
        .filter(authority_id=event.authority, lock_id=event.device)
        .first()
    )
    if cabinet is None:
        return False
    again = False
    if event.kind in ("use-admitted", "use-refused"):
        _take_use(cabinet, event)
    else:
        _move_door(cabinet, event)
        again = note_happening(cabinet=cabinet, event=event)
    changed(authority=cabinet.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[cabinet.id])
    return again


def _move_door(cabinet: Cabinet, event: StoredEvent) -> None:
    """Sensors' words in their order: an older one that arrives late changes nothing."""
    if event.sequence <= cabinet.door_sequence:
        return
    after = door_after(before=Door(cabinet.door), kind=event.kind, cause=_text(event, "cause")).value
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
    use = Use.objects.create(
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
    changed(authority=event.authority, topic=FEEDS[SYSTEM].topic, subjects=[use.pk])


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
