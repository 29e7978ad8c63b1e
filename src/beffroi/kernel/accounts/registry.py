"""Entries that this app leaves. Logs are the installation's: people belong to it, not to one authority."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind


@dataclass(frozen=True, slots=True)
class Closed:
    """Why somebody can't log in any more, and whom to ask, in words."""

    reason: str
    ask: str


# Who says that an account is closed to log-in, as of a moment; people who were never told so go on.
Closing = Callable[[UUID, datetime], Closed | None]
CLOSINGS: dict[str, Closing] = {}


def register_closing(code: str, closing: Closing) -> None:
    """Make it known; a code is one reason."""
    if CLOSINGS.setdefault(code, closing) is not closing:
        raise ValueError(f"two closings are called {code}")


def closed(person: UUID, as_of: datetime) -> Closed | None:
    """Why this person's log-in has ended, if it has."""
    found = (CLOSINGS[code](person, as_of) for code in sorted(CLOSINGS))
    return next((each for each in found if each is not None), None)


class Untying(Protocol):
    """An action of another app that ends what lets somebody in by it, whatever there is of it."""

    def __call__(self, *, person: UUID, now: datetime, by: UUID | None) -> object: ...


UNTYINGS: dict[str, Untying] = {}


def register_untying(code: str, untying: Untying) -> None:
    """Make it known, for whoever must have no way in left; a code is one way in."""
    if UNTYINGS.setdefault(code, untying) is not untying:
        raise ValueError(f"two ways in are called {code}")


CREDENTIALS = ("password", "passkey", "totp", "recovery-codes")


def register_kinds() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind("person.created", _("A person received an account."), {"person": FieldType.UUID}),
    )
    register_kind(
        RegisterKind(
            "credential.changed",
            _("A person added, replaced or removed a way to log in."),
            {"person": FieldType.UUID, "credential": FieldType.CODE, "change": FieldType.CODE},
        )
    )
    register_kind(
        RegisterKind(
            "sessions.ended",
            _("What a person had open was ended, by themselves or by somebody who manages their role."),
            {"person": FieldType.UUID, "count": FieldType.INTEGER},
        )
    )
