"""Who receives a report: by category, place and hour."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from beffroi.kernel.grants.queries import conventions_of_authority, in_force
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib.hours import PARIS
from beffroi.lib.positions import Position
from beffroi.systems.reports.models import Server, Way
from beffroi.systems.reports.rules import SYSTEM, way_for
from beffroi.systems.reports.rules import Way as Rule

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Organisation


def smallest_place(authority: UUID, position: Position) -> tuple[bool | None, UUID | None, list[UUID]]:
    """Whether a place lies in the authority (None: its limits aren't known), its smallest territory there, and all that hold it."""
    areas = areas_of(authority)
    places = areas.at(position.latitude, position.longitude)
    return areas.inside(position.latitude, position.longitude), places[0] if places else None, places


def ways_of(authority: UUID) -> tuple[dict[UUID, Way], list[Rule]]:
    """All ways of an authority, as rows by their identifiers and as what decides."""
    rows = {row.pk: row for row in Way.objects.filter(authority_id=authority).select_related("organisation")}
    ways = [
        Rule(row.pk, row.category_id, row.territory_id, frozenset(map(int, row.days)), row.starts, row.ends, row.order)
        for row in rows.values()
    ]
    return rows, ways


class Receivers:
    """Who receives an authority's reports at a moment. A line whose organisation can't have such a report any more (its convention is over,
    its server is gone) is passed over: the next one takes it.
    """

    def __init__(self, authority: UUID, at: datetime) -> None:
        self.authority, self.at = authority, at
        self.rows, self.ways = ways_of(authority)

    def of(self, category: UUID, territories: Sequence[UUID]) -> Way | None:
        """The line that decides; none where it stays with the authority."""
        return self._decides(self._lines(category), category, territories)

    def somewhere(self, category: UUID) -> list[Way]:
        """The lines that decide in some place, in their order."""
        lines = self._lines(category)
        places = {way.territory for way in lines if way.territory}
        found = [row for place in places if (row := self._decides(lines, category, [place])) and row.territory_id]
        return sorted(found, key=lambda row: (row.order, row.organisation.name))

    def _lines(self, category: UUID) -> list[Rule]:
        """Those of a kind of fault: a form asks for each of sixty kinds in each of thirty places."""
        return [way for way in self.ways if way.category in (None, category)]

    def _decides(self, lines: Sequence[Rule], category: UUID, territories: Sequence[UUID]) -> Way | None:
        left = list(lines)
        local = self.at.astimezone(PARIS)
        while (found := way_for(left, category=category, territories=territories, at=local)) is not None:
            row = self.rows[found.id]
            if self._may_have(row.organisation, category):
                return row
            left.remove(found)
        return None

    def _may_have(self, organisation: "Organisation", category: UUID) -> bool:
        own = organisation.serves_id == self.authority or organisation.pk == self._town
        return own or (organisation.pk, category) in self._partners

    @cached_property
    def _town(self) -> UUID:
        return authority_organisation(self.authority).pk

    @cached_property
    def _partners(self) -> frozenset[tuple[UUID, UUID]]:
        """Partners and the kinds of faults that they may have: by a convention in force, or by a server that takes them."""
        bound = conventions_of_authority(self.authority).filter(in_force(self.at), system=SYSTEM).order_by()
        servers = Server.objects.filter(authority_id=self.authority, ended_at__isnull=True, mapped__isnull=False)
        return frozenset(
            (
                *bound.values_list("partner_id", "resources__resource"),
                *servers.values_list("organisation_id", "mapped__category_id"),
            )
        )


def receiver_of(
    authority: UUID, *, category: UUID, territories: Sequence[UUID], at: datetime
) -> tuple[UUID | None, UUID | None]:
    """The organisation and the team that receive such a report at that moment; nobody where no way holds."""
    row = Receivers(authority, at).of(category, territories)
    return (row.organisation_id, row.team_id) if row else (None, None)
