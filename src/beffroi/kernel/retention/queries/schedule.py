"""Rules with the durations in force, and the things that are past theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, Model, QuerySet

from beffroi.kernel.retention.errors import RuleUnknown
from beffroi.kernel.retention.models import DurationSet, Hold
from beffroi.kernel.retention.queries.words import source_words, spoken
from beffroi.kernel.retention.rules import cutoff
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.keeping import KEPT, KEPT_FROM, Fate, Kept, Unit

SOON = timedelta(days=30)


def rule_named(code: str) -> Kept:
    """Raises RuleUnknown."""
    try:
        return KEPT[code]
    except KeyError:
        raise RuleUnknown(code) from None


def rules_of(*, installation: bool) -> list[Kept]:
    """The rules of every authority, or of the installation, by code."""
    return [KEPT[code] for code in sorted(KEPT) if KEPT[code].installation is installation]


def duration_of(kept: Kept, authority: UUID | None) -> int:
    """How long, in the rule's unit: what the authority set, never beyond what the rule admits today."""
    bounds = kept.bounds
    rows = DurationSet.objects.filter(authority=authority, rule=kept.code, unit=bounds.unit.value)
    length = rows.values_list("length", flat=True).first()
    return bounds.usual if length is None else min(max(length, bounds.least), bounds.most)


def cutoff_of(kept: Kept, length: int, now: datetime) -> datetime:
    """The instant before which this rule's things are past their time, when they are kept for so long."""
    if kept.bounds.unit is Unit.MONTHS:
        return cutoff(now, months=length)
    return cutoff(now, days=length)


def due(kept: Kept, authority: UUID | None, now: datetime, *, length: int | None = None) -> QuerySet[Model]:
    """Things past their time and held by nothing, the oldest first; or that would be, were they kept for `length`."""
    kept_for = duration_of(kept, authority) if length is None else length
    rows = kept.things(authority).filter(**{f"{KEPT_FROM}__lt": cutoff_of(kept, kept_for, now)})
    held = held_keys(kept.code, authority)
    return (rows.exclude(pk__in=held) if held else rows).order_by(KEPT_FROM, "pk")


def held_keys(rule: str, authority: UUID | None) -> list[str]:
    """Things of a rule that a hold in force keeps."""
    rows = Hold.objects.filter(authority=authority, rule=rule, released_at=None)
    return list(rows.values_list("key", flat=True))


def holds(viewer: Viewer) -> QuerySet[Hold]:
    """What is held in the viewer's authorities."""
    authorities = viewer.authorities(Role.ADMINISTRATOR)
    return Hold.objects.filter(authority_id__in=authorities, released_at=None).order_by("until", "rule", "key")


@dataclass(frozen=True, slots=True)
class Amount:
    """How many things, and their extreme dates (none of none)."""

    count: int
    first: datetime | None
    last: datetime | None


def amount(rows: QuerySet[Model]) -> Amount:
    """Counted in the database."""
    found = rows.order_by().aggregate(count=Count("pk", distinct=True), first=Min(KEPT_FROM), last=Max(KEPT_FROM))
    return Amount(found["count"], found["first"], found["last"])


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line of the schedule. `soon`: what will be past its time within 30 days, what is already included."""

    kept: Kept
    length: int
    own: bool
    soon: Amount

    @property
    def duration(self) -> str:
        """How long, in words."""
        return spoken(self.length, self.kept.bounds.unit)

    @property
    def source(self) -> str:
        """Why, in words."""
        return source_words(self.kept.source)

    @property
    def by_itself(self) -> bool:
        """Whether nobody has to decide."""
        return self.kept.fate is Fate.ERASED


def schedule(viewer: Viewer, authority: UUID, *, installation: bool = False) -> list[RuleLine]:
    """The rules of one of the viewer's authorities, or of the installation, with what will go within 30 days."""
    if authority not in viewer.authorities(Role.ADMINISTRATOR):
        return []
    owner = None if installation else authority
    lines = []
    for kept in rules_of(installation=installation):
        length = duration_of(kept, owner)
        coming = amount(due(kept, owner, viewer.as_of + SOON))
        lines.append(RuleLine(kept, length, length != kept.bounds.usual, coming))
    return lines


def all_authorities() -> Iterable[UUID]:
    """Every authority, the oldest first: for the worker, and for commands of whoever keeps the installation."""
    return Authority.objects.order_by("created_at", "id").values_list("id", flat=True)


def wait_for_things(rule: str, authority: UUID | None) -> None:
    """Have a rule's things alone until the end of this transaction: holding them and destroying them exclude one another."""
    wait_for_turn(f"{rule}:{authority or ''}")


def wait_for_turn(what: str) -> None:
    """One at a time until the end of this transaction: what two of them would find is the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('retention:' || %s, 0))", [what])
