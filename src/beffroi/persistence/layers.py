"""What the map shows: each system says its own layer in `ready()`; the console draws those that the viewer has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from django.utils.functional import Promise

from beffroi.lib.lines import Course
from beffroi.lib.viewer import Viewer
from beffroi.persistence.live import Topic, register_topic
from beffroi.persistence.things import Box


class Severity(IntEnum):
    """How much a thing asks for somebody: what a cluster keeps of its members is the highest."""

    CALM = 0
    NOTICE = 1  # late, muted, low battery
    WARNING = 2  # open for long
    ALARM = 3  # forced


@dataclass(frozen=True, slots=True)
class Feature:
    """A point of a layer; where it is a line, the point stands for it. `state` is in words, in the language in force; `href` is the thing's
    own page.
    """

    id: UUID
    longitude: float
    latitude: float
    label: str
    severity: Severity
    state: str
    href: str
    line: Course = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens by itself to a thing, in words; `due_at` when a clock runs."""

    words: str
    due_at: datetime | None = None


Features = Callable[[Viewer, frozenset[UUID] | None], Iterable[Feature]]
Around = Callable[[Viewer, Box], Iterable[Feature]]
Rules = Callable[[Viewer, UUID], Rule | None]


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A system's things on the map. `features(viewer, only)` gives those the viewer may see, all of them when `only` is None.

    A change of one is told by `live.changed(topic=layer.topic, ...)` with its identifier. `rule(viewer, thing)`: what happens by itself
    to one that the viewer may see. `around(viewer, box)`: of a layer of too many things to hold, those in the part that the map shows,
    the nearest to its middle first; its `features` are then none but those named, and it is off until somebody wants it.
    """

    code: str
    label: str | Promise
    icon: str
    order: int
    shown: Callable[[Viewer], bool]
    features: Features
    rule: Rules | None = None
    around: Around | None = None

    @property
    def by_streets(self) -> bool:
        """Whether the map asks for what it shows."""
        return self.around is not None

    @property
    def topic(self) -> str:
        """The topic on which changes of this layer's things are told."""
        return f"map-{self.code}"


# Decimals of a degree: about ten centimetres, and half the size of the first reading.
A_HAND: Final = 6
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
    line = {"line": feature.line} if feature.line else {}
    return {
        "id": str(feature.id),
        "at": [round(feature.longitude, A_HAND), round(feature.latitude, A_HAND)],
        "label": feature.label,
        "severity": int(feature.severity),
        "state": feature.state,
        "href": feature.href,
        **line,
    }
