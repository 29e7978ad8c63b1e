"""Things that contacts may watch, and the entries that contacts leave. Systems register themselves; none imports another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.sensors.codec import Model as SensorModel
from beffroi.adapters.sensors.sources import Observed
from beffroi.kernel.contacts.rules import Said
from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Viewer
from beffroi.persistence.things import Linked

TOPIC = "contacts"
LAYER = "contacts"


@dataclass(frozen=True, slots=True)
class Observation:
    """What a contact said of a thing's door, opened or closed: believed, and unsigned. `at`: when, as far as anybody knows; `sequence`
    within the contact.
    """

    authority: UUID
    contact: UUID
    thing: UUID
    sequence: int
    said: Said
    at: datetime
    heard_at: datetime


class Fit(Protocol):
    """Has a contact tell of a thing's door."""

    def __call__(self, *, authority: UUID, thing: UUID, contact: UUID, by: UUID | None, now: datetime) -> None: ...


class Release(Protocol):
    """The contact of a thing is taken off."""

    def __call__(self, *, authority: UUID, thing: UUID, by: UUID | None, now: datetime) -> None: ...


class Take(Protocol):
    """Does what one observation asks."""

    def __call__(self, *, seen: Observation) -> None: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """Things of one kind. `free(authority)`: those that have neither a lock nor a contact, found by `columns`. `fit` and `release` are part
    of the act that registers or retires the contact; `fit` raises ThingUnfit. `take` is called once for each observation, in their order,
    in a transaction of its own. `page(viewer, thing)` is where it is seen; `layer`: that of the map on which it stands, which then shows
    how its contact is (`queries.layer.troubles`).
    """

    code: str
    label: str | Promise
    columns: tuple[str, ...]
    free: Callable[[UUID], QuerySet[Model]]
    fit: Fit
    release: Release
    take: Take
    page: Callable[[Viewer, UUID], Linked | None]
    layer: str


WATCHED: dict[str, Watched] = {}


def register_watched(watched: Watched) -> None:
    """Let contacts be put on things of this kind."""
    if WATCHED.setdefault(watched.code, watched) != watched:
        raise ValueError(f"two kinds of things to watch are called {watched.code}")


def observed() -> Observed:
    """Where contacts are heard and which models are known, as the installation's settings say."""
    found: Observed = settings.BEFFROI_OBSERVE
    return found


def models() -> Mapping[str, SensorModel]:
    """Models of the release and of the installation's file, by code."""
    return observed().models


_CONTACT = {"contact": FieldType.UUID}
KINDS = (
    RegisterKind(
        "contact.registered",
        _("A door contact was put on a door; what it says is unsigned."),
        {
            **_CONTACT,
            "network": FieldType.CODE,
            "model": FieldType.CODE,
            "kind": FieldType.CODE,
            "thing": FieldType.UUID,
        },
        optional=frozenset({"kind", "thing"}),
        lasting=True,
    ),
    RegisterKind("contact.placed", _("Somebody said where a door contact’s room stands."), _CONTACT, lasting=True),
    RegisterKind("contact.turned", _("Somebody said that a door contact says the opposite."), _CONTACT, lasting=True),
    RegisterKind(
        "contact.expected",
        _("Somebody said how often a door contact is to speak; without minutes, as often as its model does."),
        {**_CONTACT, "minutes": FieldType.INTEGER},
        optional=frozenset({"minutes"}),
        lasting=True,
    ),
    RegisterKind(
        "contact.model-described",
        _("The authority said what the messages of a model of door contacts mean."),
        {"model": FieldType.CODE, "digest": FieldType.HASH},
        lasting=True,
    ),
    RegisterKind(
        "contact.model-removed",
        _("The authority forgot a model of door contacts that it had described."),
        {"model": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "contact.retired",
        _("A door contact was taken off."),
        {**_CONTACT, "reason": FieldType.CODE},
        lasting=True,
    ),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
