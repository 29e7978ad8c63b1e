"""Where relays find their cameras."""

from collections.abc import Sequence

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


def burned_words(camera: Camera) -> str:
    """What is written on its picture before the time, the same for all who look; empty when nothing is."""
    return f"{camera.authority.name} · {camera.site.name} · {camera.number} {camera.name}" if camera.burned else ""
