"""Sites, entrances, cameras and relays written down and changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.errors import RequestRefused
from beffroi.kernel.devices.queries.sources import has_room
from beffroi.kernel.grants.actions.orders import close_named
from beffroi.kernel.grants.actions.places import change_place, close_over
from beffroi.kernel.grants.queries import rights_over
from beffroi.kernel.grants.queries.admission import lock_covering
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.video.errors import NameTaken, NumberTaken, RelayAddressOpen, RelayAddressWrong, RelayFull
from beffroi.systems.video.models import Camera, Entrance, Relay, Request, Served, Site
from beffroi.systems.video.rules import DEVICE_KIND, SYSTEM, Alarm, PlaceKind, Regime, is_private_line

# Why a right over a camera is closed when the camera changes.
ANOTHER_LAW, OUT_OF_SERVICE = "regime-changed", "camera-out"


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is written of a site."""

    organisation: UUID
    name: str
    address: str
    latitude: float
    longitude: float
    contact: str


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What is written of a camera: where, what it looks at, under which law, and what of its image is not ours to control."""

    number: int
    name: str
    place_kind: PlaceKind
    regime: Regime
    entrance: UUID | None = None
    order_number: str = ""
    order_on: date | None = None
    other_routes: str = ""


@system_action
def add_site(*, authority: UUID, facts: SiteFacts, by: UUID | None, now: datetime) -> Site:
    """Write a site down; raises NameTaken and Django's ValidationError."""
    site = Site(authority_id=authority)
    _write_site(site, facts)
    record(
        kind="video.site-added",
        authority=authority,
        by=by,
        fields={"site": site.id, "organisation": facts.organisation},
        now=now,
    )
    return site


@system_action
def change_site(*, site: Site, facts: SiteFacts, by: UUID | None, now: datetime) -> Site:
    """Correct what is written of a site, its name also on the pictures where it is written; raises as `add_site` does, and RelayFull."""
    row = Site.objects.select_for_update().get(authority_id=site.authority_id, pk=site.pk)
    _write_site(row, facts)
    written_on = Camera.objects.filter(authority_id=row.authority_id, site=row, burned=True).select_related("relay")
    for camera in written_on.order_by("relay__device", "pk").distinct("relay__device"):
        _tell_relay(camera)
        _see_room(camera)
    record(
        kind="video.site-changed",
        authority=row.authority_id,
        by=by,
        fields={"site": row.id, "organisation": facts.organisation},
        now=now,
    )
    return row


@kernel_action
def tell_renamed(*, authority: UUID) -> None:
    """An authority has another name, which is written on pictures: their relays are told at once. Part of the act that renames it."""
    written_on = Camera.objects.filter(authority_id=authority, burned=True, relay__isnull=False).select_related("relay")
    for camera in written_on.order_by("relay__device", "pk").distinct("relay__device"):
        _tell_relay(camera)


def _write_site(site: Site, facts: SiteFacts) -> None:
    name = facts.name.strip()
    if Site.objects.filter(authority_id=site.authority_id, name=name).exclude(pk=site.pk).exists():
        raise NameTaken
    site.organisation_id, site.name, site.address = facts.organisation, name, facts.address.strip()
    site.latitude, site.longitude, site.contact = facts.latitude, facts.longitude, facts.contact.strip()
    site.full_clean()
    site.save()
    changed(authority=site.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[site.id])


@system_action
def add_entrance(*, site: Site, name: str, by: UUID | None, now: datetime) -> Entrance:
    """Name a part of a site; raises Django's ValidationError."""
    entrance = Entrance(authority_id=site.authority_id, site=site, name=name.strip())
    entrance.full_clean()
    entrance.save()
    record(
        kind="video.entrance-added",
        authority=site.authority_id,
        by=by,
        fields={"site": site.id, "entrance": entrance.id},
        now=now,
    )
    return entrance


