"""What the map shows: each system says its own layer in `ready()`; the console draws those that the viewer has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.viewer import Viewer
from beffroi.persistence.live import Topic, register_topic


class Severity(IntEnum):
    """How much a thing asks for somebody: what a cluster keeps of its members is the highest."""

    CALM = 0
    NOTICE = 1  # late, muted, low battery
    WARNING = 2  # open for long
    ALARM = 3  # forced


@dataclass(frozen=True, slots=True)
class Feature:
    """A point of a layer. `state` is in words, in the language in force; `href` is the thing's own page."""

    id: UUID
    longitude: float
    latitude: float
    label: str
    severity: Severity
    state: str
    href: str


Features = Callable[[Viewer, frozenset[UUID] | None], Iterable[Feature]]


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A system's things on the map. `features(viewer, only)` gives those the viewer may see, all of them when `only` is None.

    A change of one is told by `live.changed(topic=layer.topic, ...)` with its identifier.
    """

    code: str
    label: str | Promise
    icon: str
    order: int
    shown: Callable[[Viewer], bool]
    features: Features

    @property
    def topic(self) -> str:
        """The topic on which changes of this layer's things are told."""
        return f"map-{self.code}"


LAYERS: dict[str, MapLayer] = {}


def register_layer(layer: MapLayer) -> None:
    """Make a layer known, and its topic; a code is one layer."""
    if layer.code in LAYERS:
        raise ValueError(f"two layers are called {layer.code}")
    LAYERS[layer.code] = layer

    def read(viewer: Viewer, _authority: UUID, subjects: frozenset[UUID]) -> dict[UUID, dict[str, object]]:
        if not layer.shown(viewer):
            return {}
        return {feature.id: described(feature) for feature in layer.features(viewer, subjects)}

    register_topic(Topic(layer.topic, read))


def layers_of(viewer: Viewer) -> list[MapLayer]:
    """Those the viewer has, in order."""
    return [layer for layer in sorted(LAYERS.values(), key=lambda layer: layer.order) if layer.shown(viewer)]


def described(feature: Feature) -> dict[str, object]:
    """A feature as the console's script takes it."""
    return {
        "id": str(feature.id),
        "at": [feature.longitude, feature.latitude],
        "label": feature.label,
        "severity": int(feature.severity),
        "state": feature.state,
        "href": feature.href,
    }
