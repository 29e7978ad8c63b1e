"""Teams and who is of them: members count as long as they serve in the team's organisation."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.registry import Named
from beffroi.kernel.territory.queries.members import colleagues, serving
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.reports.models import Errand, Team, TeamMember
from beffroi.systems.reports.rules import SYSTEM

if TYPE_CHECKING:
    from beffroi.kernel.accounts.models import Person

# Who of an organisation mends, or says who does.
HANDS = (Role.AGENT, Role.ADMINISTRATOR, Role.DISPATCHER, Role.TECHNICIAN)
_LEADING = (Role.ADMINISTRATOR, Role.DISPATCHER)


def leads_teams(viewer: Viewer) -> bool:
    """Whoever says who is of the teams of their own organisation."""
    return led_teams(viewer).exists()


def led_teams(viewer: Viewer) -> QuerySet[Team]:
    """The teams of the organisations that the viewer administers, or whose desk they hold."""
    rows = Team.objects.filter(organisation__in=viewer.organisations_as(*_LEADING), retired_at__isnull=True)
    on = [
        one
        for one in set(rows.values_list("authority_id", flat=True))
        if grants.is_switched_on(authority=one, system=SYSTEM)
    ]
    return rows.filter(authority__in=on).select_related("organisation", "authority").order_by("name", "id")


def members_of(team: Team, at: datetime) -> "QuerySet[Person]":
    """Who is of it at that moment, by name."""
    people = TeamMember.objects.filter(team=team).values("person")
    return serving(team.organisation_id, HANDS, at).filter(pk__in=people)


def how_many(teams: Collection[UUID], at: datetime) -> dict[UUID, int]:
    """How many people each of them has at that moment; those that have nobody aren't there."""
    until = "person__memberships__valid_until"
    rows = TeamMember.objects.filter(
        Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": at}),
        team__in=teams,
        person__is_active=True,
        person__memberships__organisation=F("team__organisation"),
        person__memberships__role__in=[role.value for role in HANDS],
        person__memberships__valid_from__lte=at,
    )
    return dict(rows.values_list("team").annotate(people=Count("person", distinct=True)))


def may_join(viewer: Viewer, team: Team) -> "QuerySet[Person]":
    """Who could be of it and isn't, for whoever leads it."""
    people = TeamMember.objects.filter(team=team).values("person")
    return colleagues(viewer, [team.organisation_id], HANDS).exclude(pk__in=people)


def own_teams(viewer: Viewer) -> QuerySet[Team]:
    """Those that the viewer is of."""
    mine = TeamMember.objects.filter(team=OuterRef("pk"), person=viewer.person)
    return Team.objects.filter(Exists(mine), organisation__in=viewer.organisations, retired_at__isnull=True)


def teams_of_viewer(viewer: Viewer) -> frozenset[UUID]:
    """The same, by their identifiers."""
    return frozenset(own_teams(viewer).values_list("pk", flat=True))


def theirs(viewer: Viewer) -> Q:
    """Reports that the viewer, or a team of theirs, sees to."""
    return Q(assigned_id=viewer.person) | Q(team__in=own_teams(viewer))


def out_there(team: Team) -> int:
    """How many links of a team open something to mend."""
    return Errand.objects.filter(team=team, ended_at__isnull=True, report__closed_at__isnull=True).count()


def name_teams(viewer: Viewer, identifiers: Collection[UUID]) -> Mapping[UUID, Named]:
    """For the register's pages."""
    rows = Team.objects.filter(pk__in=list(identifiers), authority_id__in=viewer.authorities())
    return {row.pk: Named(row.name) for row in rows}
