"""Entries that this app leaves. Organisations and memberships are the installation's; an authority's own start is in its log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import Place, register_place


class Ending(Protocol):
    """Closes what somebody's role carried after its end; returns how many things that was."""

    def __call__(self, *, person: UUID, organisation: UUID, ends: datetime, by: UUID | None, now: datetime) -> int: ...


ENDINGS: dict[str, Ending] = {}


def register_ending(code: str, ending: Ending) -> None:
    """Make it known; a code is one ending."""
    if ENDINGS.setdefault(code, ending) is not ending:
        raise ValueError(f"two endings are called {code}")


class Renaming(Protocol):
    """Has an authority's new name told where it was written out; called in the act that renames it."""

    def __call__(self, *, authority: UUID) -> None: ...


RENAMINGS: dict[str, Renaming] = {}


def register_renaming(code: str, renaming: Renaming) -> None:
    """Make it known; a code is one app's."""
    if RENAMINGS.setdefault(code, renaming) is not renaming:
        raise ValueError(f"two renamings are called {code}")


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of an organisation's page: what binds it, said by the app that knows; `address` leads there."""

    words: str
    address: str


Ties = Callable[[Viewer, UUID], list[Tie]]
TIES: dict[str, Ties] = {}


def register_ties(code: str, ties: Ties) -> None:
    """Make it known; a code is one app's."""
    if TIES.setdefault(code, ties) is not ties:
        raise ValueError(f"two kinds of ties are called {code}")


def register_places() -> None:
    """Called once, when the application is ready: for whoever administers an authority, or an organisation of their own."""
    register_place(
        Place(
            "people",
            _("People"),
            _("Who has a role, where, and until when"),
            "people",
            10,
            lambda viewer: bool(viewer.organisations_as(Role.ADMINISTRATOR)),
            "setting-up",
        )
    )
    register_place(
        Place(
            "organisations",
            _("Organisations"),
            _("Your services and your partners; invite their people"),
            "organisation",
            11,
            lambda viewer: bool(viewer.organisations_as(Role.ADMINISTRATOR)),
            "setting-up",
        )
    )
    register_place(
        Place(
            "places",
            _("Territory"),
            _("Your districts and places, and where each ends"),
            "map",
            12,
            lambda viewer: bool(viewer.authorities(Role.ADMINISTRATOR)),
            "setting-up",
        )
    )


def register_kinds() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "authority.created",
            _("An authority's part of the installation began."),
            {"authority": FieldType.UUID},
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "authority.settings-changed",
            _(
                "An authority changed what it says of itself; `part` is its identity, logo, domain, contact, legal notice or accessibility."
            ),
            {"part": FieldType.CODE},
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "organisation.created",
            _("An organisation was registered."),
            {
                "organisation": FieldType.UUID,
                "kind": FieldType.CODE,
                "serves": FieldType.UUID,
                "steward": FieldType.UUID,
            },
            optional=frozenset({"serves", "steward"}),
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "organisation.changed",
            _("What an organisation is called changed, where its desk answers, or which authority opens it."),
            {"organisation": FieldType.UUID, "change": FieldType.CODE, "steward": FieldType.UUID},
            optional=frozenset({"steward"}),
            lasting=True,
        )
    )
    _register_outlines()
    _register_memberships()
    _register_invitations()


def _register_outlines() -> None:
    register_kind(
        RegisterKind(
            "territory.outline-set",
            _("Where a territory ends was said: what lies in it, and who answers for it, follow."),
            {"territory": FieldType.UUID, "digest": FieldType.HASH},
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "territory.outline-removed",
            _("Where a territory ends is said no longer."),
            {"territory": FieldType.UUID},
            lasting=True,
        )
    )


def _register_memberships() -> None:
    register_kind(
        RegisterKind(
            "membership.began",
            _("A person took a role in an organisation."),
            {
                "membership": FieldType.UUID,
                "person": FieldType.UUID,
                "organisation": FieldType.UUID,
                "role": FieldType.CODE,
            },
        )
    )
    register_kind(
        RegisterKind(
            "membership.ended",
            _("A person's role in an organisation ended or will end."),
            {"membership": FieldType.UUID, "person": FieldType.UUID, "ends": FieldType.TIMESTAMP},
        )
    )
    register_kind(
        RegisterKind(
            "membership.continued",
            _("A person's role in an organisation goes on until somebody says otherwise."),
            {"membership": FieldType.UUID, "person": FieldType.UUID},
        )
    )


def _register_invitations() -> None:
    invited = {"invitation": FieldType.UUID, "organisation": FieldType.UUID, "role": FieldType.CODE}
    register_kind(RegisterKind("invitation.made", _("Somebody was invited to take a role."), invited))
    opened = {"invitation": FieldType.UUID, "organisation": FieldType.UUID, "person": FieldType.UUID}
    words = _("Somebody whom a counter served was invited to log in to their own account.")
    register_kind(RegisterKind("invitation.to-account", words, opened))
    register_kind(
        RegisterKind(
            "invitation.renewed",
            _("An invitation got another code, to be sent or, `printed`, to be handed over; the one before is void."),
            {"invitation": FieldType.UUID, "means": FieldType.CODE},
        )
    )
    register_kind(
        RegisterKind(
            "invitation.accepted",
            _("Somebody took the role, or the account, that they were invited to."),
            {"invitation": FieldType.UUID, "person": FieldType.UUID},
        )
    )
    register_kind(
        RegisterKind("invitation.withdrawn", _("An invitation was withdrawn."), {"invitation": FieldType.UUID})
    )
    register_kind(
        RegisterKind(
            "invitation.locked",
            _("An invitation was closed: its code was typed wrong five times."),
            {"invitation": FieldType.UUID},
        )
    )
