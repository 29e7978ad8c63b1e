"""Where relays find their cameras."""

from collections.abc import Sequence

from beffroi.kernel.devices.registry import DeviceIdentity, GateSource
from beffroi.systems.video.models import Camera


def served(device: DeviceIdentity) -> Sequence[GateSource]:
    """All cameras that a relay serves now: those in service of which it was said where their images are."""
    rows = Camera.objects.filter(authority_id=device.authority, relay__device=device.id, out_since__isnull=True)
    return [
        GateSource(row.pk, f"{row.number} {row.name}", row.source, row.sealed)
        for row in rows.exclude(source="").order_by("pk")
    ]
