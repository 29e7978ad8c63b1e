"""Where relays find their cameras."""

import json
from collections.abc import Collection, Sequence
from hashlib import sha256
from uuid import UUID

from beffroi.kernel.devices.queries.sources import SourcesState, sources_state
from beffroi.kernel.devices.registry import DeviceIdentity, GateSource
from beffroi.protocol.v1.members import TEXT_LENGTH
from beffroi.systems.video.models import Camera, Relay, Served
from beffroi.systems.video.rules import mask_of

NOTHING = (0, 0)
"""The list that a relay holds before its first."""


def served(device: DeviceIdentity) -> Sequence[GateSource]:
    """All cameras that a relay serves now: those in service of which it was said where their images are."""
    rows = Camera.objects.filter(authority_id=device.authority, relay__device=device.id, out_since__isnull=True)
    return [
        GateSource(
            row.pk,
            f"{row.number} {row.name}"[:TEXT_LENGTH],
            row.source,
            row.sealed,
            mask_of(row.zones, burned_words(row)),
        )
        for row in rows.exclude(source="").select_related("authority", "site").order_by("pk")
    ]


def unsure_relays(cameras: Collection[Camera]) -> dict[UUID, list[Relay]]:
    """By camera, the relays that may still show it as it was before its last change: its own, until it says that it holds all that it was
    to be told; then by name each that had it before and isn't retired, until it says that it holds its newest list. Cameras of which
    none may are not in it; nobody sees one that has no relay.
    """
    own = {camera.pk: camera.relay_id for camera in cameras if camera.relay_id is not None}
    had: dict[UUID, set[UUID]] = {camera.pk: set() for camera in cameras}
    for camera, relay in own.items():
        had[camera].add(relay)
    served_by = Served.objects.filter(camera__in=list(had), relay__device__retired_at__isnull=True)
    for camera, relay in served_by.values_list("camera", "relay"):
        had[camera].add(relay)
    relays = Relay.objects.select_related("device").in_bulk(set().union(*had.values()))
    states = sources_state(relay.device_id for relay in relays.values())
    unsure = {
        camera: [relays[pk] for pk in named if _unsure(relays[pk], states, its_own=pk == own.get(camera))]
        for camera, named in had.items()
    }
    return {
        camera: sorted(named, key=lambda relay: (relay.pk != own.get(camera), relay.device.name))
        for camera, named in unsure.items()
        if named
    }


def _unsure(relay: Relay, states: dict[UUID, SourcesState], *, its_own: bool) -> bool:
    state = states.get(relay.device_id)
    if its_own:
        return state is None or state.behind or bool(state.fault)
    return state is not None and state.held != NOTHING and (state.behind or bool(state.fault))


def mask_version(camera: Camera) -> str:
    """Another one when something else is hidden, or written on it."""
    return sha256(json.dumps([camera.zones, camera.burned]).encode()).hexdigest()


def burned_words(camera: Camera) -> str:
    """What is written on its picture before the time, the same for all who look; empty when nothing is."""
    return f"{camera.authority.name} · {camera.site.name} · {camera.number} {camera.name}" if camera.burned else ""
