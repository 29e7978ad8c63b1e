"""Things of the street on the console's map: those of the part that somebody looks at, with how many open reports each has."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.lib.lines import course_of
from beffroi.lib.viewer import Viewer
from beffroi.persistence.layers import Feature, Severity
from beffroi.persistence.things import Box
from beffroi.systems.reports.models import Asset
from beffroi.systems.reports.queries.reports import visible
from beffroi.systems.reports.queries.things import called, in_box, visible_assets
from beffroi.systems.reports.rules import SYSTEM

STREET: Final = "street"
# What a map of a few streets shows; more dots than that say nothing.
MOST: Final = 1_000


def in_the_street(viewer: Viewer, only: frozenset[UUID] | None) -> Iterator[Feature]:
    """Those named; all of them never: a town has twenty thousand lamps, and the map asks for the streets that it shows."""
    return iter(()) if only is None else _features(viewer, visible_assets(viewer).filter(pk__in=only))


def around_there(viewer: Viewer, box: Box) -> Iterator[Feature]:
    """Those that stand in a part of the map, the nearest to its middle first."""
    rows = visible_assets(viewer).filter(in_box(box), retired_at__isnull=True)
    north, east = F("latitude") - (box.south + box.north) / 2, F("longitude") - (box.west + box.east) / 2
    return _features(viewer, rows.order_by(north * north + east * east, "id")[:MOST])


def _features(viewer: Viewer, rows: QuerySet[Asset]) -> Iterator[Feature]:
    found = list(rows)
    on = {one for one in {row.authority_id for row in found} if is_switched_on(authority=one, system=SYSTEM)}
    open_ones = visible(viewer).filter(asset__in=[row.pk for row in found], closed_at__isnull=True)
    counts = dict(open_ones.order_by().values_list("asset").annotate(n=Count("pk", distinct=True)))
    for row in found:
        if row.authority_id in on:
            n = counts.get(row.pk, 0)
            words = ngettext("%(n)s open report", "%(n)s open reports", n) % {"n": localize(n)}
            yield Feature(
                id=row.pk,
                longitude=row.longitude,
                latitude=row.latitude,
                label=called(row),
                severity=Severity.CALM,
                state=words if n else _("nothing open was reported of it"),
                href=reverse("report-thing", args=[row.pk]),
                line=course_of(row.line),
            )
