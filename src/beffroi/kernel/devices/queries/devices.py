"""Reads of devices: by viewer for people, by identity for the programs that serve devices."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse

from beffroi.adapters.mqtt.certificates import StruckOff, serial_of
from beffroi.kernel.devices.models import (
    ConditionState,
    Device,
    DeviceEvent,
    DeviceState,
    Head,
    Hole,
    HoleState,
    Lapse,
    SinkTask,
)
from beffroi.kernel.devices.registry import SOURCES, DeviceIdentity, StoredEvent
from beffroi.kernel.devices.rules import EVENTS_MISSING, LEAVING, Missing
from beffroi.kernel.grants.queries import authorities_with_keys, current_revocation_list, read_keyset, roots
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Viewer
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.jwk import OctetKey
from beffroi.protocol.v1.keyset import KeySet
from beffroi.protocol.v1.revocation import recall_revocation_list

_ACCOUNTS_DIGEST = """
SELECT count(*), coalesce(bit_xor(hashtextextended(concat_ws(' ', authority_id, id, broker_account), 0)), 0)
FROM devices_device WHERE state = %s OR (state = %s AND retired_at > %s AND kind = ANY(%s))
"""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What a device's messages are checked with."""

    id: UUID
    authority: UUID
    kind: str
    state: DeviceState
    certificate: str


@dataclass(frozen=True, slots=True)
class Health:
    """How a device is, as far as we heard; `missing` are the ranges of its log that are asked for again."""

    device: DeviceIdentity
    state: DeviceState
    condition: ConditionState
    heard_at: datetime | None
    stored: int
    missing: tuple[tuple[int, int], ...]
    overdue: bool
    keyset: int
    revocations: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrustInForce:
    """What an authority's devices should hold: two roots, key set, revocation list (empty before the first)."""

    roots: tuple[OctetKey, ...]
    keyset: KeySet
    revocation_list: str
    revocations: tuple[int, int] = (0, 0)


def within_reach(as_of: datetime, at: str = "") -> Q:
    """Devices that are told things: those in service, and those that serve gates and were retired a moment ago, so that they hear that
    they serve none. `at` is the way to the device from the rows that are looked for.
    """
    leaving = {"state": DeviceState.RETIRED, "retired_at__gt": as_of - LEAVING, "kind__in": list(SOURCES)}
    return Q(**{f"{at}state": DeviceState.COMMISSIONED}) | Q(
        **{f"{at}{name}": value for name, value in leaving.items()}
    )


def identity(device: Device) -> DeviceIdentity:
    """The device, for those who decide about it."""
    return DeviceIdentity(device.id, device.authority_id, device.kind, device.name)


def gate_in_service(gate: UUID) -> DeviceIdentity | None:
    """The device of that id, in service; for the relay, which then asks the system that owns it."""
    row = Device.objects.filter(pk=gate, state=DeviceState.COMMISSIONED).first()
    return identity(row) if row else None


def registered_device(*, authority: UUID, device: UUID) -> Device | None:
    """A device of this authority whatever its state; for the administrator's commands."""
    return Device.objects.filter(authority_id=authority, pk=device).first()


def authenticators(devices: Iterable[UUID]) -> dict[UUID, Authenticator]:
    """What the messages of these devices are checked with; those we don't know are not in it."""
    rows = Device.objects.filter(pk__in=set(devices)).only("id", "authority_id", "kind", "state", "certificate")
    return {
        row.id: Authenticator(row.id, row.authority_id, row.kind, DeviceState(row.state), row.certificate)
        for row in rows
    }


def trust_in_force(authority: UUID) -> TrustInForce | None:
    """What this authority's devices should hold; None before its first key set."""
    keyset = read_keyset(authority)
    if keyset is None:
        return None
    token = current_revocation_list(authority)
    listed = recall_revocation_list(token) if token else None
    if listed is None or isinstance(listed, Refused):
        return TrustInForce(roots(authority), keyset, "")
    return TrustInForce(roots(authority), keyset, token, listed.order)


