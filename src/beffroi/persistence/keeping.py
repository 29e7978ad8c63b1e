"""What an installation keeps, how long, why and what then happens: each app says it of its own tables, in `keeping.py`.

Retention does the rest: it finds what is past its time, destroys it with an entry, and lists for the archives' visa what may not
erase itself. It stands beside some of these apps and above none of the systems, hence this meeting point below them all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

Words = str | Promise

# The date that time is counted from, which `things` annotates its rows with.
KEPT_FROM = "kept_from"


class Unit(StrEnum):
    """What a duration is counted in; a rule has one."""

    DAYS = "days"
    MONTHS = "months"


class Fate(StrEnum):
    """What happens when the time is over ("sort final")."""

    ERASED = "erased"  # by itself, within a day
    VISA = "visa"  # waits for the departmental archives (Code du patrimoine, L212-2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long: what applies unless an authority says otherwise, and between what and what it may say so."""

    usual: int
    least: int
    most: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.usual <= self.most:
            raise ValueError("a duration lies between its bounds, and lasts")


@dataclass(frozen=True, slots=True)
class LegalSource:
    """Where a duration comes from."""

    text: Words
    article: str
    version_on: date


# The traces of who was given access to what: DOMAIN's "one year by default, three at most", which is the CNIL's.
JOURNALS = LegalSource("CNIL, délibération n° 2021-122", "", date(2021, 10, 14))
TRACES = Bounds(usual=12, least=6, most=36, unit=Unit.MONTHS)
GDPR = LegalSource("Règlement (UE) 2016/679 (RGPD)", "5.1.e", date(2016, 4, 27))


class Erase(Protocol):
    """Destroys things by their primary keys (as text), in the caller's transaction; returns how many it destroyed."""

    def __call__(self, *, keys: Sequence[str], now: datetime, by: UUID | None) -> int: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing that is kept.

    `things(authority)` gives its rows, whatever their age, annotated with `kept_from`; authority is None for what belongs to the
    `installation`. Without `erase` the rows are simply deleted. `label(row)` is a line of the archives' slip: only for what waits
    for their visa.
    """

    code: str
    title: Words
    since: Words
    bounds: Bounds
    source: LegalSource
    models: tuple[str, ...]
    things: Callable[[UUID | None], QuerySet[Model]]
    erase: Erase | None = None
    fate: Fate = Fate.ERASED
    installation: bool = False
    at_once: int = 500  # how many go in one act: the more, the fewer entries; the fewer, the shorter the act
    label: Callable[[Model], str] | None = None

    def __post_init__(self) -> None:
        if (self.fate is Fate.VISA) != (self.label is not None):
            raise ValueError(f"{self.code}: the archives read a line of what waits for their visa, and of nothing else")


KEPT: dict[str, Kept] = {}
LASTING: dict[str, Words] = {}
# Who is still named by something that must be kept: people whose own name can't go yet.
REFERENCES: dict[str, Callable[[], QuerySet[Model, UUID | None]]] = {}
# What lies on the disk and no row knows: found by the app that puts such things there.
STRAYS: dict[str, Callable[[], Iterable[str]]] = {}
# What hangs on things of a rule and goes with them, in tables of apps that stand above: (rule, who says so).
COMPANIONS: dict[tuple[str, str], Erase] = {}


def register_kept(kept: Kept) -> None:
    """Make it known; a code is one rule."""
    if KEPT.setdefault(kept.code, kept) is not kept:
        raise ValueError(f"two rules of retention are called {kept.code}")
    if doubled := set(LASTING) & set(kept.models):
        raise ValueError(f"{kept.code}: {sorted(doubled)} is kept for good")


def register_lasting(models: Sequence[str], reason: Words) -> None:
    """Tables that no rule empties, and why: no person and no trace, kept for the installation's life, or emptied by their own use."""
    taken = {model for one in KEPT.values() for model in one.models}
    for model in models:
        if model in taken or LASTING.setdefault(model, reason) != reason:
            raise ValueError(f"{model} is kept by a rule, or for another reason")


def register_reference(code: str, people: Callable[[], QuerySet[Model, UUID | None]]) -> None:
    """Say who a table names: `people()` gives their identifiers (never null), and while they are there their names are."""
    if REFERENCES.setdefault(code, people) is not people:
        raise ValueError(f"two references are called {code}")


def register_companion(rule: str, code: str, erase: Erase) -> None:
    """What else goes when things of a rule go: called first, in the same transaction, with the things' keys."""
    if COMPANIONS.setdefault((rule, code), erase) is not erase:
        raise ValueError(f"two companions of {rule} are called {code}")


def companions_of(rule: str) -> list[Erase]:
    """In a fixed order."""
    return [erase for (of, _code), erase in sorted(COMPANIONS.items(), key=lambda item: item[0]) if of == rule]


def register_strays(code: str, strays: Callable[[], Iterable[str]]) -> None:
    """Have the weekly look ask for what lies on the disk and no row knows: `strays()` names it (an identifier, never a person)."""
    if STRAYS.setdefault(code, strays) is not strays:
        raise ValueError(f"two looks over the disk are called {code}")
