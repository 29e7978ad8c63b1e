"""Reports as points of a map: as many as a page draws, else gathered by the server; the worst of a group is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict
from uuid import UUID

from django.db.models import (
    Avg,
    Case,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Floor
from django.utils.text import capfirst

from beffroi.persistence.layers import A_HAND, Severity
from beffroi.persistence.things import Box
from beffroi.systems.reports.models import STAGE_LABELS, Report
from beffroi.systems.reports.queries.words import left_of
from beffroi.systems.reports.rules import Priority, reference_of

MOST: Final = 2_000
# Groups beside one another in what is looked at.
ACROSS: Final = 12
LATELY: Final = timedelta(days=30)
_FEW: Final = 4
_LEAST: Final = 0.00001  # about a metre
_FLAT: Final = 0.66

Told = dict[str, object]


def box_of(text: str) -> Box | None:
    """`west,south,east,north`; None when it is none."""
    try:
        west, south, east, north = (float(one) for one in text.split(","))
    except ValueError:
        return None
    sound = -180 <= west < east <= 180 and -90 <= south < north <= 90  # noqa: PLR2004 - the Earth
    return Box(west, south, east, north) if sound else None


def within(rows: QuerySet[Report], box: Box) -> QuerySet[Report]:
    """Those that stand there."""
    return rows.filter(latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))


def extent(rows: QuerySet[Report]) -> Box | None:
    """What part of the world holds them all; None where there is none, or all of them stand at one place."""
    found = rows.order_by().aggregate(
        west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude")
    )
    if found["west"] is None or found["west"] == found["east"] or found["south"] == found["north"]:
        return None
    return Box(**found)


def desk_points(rows: QuerySet[Report], box: Box | None, now: datetime) -> Told:
    """Of the queue: how pressing each is, and how long it has left."""
    still = Q(closed_at__isnull=True)
    a_quarter = ExpressionWrapper((F("due_at") - F("since")) / _FEW, output_field=DurationField())
    severity = _severity(
        (Severity.ALARM, still & Q(priority=Priority.DANGER.value)),
        (Severity.WARNING, still & Q(due_at__lte=now)),
        (Severity.NOTICE, still & Q(due_at__lte=Value(now, DateTimeField()) + a_quarter)),
    )

    def words(row: _Row) -> str:
        return left_of(since=row.since, due=row.due, closed=row.closed, stage=row.stage, now=now).words

    return _told(rows, box, severity, words, lambda row: str(row.key))


def lately(rows: QuerySet[Report], now: datetime) -> QuerySet[Report]:
    """Those that are open, and those that were closed within thirty days."""
    return rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=now - LATELY))


def public_points(rows: QuerySet[Report], box: Box | None) -> Told:
    """Of the public list: what is being handled stands out from what is closed."""
    labels = {value: str(label) for value, label in STAGE_LABELS}
    severity = _severity((Severity.NOTICE, Q(closed_at__isnull=True)))
    return _told(rows, box, severity, lambda row: labels[row.stage], lambda row: row.reference)


@dataclass(frozen=True, slots=True)
class _Row:
    key: UUID
    number: int
    since: datetime
    due: datetime
    closed: datetime | None
    stage: str
    longitude: float
    latitude: float
    category: str
    severity: int

    @property
    def reference(self) -> str:
        return reference_of(self.since, self.number)


def _severity(*ranks: tuple[Severity, Q]) -> Case:
    """The first that holds."""
    whens = [When(condition, then=Value(int(severity))) for severity, condition in ranks]
    return Case(*whens, default=Value(int(Severity.CALM)), output_field=IntegerField())


def _told(
    rows: QuerySet[Report],
    box: Box | None,
    severity: Case,
    words: Callable[[_Row], str],
    called: Callable[[_Row], str],
) -> Told:
    """At most so many points; where there are more, groups of them, each with how many it holds and the worst of them."""
    seen = (within(rows, box) if box else rows).annotate(severity=severity)
    # Whether they are too many is known before they are put in their order.
    if seen.order_by()[: MOST + 1].count() > MOST:
        groups = _grouped(seen, box or extent(rows))
        return {"points": [], "groups": groups, "total": sum(one["count"] for one in groups)}
    found = [
        _Row(*row)
        for row in seen.values_list(
            "pk",
            "number",
            "since",
            "due_at",
            "closed_at",
            "stage",
            "longitude",
            "latitude",
            "category__label",
            "severity",
        )[:MOST]
    ]
    points = [
        {
            "id": called(row),
            "at": [round(row.longitude, A_HAND), round(row.latitude, A_HAND)],
            "severity": row.severity,
            "label": row.category,
            "reference": row.reference,
            "state": capfirst(words(row)),
        }
        for row in found
    ]
    return {"points": points, "groups": [], "total": len(found)}


class Group(TypedDict):
    """Reports that stand close to one another, around their middle."""

    at: list[float]
    count: int
    severity: int


def _grouped(rows: QuerySet[Report], box: Box | None) -> list[Group]:
    wide = max((box.east - box.west) / ACROSS, _LEAST) if box else 1.0
    # A degree of latitude is drawn longer than one of longitude, here by about a half.
    high = wide * _FLAT
    cells = (
        rows.order_by()
        .annotate(column=Floor(F("longitude") / wide), line=Floor(F("latitude") / high))
        .values("column", "line")
        .annotate(count=Count("pk"), worst=Max("severity"), east=Avg("longitude"), north=Avg("latitude"))
        .values_list("east", "north", "count", "worst")
    )
    return [
        {"at": [round(east, A_HAND), round(north, A_HAND)], "count": count, "severity": worst}
        for east, north, count, worst in cells
    ]
