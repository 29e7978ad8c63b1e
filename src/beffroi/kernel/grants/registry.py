"""Entries that this app leaves, places it adds, and what else the minter signs: dictionaries filled when applications are ready."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.grants.rules import BRIEF, Capacity, Kind, Refusal, Uses
from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place

# Signs what waits, at most a batch, each in its own transaction; returns how many it signed.
Minting = Callable[[KeyStore, datetime], int]

MINTINGS: dict[str, Minting] = {}


def register_minting(name: str, minting: Minting) -> None:
    """Have the minter sign for another kernel app (devices' certificates)."""
    if MINTINGS.setdefault(name, minting) is not minting:
        raise ValueError(f"two mintings are called {name}")


@dataclass(frozen=True, slots=True)
class Template:
    """A convention to begin from: what its form holds, by field (`purposes`: one mapping a purpose), in the language in force."""

    code: str
    label: str | Promise
    content: Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class ConventionSystem:
    """What conventions of a system are about. `things(authority)` gives what they may cover, annotated with `resource` (what a right
    names), `called`, `place` and `group`, by which a long list is narrowed (`grouped`: what that is, in words). `right` is to one of
    so many things ("to open one of these 80 cabinets"); `counted`: "80 cabinets". `uses(viewer, convention, most)`: what was done.

    `kinds`: what its purposes are for; `capacities`: those of the parties that it names (none: the partner alone, which asks; with
    `signs`, three sign); `place_kinds`: slugs and words, of which `things` then annotates each with its `place_kind`; `years`: what the
    law lets one last; `approval`: whether an owner may have to say yes; `against`: what the law has against a right over these things
    until then, for a purpose that stands on that text; `astray`: those of the things, by name, that none of these texts is about. Without
    them its things are under one law.
    """

    code: str
    label: str | Promise
    things: Callable[[UUID], QuerySet[Model]]
    grouped: str | Promise
    right: Callable[[int], str]
    counted: Callable[[int], str]
    uses: Callable[[Viewer, UUID, int], Uses]
    templates: tuple[Template, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.WORK_ORDER,)
    transports: tuple[str, ...] = ("local", "relay")
    capacities: tuple[Capacity, ...] = ()
    place_kinds: tuple[tuple[str, str | Promise], ...] = ()
    years: int | None = None
    approval: bool = False
    against: Callable[[str, Collection[UUID], datetime], Refusal | None] | None = None
    astray: Callable[[Collection[str], Collection[UUID]], Sequence[str]] | None = None

    @property
    def by_request(self) -> bool:
        """Whether its rights are asked for, each time, by somebody designated."""
        return not BRIEF.isdisjoint(self.kinds)


CONVENTION_SYSTEMS: dict[str, ConventionSystem] = {}


def register_convention_system(system: ConventionSystem) -> None:
    """Have conventions be written for a system's things."""
    if CONVENTION_SYSTEMS.setdefault(system.code, system) is not system:
        raise ValueError(f"two systems of conventions are called {system.code}")


RENEWAL = "convention-renewal"
_LIST = {"keyset": FieldType.INTEGER, "number": FieldType.INTEGER}
_STAFF = {"convention": FieldType.UUID, "organisation": FieldType.UUID, "person": FieldType.UUID}
_GRANT = {
    "convention": FieldType.UUID,
    "purpose": FieldType.CODE,
    "kind": FieldType.CODE,
    "organisation": FieldType.UUID,
}

KINDS = (
    RegisterKind(
        "system.switched",
        _("A system was switched on (its AIPD being dated) or off in an authority."),
        {"system": FieldType.CODE, "state": FieldType.CODE, "aipd": FieldType.TIMESTAMP},
        optional=frozenset({"aipd"}),
        lasting=True,
    ),
    RegisterKind(
        "convention.signed",
        _("A convention came into being."),
        {
            "convention": FieldType.UUID,
            "partner": FieldType.UUID,
            "system": FieldType.CODE,
            "valid_from": FieldType.TIMESTAMP,
            "valid_until": FieldType.TIMESTAMP,
        },
        lasting=True,
    ),
    RegisterKind(
        "convention.bound",
        _("An organisation is a party of a convention: it asks, owns, signs or receives."),
        {"convention": FieldType.UUID, "organisation": FieldType.UUID, "capacity": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "staff.designated",
        _("Somebody was designated to ask under a convention, until their approval ends."),
        {**_STAFF, "until": FieldType.TIMESTAMP},
    ),
    RegisterKind("staff.withdrawn", _("Somebody is designated under a convention no more."), _STAFF),
    RegisterKind(
        "convention.covered",
        _("What a convention covers as it is signed; a long list takes several entries."),
        {"convention": FieldType.UUID, "resources": many(FieldType.UUID)},
        lasting=True,
    ),
    RegisterKind(
        "convention.extended",
        _("A convention covers one more thing."),
        {"convention": FieldType.UUID, "resource": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "convention.place-changed",
        _(
            "A thing that a convention covers stands in another kind of place: the convention admits what it admits there."
        ),
        {"convention": FieldType.UUID, "resource": FieldType.UUID, "place_kind": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "convention.ended", _("A convention was ended before its date."), {"convention": FieldType.UUID}, lasting=True
    ),
    RegisterKind(
        "convention.renewal-due",
        _("Two months are left of a convention, and no other follows it yet."),
        {"convention": FieldType.UUID, "valid_until": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "keyset.taken",
        _("A key set signed by one of the roots came into force."),
        {"number": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "grant.asked",
        _("A right was asked for, and the convention admits it."),
        {
            **_GRANT,
            "resources": many(FieldType.UUID),
            "starts": FieldType.TIMESTAMP,
            "ends": FieldType.TIMESTAMP,
            "person": FieldType.UUID,
            "receiving": FieldType.UUID,
        },
        optional=frozenset({"receiving"}),
    ),
    RegisterKind(
        "grant.refused",
        _("A right was asked for and refused."),
        {**_GRANT, "resources": many(FieldType.UUID), "reason": FieldType.CODE, "person": FieldType.UUID},
    ),
    RegisterKind(
        "grant.approved",
        _("The owner said yes to a request: from when to when the right runs."),
        {"organisation": FieldType.UUID, "starts": FieldType.TIMESTAMP, "ends": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "grant.declined",
        _("The owner said no to a request, and why."),
        {"organisation": FieldType.UUID, "reason": FieldType.CODE},
    ),
    RegisterKind(
        "grant.answer-refused",
        _("An answer to a request did not count: it was not theirs to give, or came too late."),
        {"organisation": FieldType.UUID, "reason": FieldType.CODE},
    ),
    RegisterKind(
        "grant.confirmed",
        _("Whoever was on call confirmed an emergency."),
        {"person": FieldType.UUID, "organisation": FieldType.UUID},
    ),
    RegisterKind("grant.minted", _("A right was signed for its holder's phone."), {"keyset": FieldType.INTEGER}),
    RegisterKind("grant.closed", _("A right ended before its time."), {"reason": FieldType.CODE}),
    RegisterKind(
        "revocations.overflowed",
        _("More is revoked than a list holds: so many are on none, and no right is signed until they are."),
        {**_LIST, "omitted": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "revocations.published",
        _("A revocation list was signed."),
        {**_LIST, "grants": FieldType.INTEGER, "keys": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "phone.code-given",
        _("A firm gave its technician a code to enrol a phone."),
        {"person": FieldType.UUID, "organisation": FieldType.UUID},
    ),
    RegisterKind(
        "phone.enrolled", _("A phone became a person's."), {"person": FieldType.UUID, "means": FieldType.CODE}
    ),
    RegisterKind("phone.refused", _("A phone was not enrolled."), {"person": FieldType.UUID, "reason": FieldType.CODE}),
    RegisterKind(
        "browser.enrolled",
        _("A browser became a person’s, until then unless a right was given to it that runs longer."),
        {"person": FieldType.UUID, "until": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "browser.refused", _("A browser was not enrolled."), {"person": FieldType.UUID, "reason": FieldType.CODE}
    ),
    RegisterKind(
        "browser.revoked",
        _("A browser is no longer a person’s."),
        {"person": FieldType.UUID, "reason": FieldType.CODE},
    ),
    RegisterKind(
        "phone.revoked", _("A phone is no longer a person's."), {"person": FieldType.UUID, "reason": FieldType.CODE}
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)


PLACES = (
    Place(
        "conventions",
        _("Conventions"),
        _("Who may do what, for which purposes, for how long"),
        "convention",
        30,
        lambda viewer: bool(viewer.authorities() or (viewer.conventions and viewer.organisations_as(Role.DISPATCHER))),
        "rules",
    ),
    Place(
        "team",
        _("Technicians"),
        _("Your firm’s people and their phones"),
        "people",
        40,
        lambda viewer: bool(viewer.organisations_as(Role.DISPATCHER)),
    ),
    Place(
        "my-phone",
        _("My phone"),
        _("The key that opens cabinets for you"),
        "phone",
        50,
        lambda viewer: bool(viewer.organisations_as(Role.TECHNICIAN)),
        "mine",
    ),
)


def register_places() -> None:
    """Called once, when the application is ready."""
    for place in PLACES:
        register_place(place)
