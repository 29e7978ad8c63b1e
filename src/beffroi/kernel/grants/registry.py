"""Entries that this app leaves, places it adds, and what else the minter signs: dictionaries filled when applications are ready."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind
from beffroi.lib.viewer import Role
from beffroi.persistence.places import Place, register_place

# Signs what waits, at most a batch, each in its own transaction; returns how many it signed.
Minting = Callable[[KeyStore, datetime], int]

MINTINGS: dict[str, Minting] = {}


def register_minting(name: str, minting: Minting) -> None:
    """Have the minter sign for another kernel app (devices' certificates)."""
    if MINTINGS.setdefault(name, minting) is not minting:
        raise ValueError(f"two mintings are called {name}")


_LIST = {"keyset": FieldType.INTEGER, "number": FieldType.INTEGER}
_GRANT = {
    "convention": FieldType.UUID,
    "purpose": FieldType.CODE,
    "kind": FieldType.CODE,
    "organisation": FieldType.UUID,
}

KINDS = (
    RegisterKind(
        "system.switched",
        "A system was switched on (its AIPD being dated) or off in an authority.",
        {"system": FieldType.CODE, "state": FieldType.CODE, "aipd": FieldType.TIMESTAMP},
        optional=frozenset({"aipd"}),
        lasting=True,
    ),
    RegisterKind(
        "convention.signed",
        "A convention came into being.",
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
        "convention.extended",
        "A convention covers one more thing.",
        {"convention": FieldType.UUID, "resource": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "convention.ended", "A convention was ended before its date.", {"convention": FieldType.UUID}, lasting=True
    ),
    RegisterKind(
        "keyset.taken",
        "A key set signed by one of the roots came into force.",
        {"number": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "grant.asked",
        "A right was asked for, and the convention admits it.",
        {
            **_GRANT,
            "resources": many(FieldType.UUID),
            "starts": FieldType.TIMESTAMP,
            "ends": FieldType.TIMESTAMP,
            "person": FieldType.UUID,
        },
    ),
    RegisterKind(
        "grant.refused",
        "A right was asked for and refused.",
        {**_GRANT, "resources": many(FieldType.UUID), "reason": FieldType.CODE, "person": FieldType.UUID},
    ),
    RegisterKind("grant.minted", "A right was signed for its holder's phone.", {"keyset": FieldType.INTEGER}),
    RegisterKind("grant.closed", "A right ended before its time.", {"reason": FieldType.CODE}),
    RegisterKind(
        "revocations.overflowed",
        "More is revoked than a list holds: so many are on none, and no right is signed until they are.",
        {**_LIST, "omitted": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "revocations.published",
        "A revocation list was signed.",
        {**_LIST, "grants": FieldType.INTEGER, "keys": FieldType.INTEGER},
        lasting=True,
    ),
    RegisterKind(
        "phone.code-given",
        "A firm gave its technician a code to enrol a phone.",
        {"person": FieldType.UUID, "organisation": FieldType.UUID},
    ),
    RegisterKind("phone.enrolled", "A phone became a person's.", {"person": FieldType.UUID, "means": FieldType.CODE}),
    RegisterKind("phone.refused", "A phone was not enrolled.", {"person": FieldType.UUID, "reason": FieldType.CODE}),
    RegisterKind(
        "phone.revoked", "A phone is no longer a person's.", {"person": FieldType.UUID, "reason": FieldType.CODE}
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
    ),
)


def register_places() -> None:
    """Called once, when the application is ready."""
    for place in PLACES:
        register_place(place)
