"""Whether whoever receives reports would know of one: by a desk of people with accounts, an address, or a server of their own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.territory.queries.members import staffed
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.lib.viewer import Role
from beffroi.systems.reports.models import Server, Team, Way


@dataclass(frozen=True)
class Reach:
    """Of some partners: whose desk somebody holds, which teams have an address, for which kinds of faults servers are there."""

    own: frozenset[UUID]
    desks: frozenset[UUID]
    teams: frozenset[UUID]
    general: frozenset[UUID]
    servers: frozenset[tuple[UUID, UUID]]

    def told(self, organisation: UUID, team: UUID | None, category: UUID | None) -> bool:
        """Whether somebody is told of what comes to them; what the authority keeps for itself is seen by its agents."""
        if organisation in self.own | self.desks | self.general or team in self.teams:
            return True
        return any(owner == organisation and category in (None, kind) for owner, kind in self.servers)

    def untold(self, ways: Sequence[Way]) -> list[Way]:
        """The lines by which something would come to nobody."""
        return [row for row in ways if not self.told(row.organisation_id, row.team_id, row.category_id)]


def reach_of(authority: UUID, organisations: Collection[UUID], at: datetime) -> Reach:
    """How these organisations are told of what comes to them from an authority."""
    teams = Team.objects.filter(
        authority_id=authority, organisation__in=organisations, retired_at__isnull=True
    ).exclude(email="")
    servers = Server.objects.filter(
        authority_id=authority, organisation__in=organisations, ended_at__isnull=True, mapped__isnull=False
    )
    rows = list(teams.values_list("pk", "organisation_id", "general"))
    return Reach(
        own=frozenset(row.pk for row in concerned_organisations(authority, ())),
        desks=staffed(organisations, [Role.DISPATCHER], at),
        teams=frozenset(pk for pk, _organisation, _general in rows),
        general=frozenset(organisation for _pk, organisation, general in rows if general),
        servers=frozenset(servers.values_list("organisation_id", "mapped__category_id")),
    )
