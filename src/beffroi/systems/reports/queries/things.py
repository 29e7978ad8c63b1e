"""Things that reports are about: those of the street that are kept here, those that other systems let anybody pick, and what was
reported of each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import Named, register_namer
from beffroi.lib.lines import course_of
from beffroi.lib.viewer import Viewer
from beffroi.persistence.things import (
    PICKABLE,
    Box,
    Knower,
    Linked,
    Pickable,
    Standing,
    register_knower,
    register_pickable,
)
from beffroi.systems.reports.models import THING_LABELS, Asset, Report
from beffroi.systems.reports.queries.reports import READING, reportable, visible
from beffroi.systems.reports.rules import SYSTEM, Thing

# What one answer holds: more dots than that on a few streets are no help.
MOST: Final = 500
NAMES: Final = dict(THING_LABELS)


def kinds_of(viewer: Viewer, authority: UUID) -> list[str]:
    """Kinds of things that whoever reports there may pick: those that a category open to them is about."""
    named = set(reportable(viewer, authority).order_by().values_list("asset", flat=True))
    return sorted(kind for kind in named if kind in PICKABLE)


def around(viewer: Viewer, authority: UUID, box: Box) -> list[Standing]:
    """Things that stand there and that the viewer may report a fault of."""
    kinds = kinds_of(viewer, authority)
    return [thing for kind in kinds for thing in PICKABLE[kind].within(authority, box, MOST // len(kinds))]


def picked(viewer: Viewer, authority: UUID, kind: str, thing: UUID) -> Standing | None:
    """That one, when the viewer may report a fault of it."""
    return PICKABLE[kind].one(authority, thing) if kind in kinds_of(viewer, authority) else None


def page_of_thing(viewer: Viewer, report: Report) -> Linked | None:
    """The own page of what a report is about, where the viewer sees it."""
    kept = PICKABLE.get(report.asset_kind) if report.asset else None
    return kept.page(viewer, report.asset) if kept and report.asset else None


def reported_of(viewer: Viewer, thing: UUID, most: int) -> Sequence[Linked]:
    """What was reported of a thing, the latest first, as far as the viewer reads it whole."""
    rows = visible(viewer).filter(asset=thing)[:most]
    return [
        Linked(
            f"{row.category.label}, {row.reference}",
            reverse("report", args=[row.pk]),
            row.get_stage_display(),
            row.since,
        )
        for row in rows
    ]


def kept_assets(authority: UUID) -> QuerySet[Asset]:
    """The authority's things of the street, those that were taken down last."""
    rows = Asset.objects.filter(authority_id=authority).select_related("owner")
    return rows.order_by(F("retired_at").asc(nulls_first=True), "kind", "number", "id")


def visible_assets(viewer: Viewer) -> QuerySet[Asset]:
    """Those of the authorities whose reports the viewer reads, and those that a report which they see is about."""
    rows = Asset.objects.select_related("authority", "owner")
    told = visible(viewer).filter(asset__isnull=False).order_by().values("asset")
    return rows.filter(authority_id__in=viewer.authorities(*READING)) | rows.filter(pk__in=told)


def called(asset: Asset) -> str:
    """ "street lamp 1204"."""
    return f"{NAMES[asset.kind]} {asset.number}"


def in_box(box: Box) -> Q:
    """What stands in a part of the map, or runs through the box that holds it."""
    stands = Q(line__isnull=True, latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))
    return stands | Q(
        line__isnull=False, south__lte=box.north, north__gte=box.south, west__lte=box.east, east__gte=box.west
    )


def _within(kind: Thing, authority: UUID, box: Box, most: int) -> Iterator[Standing]:
    rows = Asset.objects.filter(in_box(box), authority_id=authority, kind=kind.value, retired_at__isnull=True)
    north, east = F("latitude") - (box.south + box.north) / 2, F("longitude") - (box.west + box.east) / 2
    return map(_standing, rows.order_by(north * north + east * east, "id")[:most])


def _standing(row: Asset) -> Standing:
    return Standing(row.pk, row.kind, row.longitude, row.latitude, called(row), course_of(row.line))


def _one(kind: Thing, authority: UUID, thing: UUID) -> Standing | None:
    rows = Asset.objects.filter(authority_id=authority, kind=kind.value, retired_at__isnull=True, pk=thing)
    return next(map(_standing, rows), None)


def _page(viewer: Viewer, thing: UUID) -> Linked | None:
    row = visible_assets(viewer).filter(pk=thing).first()
    return Linked(called(row), reverse("report-thing", args=[row.pk])) if row else None


def name_assets(viewer: Viewer, identifiers: Collection[UUID]) -> Mapping[UUID, Named]:
    """For the register's pages."""
    rows = visible_assets(viewer).filter(pk__in=list(identifiers))
    return {row.pk: Named(called(row), reverse("report-thing", args=[row.pk])) for row in rows}


def register() -> None:
    """Called once, when the application is ready."""
    for kind in Thing:
        register_pickable(Pickable(kind.value, partial(_within, kind), partial(_one, kind), _page))
    register_namer(("thing",), name_assets)
    register_knower(Knower(SYSTEM, _("What was reported of it"), reported_of))