@system_action
def add_camera(*, site: Site, facts: CameraFacts, by: UUID | None, now: datetime) -> Camera:
    """Write a camera down, without a relay; raises NumberTaken and Django's ValidationError."""
    camera = Camera(authority_id=site.authority_id, site=site)
    _write_camera(camera, facts)
    record(
        kind="video.camera-added",
        authority=site.authority_id,
        by=by,
        fields={"camera": camera.id, "site": site.id, "regime": facts.regime.value},
        now=now,
    )
    return camera


@system_action
def change_camera(*, camera: Camera, facts: CameraFacts, by: UUID | None, now: datetime) -> Camera:
    """Correct what is written of a camera; raises as `add_camera` does, and RelayFull. Under another law no right over it goes on; where
    it looks at another kind of place, those whose purpose is for it do.
    """
    row = _held(camera)
    law, place = row.regime != facts.regime.value, row.place_kind != facts.place_kind.value
    before = _rights(row, now)
    _write_camera(row, facts)
    _note(row, "regime" if law else "facts", by, now)
    if law:
        close_over(authority=row.authority_id, resource=row.pk, reason=ANOTHER_LAW, by=by, now=now)
    if place:
        change_place(authority=row.authority_id, resource=row.pk, place_kind=row.place_kind, by=by, now=now)
    _tell_cut(row, before - _rights(row, now), now)
    _tell_relay(row)
    _see_room(row)
    return row


def _rights(camera: Camera, now: datetime) -> frozenset[UUID]:
    return frozenset(rights_over(authority=camera.authority_id, resource=camera.pk, as_of=now))


def _tell_cut(camera: Camera, grants: Collection[UUID], now: datetime) -> None:
    """Tell that the requests behind these rights were closed because this camera changed: somebody may be on the spot."""
    rows = Request.objects.filter(authority_id=camera.authority_id, grant__in=list(grants)).select_related("site")
    for row in rows.order_by("pk"):
        raise_alert(
            authority=row.authority_id,
            kind=Alarm.CUT,
            subject=row.pk,
            resource=row.pk,
            where=Where(row.site.name, row.site.latitude, row.site.longitude),
            since=now,
            organisation=row.organisation_id,
            convention=row.convention,
            facts={},
            now=now,
        )


def _tell_relay(camera: Camera) -> None:
    if camera.relay is not None:
        sources_changed(device=camera.relay.device_id)


def _see_room(camera: Camera) -> None:
    """Have what gives a relay more undone where its list can't hold it: it would go on with the one before. Raises RelayFull."""
    if camera.relay is not None and not has_room(camera.relay.device_id):
        raise RelayFull


@system_action
def set_source(
    *, camera: Camera, relay: Relay, url: str, sealed: str, profile: str, by: UUID | None, now: datetime
) -> Camera:
    """Say which relay serves a camera, where its images are, and what opens them, sealed as it was typed. The relay it had serves it no
    more. Raises RelayFull.
    """
    row = _held(camera)
    # In order: of two cameras that change relays against each other neither waits for the other.
    devices = sorted({each.device_id for each in (row.relay, relay) if each is not None})
    row.relay, row.source, row.sealed, row.sealed_at, row.profile = relay, url.strip(), sealed, now, profile.strip()
    row.full_clean(exclude=["sealed"])
    row.save(update_fields=["relay", "source", "sealed", "sealed_at", "profile"])
    Served.objects.get_or_create(authority_id=row.authority_id, camera=row, relay=relay, defaults={"since": now})
    _note(row, "source", by, now)
    for device in devices:
        sources_changed(device=device)
    _see_room(row)
    changed(authority=row.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[row.site_id])
    return row


