"""What a page says of a camera's hidden parts while relays haven't said that they hold them, and how it hears that they have."""

from beffroi.kernel.devices.registry import TOPIC
from beffroi.persistence.live import read_since
from beffroi.systems.video.models import Camera
from beffroi.systems.video.queries.sources import unsure_relays
from beffroi.systems.video.rules import zones_of


def confirmed(camera: Camera) -> dict[str, object]:
    """For `video/mask_state.html`: the place from which changes are followed is read first, so that nothing falls between."""
    since = str(read_since(None).place)
    return {
        "hidden": len(zones_of(camera.zones)),
        "unsure": unsure_relays([camera]).get(camera.pk, []),
        "since": since,
        "topic": TOPIC,
    }
