"""Rules with the durations in force, and the things that are past theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Count, Exists, Model, OuterRef, QuerySet
from django.db.models.functions import Cast

from beffroi.kernel.retention.errors import RuleUnknown
from beffroi.kernel.retention.models import DurationSet, Hold
from beffroi.kernel.retention.queries.words import source_words, spoken
from beffroi.kernel.retention.rules import cutoff
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.keeping import KEPT, KEPT_FROM, Bounds, Fate, Kept, Unit

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
    """How long, in the rule's unit."""
    return durations([kept], authority)[kept.code]


def durations(rules: Sequence[Kept], authority: UUID | None) -> dict[str, int]:
    """How long each of these rules keeps its things, by code: what the authority set, never beyond what the rule admits today."""
    rows = DurationSet.objects.filter(authority=authority, rule__in=[kept.code for kept in rules])
    chosen = {(rule, unit): length for rule, unit, length in rows.values_list("rule", "unit", "length")}
    return {kept.code: _within(kept.bounds, chosen.get((kept.code, kept.bounds.unit.value))) for kept in rules}


def _within(bounds: Bounds, length: int | None) -> int:
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
    held = _held(kept.code, authority).filter(key=Cast(OuterRef("pk"), CharField()))
    return rows.filter(~Exists(held)).order_by(KEPT_FROM, "pk")


def how_many(rows: QuerySet[Model]) -> int:
    """Counted in the database, each thing once."""
    count: int = rows.order_by().aggregate(count=Count("pk", distinct=True))["count"]
    return count


def held_keys(rule: str, authority: UUID | None) -> list[str]:
    """Things of a rule that a hold in force keeps."""
    return list(_held(rule, authority).values_list("key", flat=True))


def _held(rule: str, authority: UUID | None) -> QuerySet[Hold]:
    return Hold.objects.filter(authority=authority, rule=rule, released_at=None)


def holds(viewer: Viewer) -> QuerySet[Hold]:
    """What is held in the viewer's authorities."""
    authorities = viewer.authorities(Role.ADMINISTRATOR)
    return Hold.objects.filter(authority_id__in=authorities, released_at=None).order_by("until", "rule", "key")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line of the schedule. `soon`: what will be past its time within 30 days, what is already included."""

    kept: Kept
    length: int
    own: bool
    soon: int

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


def schedule(
    viewer: Viewer, authority: UUID, *, installation: bool = False, fate: Fate | None = None
) -> list[RuleLine]:
    """The rules of one of the viewer's authorities (of one fate), or of the installation, with what will go within 30 days."""
    if authority not in viewer.authorities(Role.ADMINISTRATOR):
        return []
    owner = None if installation else authority
    rules = [kept for kept in rules_of(installation=installation) if fate in {None, kept.fate}]
    lengths = durations(rules, owner)
    return [_line(kept, owner, lengths[kept.code], viewer.as_of) for kept in rules]


def _line(kept: Kept, owner: UUID | None, length: int, now: datetime) -> RuleLine:
    coming = how_many(due(kept, owner, now + SOON, length=length))
    return RuleLine(kept, length, length != kept.bounds.usual, coming)


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
