"""Acts on several reports: whose they are, and what they are about."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from beffroi.lib.viewer import Viewer
from beffroi.systems.reports.models import Batch, Report
from beffroi.systems.reports.queries.desk import Wanted, part_in, queue, receivers, working
from beffroi.systems.reports.queries.reports import handled

MOST: Final = 500


def batch_of(viewer: Viewer, pk: UUID) -> Batch | None:
    """One of the viewer's own."""
    if viewer.person is None:
        return None
    return Batch.objects.filter(pk=pk, person=viewer.person, authority_id__in=working(viewer)).first()


def chosen(viewer: Viewer, keys: Sequence[str]) -> list[Report]:
    """Those of them that the viewer handles, in their order."""
    found = []
    for key in keys[:MOST]:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    rows = handled(viewer).filter(pk__in=found, authority_id__in=working(viewer)).in_bulk()
    return [rows[key] for key in dict.fromkeys(found) if key in rows]


def all_of(viewer: Viewer, wanted: Wanted) -> tuple[list[Report], bool]:
    """What the queue lists and the viewer handles, up to the most; whether there are more."""
    rows = list(queue(viewer, wanted).filter(pk__in=handled(viewer).order_by().values("pk"))[: MOST + 1])
    return rows[:MOST], len(rows) > MOST


def common_receivers(viewer: Viewer, rows: Sequence[Report]) -> list[tuple[str, str]]:
    """Who all of these may be given to."""
    kinds = {(row.authority_id, row.category_id, row.organisation_id): row for row in rows}
    found: list[tuple[str, str]] | None = None
    for row in kinds.values():
        allowed = receivers(viewer, row, part_in(viewer, row))
        found = allowed if found is None else [one for one in found if one in allowed]
    return found or []
