"""What nobody sees of a camera's picture, and what is written on it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.queries.sources import has_room
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.video.errors import MaskChanged, RelayFull
from beffroi.systems.video.models import Camera
from beffroi.systems.video.queries.sources import mask_version
from beffroi.systems.video.rules import Zone


@system_action
def mask_camera(
    *, camera: Camera, zones: Sequence[Zone], burned: bool, began: str, by: UUID | None, now: datetime
) -> Camera:
    """Hide these parts from everybody from now on, and no others; whoever looks at the camera is cut, and sees it so when they look
    again. What it says already changes nothing. `began` is the `mask_version` that it was drawn on. Raises MaskChanged, RelayFull
    and Django's ValidationError.
    """
    rows = Camera.objects.select_for_update(of=("self",)).select_related("relay")
    row = rows.get(authority_id=camera.authority_id, pk=camera.pk)
    flat = [side for zone in zones for side in zone]
    if (row.zones, row.burned) == (flat, burned):
        return row
    if mask_version(row) != began:
        raise MaskChanged
    row.zones, row.burned = flat, burned
    row.clean_fields(exclude=["authority", "site", "entrance", "relay"])
    row.validate_constraints()
    row.save(update_fields=["zones", "burned"])
    record(
        kind="video.camera-masked",
        authority=row.authority_id,
        by=by,
        fields={"camera": row.id, "hidden": len(zones), "burned": int(burned)},
        now=now,
    )
    if row.relay is not None:
        sources_changed(device=row.relay.device_id)
        if not has_room(row.relay.device_id):
            raise RelayFull  # the list before would go on, and show what is to be hidden
    return row
