"""Who is of a team, and the links that its letters bear."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.queries.members import serving
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.actions.errands import close_links
from beffroi.systems.reports.models import Team, TeamMember
from beffroi.systems.reports.queries.teams import HANDS


@system_action
def join_team(*, team: Team, person: UUID, by: UUID | None, now: datetime) -> bool:
    """Somebody is of a team from now on; False when they don't serve in its organisation."""
    if not serving(team.organisation_id, HANDS, now).filter(pk=person).exists():
        return False
    _row, new = TeamMember.objects.get_or_create(
        team=team, person_id=person, defaults={"authority_id": team.authority_id, "since": now}
    )
    if new:
        _note(team, "members", by, now)
    return True


@system_action
def leave_team(*, team: Team, person: UUID, by: UUID | None, now: datetime) -> bool:
    """Somebody is of a team no more; False when they weren't."""
    gone, _by_model = TeamMember.objects.filter(team=team, person_id=person).delete()
    if gone:
        _note(team, "members", by, now)
    return bool(gone)


@system_action
def end_links(*, team: Team, by: UUID | None, now: datetime) -> int:
    """The links that a team's letters bear open nothing any more; its next letters bear others. Returns how many there were."""
    ended = close_links(team=team, now=now)
    if ended:
        _note(team, "links", by, now)
    return ended


def _note(team: Team, part: str, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"part": part, "subject": team.pk}
    record(kind="report.rules-changed", authority=team.authority_id, by=by, fields=fields, now=now)
