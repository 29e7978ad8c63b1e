"""Where relays find their cameras."""

import json
from collections.abc import Sequence
from hashlib import sha256

from beffroi.kernel.devices.queries.sources import sources_state
from beffroi.kernel.devices.registry import DeviceIdentity, GateSource
from beffroi.protocol.v1.members import TEXT_LENGTH
from beffroi.systems.video.models import Camera
from beffroi.systems.video.rules import mask_of


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


def holds_now(camera: Camera) -> bool:
    """Whether its relay said that it holds all that it was to be told, what is hidden too. Nobody sees a camera that has no relay."""
    if camera.relay is None:
        return True
    state = sources_state([camera.relay.device_id]).get(camera.relay.device_id)
    return state is not None and not state.behind and not state.fault


def mask_version(camera: Camera) -> str:
    """Another one when something else is hidden, or written on it."""
    return sha256(json.dumps([camera.zones, camera.burned]).encode()).hexdigest()


def burned_words(camera: Camera) -> str:
    """What is written on its picture before the time, the same for all who look; empty when nothing is."""
    return f"{camera.authority.name} · {camera.site.name} · {camera.number} {camera.name}" if camera.burned else ""