def _write_camera(camera: Camera, facts: CameraFacts) -> None:
    others = Camera.objects.filter(authority_id=camera.authority_id, site_id=camera.site_id, number=facts.number)
    if others.exclude(pk=camera.pk).exists():
        raise NumberTaken
    camera.number, camera.name, camera.entrance_id = facts.number, facts.name.strip(), facts.entrance
    camera.place_kind, camera.regime = facts.place_kind.value, facts.regime.value
    public = facts.regime is Regime.PUBLIC_ROAD
    camera.order_number = facts.order_number.strip() if public else ""
    camera.order_on = facts.order_on if public else None
    camera.other_routes = facts.other_routes.strip()
    camera.full_clean()
    camera.save()
    changed(authority=camera.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[camera.site_id])


@system_action
def set_service(*, camera: Camera, working: bool, by: UUID | None, now: datetime) -> Camera:
    """Take a camera out of service (its relay cuts it at once, and a right that has no other one left is closed) or put it
    back. Raises RelayFull.
    """
    row = _held(camera)
    if (row.out_since is None) != working:
        row.out_since = None if working else now
        row.save(update_fields=["out_since"])
        _note(row, "back" if working else "out", by, now)
        if not working:
            _close_blind(row, by, now)
        _tell_relay(row)
        if working:
            _see_room(row)
        changed(authority=row.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[row.site_id])
    return row


def _close_blind(camera: Camera, by: UUID | None, now: datetime) -> None:
    """Close the rights that this camera's leaving leaves without any: with another one in service, somebody still looks."""
    lock_covering(authority=camera.authority_id, resource=camera.pk)
    rights = rights_over(authority=camera.authority_id, resource=camera.pk, as_of=now)
    named = {resource for resources in rights.values() for resource in resources}
    working = set(Camera.objects.filter(pk__in=named, out_since=None).values_list("pk", flat=True))
    blind = [grant for grant, resources in rights.items() if working.isdisjoint(resources)]
    close_named(authority=camera.authority_id, grants=blind, reason=OUT_OF_SERVICE, by=by, now=now)
    _tell_cut(camera, blind, now)


@system_action
def add_relay(*, authority: UUID, request: str, name: str, address: str, by: UUID | None, now: datetime) -> Relay:
    """Register the relay that wrote this request; the minter certifies it within seconds.

    Raises RelayAddressWrong, RelayAddressOpen, and devices' DeviceError; leaves nothing then.
    """
    device = register_device(authority=authority, request=request, name=name, now=now, by=by)
    if device.kind != DEVICE_KIND:
        raise RequestRefused(f"a device of kind {device.kind} is no relay")
    relay = Relay(authority_id=authority, device_id=device.id, address=address.strip().rstrip("/"))
    _check_address(relay)
    relay.save()
    record(
        kind="video.relay-added",
        authority=authority,
        by=by,
        fields={"relay": relay.id, "device": str(device.id)},
        now=now,
    )
    return relay


@system_action
def set_relay_address(*, relay: Relay, address: str, by: UUID | None, now: datetime) -> Relay:
    """Say where browsers find a relay from now on; raises RelayAddressWrong and RelayAddressOpen. Said again, it leaves no entry."""
    row = Relay.objects.select_for_update().get(authority_id=relay.authority_id, pk=relay.pk)
    before, row.address = row.address, address.strip().rstrip("/")
    if row.address == before:
        return row
    _check_address(row)
    row.save(update_fields=["address"])
    record(kind="video.relay-moved", authority=row.authority_id, by=by, fields={"relay": row.id}, now=now)
    return row


def _check_address(relay: Relay) -> None:
    try:
        relay.clean_fields(exclude=["device", "authority"])
        relay.validate_constraints()
    except ValidationError as error:
        raise RelayAddressWrong from error
    if not is_private_line(relay.address):
        raise RelayAddressOpen


def _held(camera: Camera) -> Camera:
    rows = Camera.objects.select_for_update(of=("self",)).select_related("relay")
    return rows.get(authority_id=camera.authority_id, pk=camera.pk)


def _note(camera: Camera, change: str, by: UUID | None, now: datetime) -> None:
    record(
        kind="video.camera-changed",
        authority=camera.authority_id,
        by=by,
        fields={"camera": camera.id, "change": change},
        now=now,
    )
