"""What anybody may read of an authority's reports: the list, one of them, how long they take. No name, no held word, no unchecked photo."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import cos, radians
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Aggregate, Count, DurationField, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.kernel.territory.queries.outlines import places_within
from beffroi.lib.positions import Position
from beffroi.persistence.access import Hidden
from beffroi.systems.reports.models import Category, Photo, Report
from beffroi.systems.reports.queries.delays import COUNTED
from beffroi.systems.reports.queries.reports import METRES_A_DEGREE, published
from beffroi.systems.reports.rules import OPEN, PROMISED, SYSTEM, PhotoState

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

# Fewer are nobody's rule, and could point at one.
LEAST: Final = 5
A_YEAR: Final = timedelta(days=365)


def taking_reports(slug: str) -> "Authority":
    """The authority of that short name, where it takes reports; else there is no such page."""
    authority = authority_at(slug)
    if authority is None or not is_switched_on(authority=authority.pk, system=SYSTEM):
        raise Hidden
    return authority


def public_categories(authority: UUID) -> QuerySet[Category]:
    """Kinds of faults whose reports are public, those that are no longer taken too where some were made."""
    rows = Category.objects.filter(authority_id=authority, public=True)
    made = Report.objects.filter(category=OuterRef("pk"))
    return rows.filter(Q(retired_at__isnull=True) | Q(pk__in=made.values("category"))).order_by(
        "group", "order", "label"
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor looks for; what is empty matches anything. `stage` is a stage, or "open"."""

    category: str = ""
    stage: str = ""
    territory: UUID | None = None


def public_reports(authority: UUID, wanted: Wanted) -> QuerySet[Report]:
    """The latest first."""
    rows = published(authority)
    if wanted.category:
        rows = rows.filter(category__code=wanted.category)
    if wanted.stage in ("open", *OPEN):
        rows = rows.filter(closed_at__isnull=True)  # which their index knows, and is what it is to be open
    if wanted.stage not in ("", "open"):
        rows = rows.filter(stage=wanted.stage)
    if wanted.territory is not None:
        rows = rows.filter(territory__in=places_within(authority, wanted.territory))
    return rows


def around(rows: QuerySet[Report], centre: Position, metres: int, most: int) -> list[Report]:
    """So many of them at most that lie that near, in their order; a box is looked through by index first."""
    high = metres / METRES_A_DEGREE
    wide = high / max(cos(radians(centre.latitude)), 0.01)
    boxed = rows.filter(
        latitude__range=(centre.latitude - high, centre.latitude + high),
        longitude__range=(centre.longitude - wide, centre.longitude + wide),
    )
    near = (
        one for one in boxed.iterator(2 * most) if centre.metres_to(Position(one.latitude, one.longitude)) <= metres
    )
    return list(islice(near, most))


def pictured(rows: Iterable[Report]) -> dict[UUID, Photo]:
    """The first checked photo of each of these."""
    photos = Photo.objects.filter(report_id__in=[row.pk for row in rows], state=PhotoState.CHECKED.value)
    found: dict[UUID, Photo] = {}
    for photo in photos.order_by("report_id", "position"):
        found.setdefault(photo.report_id, photo)
    return found


def public_report(authority: UUID, reference: str) -> Report | None:
    """The one that people call so; the other one where it was joined to it; None where that is nobody's to know."""
    number = reference.rpartition("-")[2]
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 - what the column holds
        return None
    row = Report.objects.filter(authority_id=authority, number=int(number)).first()
    if row is None or row.reference != reference:
        return None
    seen = published(authority)
    found = seen.filter(pk=row.pk).first()
    # What was joined leads on only where it was public itself.
    if found is None and row.into_id is not None and row.category.public:
        found = seen.filter(pk=row.into_id).first()
    return found


class Percentile(Aggregate):
    """A share of the way up of what is ordered, between its neighbours."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Delays:
    """Of one kind of fault, over a year: how many were promised, how many of them were handled in time, how many within 48 hours whatever
    was promised, how long half and nine in ten of them took at most. One that is still open counts for as long as it has waited.
    """

    label: str
    promised: int
    kept: int
    soon: int
    median: timedelta
    most: timedelta

    @property
    def share(self) -> int:
        """Of a hundred, those handled in time."""
        return round(100 * self.kept / self.promised)

    @property
    def soon_share(self) -> int:
        """Of a hundred, those handled within 48 hours."""
        return round(100 * self.soon / self.promised)


def delays(authority: UUID, now: datetime) -> list[Delays]:
    """By public kind of fault, those whose time passed within the year, each fault once; none for fewer than five."""
    rows = (
        Report.objects.filter(
            COUNTED, authority_id=authority, category__public=True, due_at__gt=now - A_YEAR, due_at__lte=now
        )
        .values("category__label")
        .annotate(
            promised=Count("pk"),
            kept=Count("pk", filter=Q(closed_at__lt=F("due_at"))),
            soon=Count("pk", filter=Q(closed_at__lt=F("since") + PROMISED)),
            half=Percentile(Coalesce("closed_at", Value(now)) - F("since"), share=0.5),
            nine=Percentile(Coalesce("closed_at", Value(now)) - F("since"), share=0.9),
        )
        .filter(promised__gte=LEAST)
        .order_by("category__group", "category__order", "category__label")
    )
    return [
        Delays(row["category__label"], row["promised"], row["kept"], row["soon"], row["half"], row["nine"])
        for row in rows
    ]
