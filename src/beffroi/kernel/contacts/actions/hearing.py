"""What comes from the networks: which contact it is, whether it is news, what it changes. Telemetry, exempt from the register."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from beffroi.adapters.sensors.codec import Model
from beffroi.adapters.sensors.saying import Event, Heard, NotUnderstoodError, Reading
from beffroi.kernel.contacts.actions.showing import show_contacts
from beffroi.kernel.contacts.models import Contact, ContactEvent, Line, Stranger
from beffroi.kernel.contacts.queries.models import models_of
from beffroi.kernel.contacts.registry import TOPIC
from beffroi.kernel.contacts.rules import (
    STRANGERS_KEPT,
    UNREAD_KEPT,
    Door,
    Frame,
    Said,
    Turn,
    lost_between,
    moment,
    turn,
    weak_after,
)
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed
from beffroi.persistence.wake import wake

CHANNEL = "beffroi_contacts"
Models = Mapping[str, Model]
HINT = 120


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, through which broker, and when it reached us."""

    via: str
    heard: Heard
    at: datetime


@kernel_action
def take_messages(*, authority: UUID, arrived: Iterable[Arrived]) -> int:
    """Believe what registered contacts say, in this order; list the others. Returns how many events that made. Telemetry."""
    messages = list(arrived)
    addresses = {each.heard.address for each in messages}
    rows = Contact.objects.select_for_update().filter(
        authority_id=authority, address__in=addresses, retired_at__isnull=True
    )
    known = {(row.network, row.address): row for row in rows.order_by("pk")}
    models = models_of(authority)
    events: list[ContactEvent] = []
    touched: dict[UUID, Contact] = {}
    strangers: list[Arrived] = []
    for each in messages:
        row = known.get((each.heard.network, each.heard.address))
        if row is None:
            strangers.append(each)
            continue
        events += _take(row, each, models)
        touched[row.pk] = row
    for row in touched.values():
        row.save()
    ContactEvent.objects.bulk_create(events)
    _list_strangers(authority, strangers)
    show_contacts(authority=authority, contacts=touched.values())
    if events:
        wake(CHANNEL)
    return len(events)


def _take(row: Contact, arrived: Arrived, models: Models) -> list[ContactEvent]:
    heard = arrived.heard
    row.via = arrived.via
    if heard.event is Event.CUT:
        row.cut_at = arrived.at
        return []
    if heard.event is Event.JOIN:
        row.heard_at, row.cut_at, row.counter = arrived.at, None, None
        return []
    if heard.event is Event.STATUS:
        row.heard_at, row.cut_at = arrived.at, None
        return _believe(row, arrived, Reading(battery=heard.battery))
    before = Frame(row.last_at, row.counter, row.message)
    this = Frame(heard.at, heard.counter, heard.message)
    place = turn(before, this)
    if place in (Turn.REPEATED, Turn.OLDER):
        return []
    row.lost += 0 if place is Turn.RESTARTED else lost_between(before, this)
    row.counter, row.message = heard.counter, heard.message
    if not heard.stored:
        row.heard_at, row.cut_at = arrived.at, None
    return _believe(row, arrived, _understood(row, arrived, models))


def _understood(row: Contact, arrived: Arrived, models: Models) -> Reading:
    """What it said by its model's description; what isn't covered is kept for whoever looks after it, bounded."""
    known = models.get(row.model)
    try:
        if known is None:
            raise NotUnderstoodError("model", "its model is described no more")
        return known.read(arrived.heard)
    except NotUnderstoodError as fault:
        port = "" if arrived.heard.port is None else f"{arrived.heard.port}:"
        row.unread = f"{port}{arrived.heard.data.hex()}"[:UNREAD_KEPT]
        row.unread_code, row.unread_at, row.unread_times = fault.code, arrived.at, row.unread_times + 1
        return Reading()


def _believe(row: Contact, arrived: Arrived, reading: Reading) -> list[ContactEvent]:
    at = moment(arrived.heard.at, arrived=arrived.at, last=row.last_at)
    if arrived.heard.event is Event.UPLINK:
        row.last_at = at
    said: list[Said] = []
    if reading.open is not None:
        door = Door.OPEN if reading.open != row.turned else Door.CLOSED
        if door.value != row.door:
            row.door, row.door_since = door.value, at
            said.append(Said.OPENED if door is Door.OPEN else Said.CLOSED)
    if reading.tampered is not None and reading.tampered != row.tampered:
        row.tampered = reading.tampered
        said.append(Said.TAMPERED if reading.tampered else Said.RESTORED)
    row.battery = row.battery if reading.battery is None else reading.battery
    row.weak = weak_after(weak=row.weak, level=reading.battery, low=reading.battery_low)
    return [row.next_event(each, at=at, heard_at=arrived.at) for each in said]


def _list_strangers(authority: UUID, strangers: Iterable[Arrived]) -> None:
    """By address: who speaks on the network and is registered nowhere. The oldest make room."""
    last: dict[tuple[str, str], Arrived] = {}
    times: dict[tuple[str, str], int] = {}
    for each in strangers:
        key = each.heard.network, each.heard.address
        last[key], times[key] = each, times.get(key, 0) + 1
    for (network, address), each in last.items():
        row, made = Stranger.objects.get_or_create(
            authority_id=authority,
            network=network,
            address=address,
            defaults={"first_at": each.at, "last_at": each.at, "via": each.via, "times": times[network, address]},
        )
        row.label, row.hint = each.heard.name[:HINT], each.heard.model[:HINT] or row.hint
        row.last_at, row.via = each.at, each.via
        row.times = row.times if made else row.times + times[network, address]
        row.save()
    if last:
        rows = Stranger.objects.filter(authority_id=authority)
        newest = rows.order_by("-last_at", "id").values_list("id", flat=True)[:STRANGERS_KEPT]
        rows.exclude(id__in=list(newest)).delete()
        changed(authority=authority, topic=TOPIC, subjects=[authority])


@kernel_action
def note_line(*, authority: UUID, name: str, network: str, since: datetime | None, fault: str, now: datetime) -> None:
    """How a broker is heard: without a break since then, or not and why (a code). Telemetry."""
    row = Line.objects.select_for_update().filter(authority_id=authority, name=name).first()
    row = row or Line(authority_id=authority, name=name, network=network, well_at=now)
    row.network, row.since, row.fault, row.seen_at = network, since, fault, now
    row.well_at = now if since is not None else row.well_at
    row.save()
    changed(authority=authority, topic=TOPIC, subjects=[authority])


@kernel_action
def count_unreadable(*, authority: UUID, name: str, code: str, times: int, now: datetime) -> None:
    """Messages of a broker that were none: how many, and why the last one was. Telemetry."""
    Line.objects.filter(authority_id=authority, name=name).update(
        refused=F("refused") + times, refused_code=code, refused_at=now
    )
