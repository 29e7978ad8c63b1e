"""Who else than ourselves knows passwords, such as a town's directory, or sees second factors, such as an identity provider: each app says
its own in `ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Denied:
    """Why somebody isn't let in though they may be who they say, in words; `code` is stable."""

    code: str
    message: Promise


# By what was typed as an address, and as a password: an account, why not, or None when the password isn't theirs.
Prover = Callable[[str, str, datetime], UUID | Denied | None]
PROVERS: dict[str, Prover] = {}


@dataclass(frozen=True, slots=True)
class Confirming:
    """Somebody else's password, asked for once more before something that matters. `able`: whether this person has one there; `confirm`:
    whether that is it, or why nobody can say.
    """

    able: Callable[[UUID], bool]
    confirm: Callable[[UUID, str, datetime], bool | Denied | None]


CONFIRMINGS: dict[str, Confirming] = {}


def register_confirming(code: str, confirming: Confirming) -> None:
    """Make it known; a code is one."""
    if CONFIRMINGS.setdefault(code, confirming) is not confirming:
        raise ValueError(f"two ways to confirm are called {code}")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Accounts of which no second factor of ours is asked, as a query. `proves`: their people show one to somebody else each time that they
    log in that way; otherwise the account is nobody's own. `opens`: whether one of them can be had for this authority, as of a moment, with
    nobody else's help.
    """

    people: Callable[[], QuerySet[Model, UUID]]
    proves: bool
    opens: Callable[[UUID, datetime], bool] | None = None


ELSEWHERE: dict[str, Elsewhere] = {}


def register_elsewhere(code: str, elsewhere: Elsewhere) -> None:
    """Make it known; a code is one."""
    if ELSEWHERE.setdefault(code, elsewhere) is not elsewhere:
        raise ValueError(f"two kinds of factors elsewhere are called {code}")


def stands_by(authority: UUID, as_of: datetime) -> bool:
    """Whether an account that is nobody's own opens the day somebody else is away."""
    return any(each.opens(authority, as_of) for each in ELSEWHERE.values() if each.opens is not None)


def can_confirm(person: UUID) -> bool:
    """Whether they have a password that isn't one of ours."""
    return any(each.able(person) for each in CONFIRMINGS.values())


def confirmed(person: UUID, password: str, as_of: datetime) -> bool | Denied:
    """Whether that is theirs, wherever they have one."""
    denied: Denied | None = None
    for code in sorted(CONFIRMINGS):
        found = CONFIRMINGS[code].confirm(person, password, as_of)
        if found is True:
            return True
        denied = found if isinstance(found, Denied) else denied
    return denied if denied is not None else False


def register_prover(code: str, prover: Prover) -> None:
    """Make it known; a code is one."""
    if PROVERS.setdefault(code, prover) is not prover:
        raise ValueError(f"two provers are called {code}")


def proven(email: str, password: str, as_of: datetime) -> UUID | Denied | None:
    """Whose password this is, where it isn't one of ours: the first that says yes, else the first that says why not."""
    denied = None
    for code in sorted(PROVERS):
        found = PROVERS[code](email, password, as_of)
        if isinstance(found, UUID):
            return found
        denied = denied or found
    return denied
