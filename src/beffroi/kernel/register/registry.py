"""The kinds of entries that exist: an explicit dictionary, filled from each app's `apps.py` with `register_kind`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.lib.viewer import Viewer
from beffroi.persistence.places import OpenPlace, Place, register_open_place, register_place

from .errors import RegisterError, UnknownKind
from .rules import FieldType, Many, RegisterKind, many

__all__ = ["KINDS", "FieldType", "Many", "RegisterKind", "kind_named", "many", "register_kind", "registered_kinds"]

KINDS: dict[str, RegisterKind] = {}


def register_kind(kind: RegisterKind) -> None:
    """Make `kind` known; saying the same thing twice is allowed, two things under one code are not."""
    known = KINDS.setdefault(kind.code, kind)
    if known is not kind and known != kind:
        raise RegisterError(f"two register kinds are called {kind.code}")


def kind_named(code: str) -> RegisterKind:
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(f"no register kind is called {code!r}") from None


def registered_kinds() -> tuple[RegisterKind, ...]:
    """All kinds, by code: what the documentation lists."""
    return tuple(KINDS[code] for code in sorted(KINDS))


@dataclass(frozen=True, slots=True)
class Named:
    """What an identifier of the register stands for, in words that the viewer may read, and its page ("" where it has none)."""

    words: str
    address: str = ""


# Of these identifiers, those that the viewer may know by name.
Namer = Callable[[Viewer, Collection[UUID]], Mapping[UUID, Named]]
NAMERS: dict[str, Namer] = {}


def register_namer(fields: Sequence[str], namer: Namer) -> None:
    """Say what the identifiers in these fields stand for. The register stores no name: whoever reads it asks the app that has them."""
    for name in fields:
        if NAMERS.setdefault(name, namer) is not namer:
            raise RegisterError(f"two apps name what stands in {name}")


# Rights given under something (a convention): what was done with them was done under it too.
RightsUnder = Callable[[UUID], QuerySet[Model, UUID]]
RIGHTS_UNDER: list[RightsUnder] = []


def register_rights_under(rights: RightsUnder) -> None:
    """Have a search for something find what was done with the rights under it."""
    if rights not in RIGHTS_UNDER:
        RIGHTS_UNDER.append(rights)


# Verifier keys of a log at a moment, by its origin: (log, origin, at).
KeySource = Callable[[str, str, datetime], Sequence[str]]
KEY_SOURCES: list[KeySource] = []


def register_key_source(source: KeySource) -> None:
    """Have an app that knows public keys of the register give them to whoever verifies."""
    if source not in KEY_SOURCES:
        KEY_SOURCES.append(source)


def verifier_keys(log: str, origin: str, at: datetime) -> list[str]:
    """Every verifier key of a log that this installation's own pages can name."""
    return [key for source in KEY_SOURCES for key in source(log, origin, at)]


def register_places() -> None:
    """Called once, when the application is ready."""
    register_place(
        Place(
            "entries",
            _("The register"),
            _("What was done with shared things, by whom, and its proofs"),
            "register",
            45,
            lambda viewer: bool(viewer.authorities()),
            "rules",
        )
    )
    register_open_place(
        OpenPlace(
            "receipt-check",
            _("Check a receipt"),
            _("Somebody gave you the receipt of an act: see by yourself whether it is in the register"),
            "receipt",
            90,
        )
    )


ERASED = "register.erased"
LOST = "register.lost"
OPENED = "register.opened"
RESUMED = "register.resumed"

# What the register does itself is on the record too, and its own values are never erased: they explain what is missing.
OWN_KINDS = (
    RegisterKind(
        code=ERASED,
        description=_("The values of these entries were destroyed; `erased` names them by the hash of their leaf."),
        fields={"erased": many(FieldType.HASH), "reason": FieldType.CODE},
    ),
    RegisterKind(
        code=LOST,
        description=_(
            "The values of these entries were lost with a database; `lost` names them by the hash of their leaf."
        ),
        fields={"lost": many(FieldType.HASH), "reason": FieldType.CODE},
    ),
    RegisterKind(
        code=RESUMED,
        description=_("Leaves `first` to `last`, which the database had lost, were taken back from the published log."),
        fields={"first": FieldType.INTEGER, "last": FieldType.INTEGER, "lost": FieldType.INTEGER},
    ),
    RegisterKind(
        code=OPENED,
        description=_(
            "A generation of the log begins; the one before was closed, and its first `agreed` leaves stand."
        ),
        fields={
            "generation": FieldType.INTEGER,
            "previous_size": FieldType.INTEGER,
            "previous_root": FieldType.HASH,
            "agreed": FieldType.INTEGER,
            "reason": FieldType.CODE,
        },
    ),
)