def visible_devices(viewer: Viewer, authority: UUID) -> QuerySet[Device]:
    """Devices of an authority that the viewer serves."""
    rows = Device.objects.filter(authority_id=authority).select_related("head", "condition").order_by("name", "id")
    return rows if authority in viewer.authorities() else rows.none()


def name_devices(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """By what is written on them, those of the authorities that the viewer serves, for the pages of the register."""
    rows = Device.objects.filter(pk__in=wanted, authority_id__in=viewer.authorities()).values_list("pk", "name")
    return {pk: Named(name, reverse("device", args=[pk])) for pk, name in rows}


def device_that_asked(*, authority: UUID, request: str) -> Device | None:
    """The device that was registered with this very request."""
    return (
        Device.objects.filter(authority_id=authority, request=request.strip())
        .exclude(state=DeviceState.RETIRED)
        .first()
    )


def devices_to_certify(most: int) -> list[tuple[UUID, UUID]]:
    """(authority, device) of those that wait for their certificate, in authorities that have a key set, oldest first."""
    rows = Device.objects.filter(state=DeviceState.ASKED, authority_id__in=authorities_with_keys())
    return list(rows.order_by("registered_at", "id").values_list("authority_id", "id")[:most])


def devices_without_line(most: int) -> list[UUID]:
    """Devices that wait for their certificate for the line to the broker, oldest first."""
    rows = Device.objects.filter(line_certificate="").exclude(state=DeviceState.RETIRED)
    return list(rows.order_by("registered_at", "id").values_list("id", flat=True)[:most])


def devices_struck_off(as_of: datetime) -> list[UUID]:
    """Devices out of service that still hold a certificate for the line, and are told nothing any more."""
    rows = Device.objects.filter(state=DeviceState.RETIRED).exclude(line_certificate="").exclude(within_reach(as_of))
    return list(rows.order_by("id").values_list("id", flat=True))


def struck_off(as_of: datetime) -> dict[UUID, StruckOff]:
    """The certificates of these, which the broker refuses."""
    rows = Device.objects.filter(state=DeviceState.RETIRED).exclude(line_certificate="").exclude(within_reach(as_of))
    found = rows.values_list("id", "line_certificate", "retired_at")
    return {device: StruckOff(serial_of(chain), since) for device, chain, since in found if since is not None}


def administrator_listing(authority: UUID, *, as_of: datetime) -> list[Health]:
    """All devices of an authority, for the installation's own administrator at the command line."""
    return _healths(
        Device.objects.filter(authority_id=authority).select_related("head", "condition").order_by("name", "id"), as_of
    )


def health(viewer: Viewer, *, authority: UUID, devices: Iterable[UUID]) -> dict[UUID, Health]:
    """How these devices of an authority are; nothing for a viewer who does not serve it."""
    rows = visible_devices(viewer, authority).filter(pk__in=set(devices))
    return {each.device.id: each for each in _healths(rows, viewer.as_of)}


def _healths(devices: QuerySet[Device], as_of: datetime) -> list[Health]:
    rows, holes = list(devices), dict[UUID, list[Hole]]()
    for hole in Hole.objects.filter(device__in=rows, state=HoleState.OPEN).order_by("first"):
        holes.setdefault(hole.device_id, []).append(hole)
    return [_health(row, holes.get(row.id, []), as_of) for row in rows]


def _health(device: Device, holes: list[Hole], as_of: datetime) -> Health:
    head: Head = device.head
    return Health(
        device=identity(device),
        state=DeviceState(device.state),
        condition=ConditionState(device.condition.state),
        heard_at=head.heard_at,
        stored=head.sequence,
        missing=tuple((hole.first, hole.last) for hole in holes),
        overdue=any(hole.due_at <= as_of for hole in holes),
        keyset=head.keyset,
        revocations=(head.revocation_set, head.revocation_number),
    )


def stored_event(task: SinkTask) -> StoredEvent:
    """The event that a sink's task is about."""
    row = DeviceEvent.objects.get(authority_id=task.authority_id, device_id=task.device_id, sequence=task.sequence)
    return _as_stored(row)


def event_before(event: StoredEvent, *, within: int, kinds: Iterable[str]) -> StoredEvent | None:
    """The last event of these kinds before this one, as far back as so many milliseconds on the device's own clock, among those that
    have come.
    """
    rows = _of_device(event.authority, event.device).filter(kind__in=list(kinds), sequence__lt=event.sequence)
    rows = rows.filter(sequence__gt=_last_too_early(event, within)).order_by("-sequence")
    return next((_as_stored(row) for row in rows[:1]), None)


def event_after(
    *, authority: UUID, device: UUID, sequence: int, kinds: Iterable[str], saying: Mapping[str, str] | None = None
) -> StoredEvent | None:
    """The first event of these kinds, whose members are these, that the device signed after that one, among those that have come."""
    rows = _of_device(authority, device).filter(kind__in=list(kinds), sequence__gt=sequence).order_by("sequence")
    if saying is not None:
        rows = rows.filter(body__contains=saying)
    return next((_as_stored(row) for row in rows[:1]), None)


def missing_before(event: StoredEvent, *, within: int) -> Missing | None:
    """What may be missing of a log before this event, as far back as so many milliseconds on the device's own clock; None when all
    of it has come.
    """
    # What lies before may be destroyed; of another boot, it is too early as well.
    holes = Hole.objects.filter(device_id=event.device, first__lt=event.sequence, boot_after__gte=event.boot)
    states = set(holes.filter(last__gt=_last_too_early(event, within)).values_list("state", flat=True))
    return next((state for state in Missing if state in states), None)


def _last_too_early(event: StoredEvent, within: int) -> int:
    """The sequence of the last event that lies farther back, or in another boot; 0 when there is none."""
    rows = _of_device(event.authority, event.device).filter(sequence__lt=event.sequence).order_by("-sequence")
    early = rows.filter(~Q(boot=event.boot) | Q(uptime__lt=event.uptime - within))
    return early.values_list("sequence", flat=True).first() or 0


def _of_device(authority: UUID, device: UUID) -> QuerySet[DeviceEvent]:
    return DeviceEvent.objects.filter(authority_id=authority, device_id=device)


def _as_stored(row: DeviceEvent) -> StoredEvent:
    return StoredEvent(
        authority=row.authority_id,
        device=row.device_id,
        sequence=row.sequence,
        boot=row.boot,
        kind=row.kind,
        at=row.at,
        uptime=row.uptime,
        body=row.body,
        stored_at=row.stored_at,
    )


def tasks_behind(as_of: datetime) -> tuple[int, int]:
    """How many tasks of sinks, and ends of leases, are due, and how many were tried in vain before: for the health page."""
    due = failed = 0
    for rows in (SinkTask.objects.all(), Lapse.objects.all()):
        due += rows.filter(due_at__lte=as_of).count()
        failed += rows.exclude(fault__in=["", EVENTS_MISSING]).count()
    return due, failed


def broker_accounts_digest(as_of: datetime) -> tuple[int, int]:
    """Another value whenever `broker_accounts` is another, without reading it all."""
    leaving = (DeviceState.RETIRED, as_of - LEAVING, list(SOURCES))
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS_DIGEST, [DeviceState.COMMISSIONED, *leaving])
        count, digest = cursor.fetchone()
        return count, digest


def broker_accounts(as_of: datetime) -> dict[tuple[UUID, UUID], str]:
    """Password hashes of devices on their line, by (authority, device): the broker's list. Empty: it comes by its certificate."""
    rows = Device.objects.filter(within_reach(as_of)).order_by("authority_id", "id")
    return {(row.authority_id, row.id): row.broker_account for row in rows.only("id", "authority_id", "broker_account")}
