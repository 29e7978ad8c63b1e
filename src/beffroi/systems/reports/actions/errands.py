"""Whoever mends without an account is written to: what is theirs, what happens to it, when its time passes. Letters are written in the act
itself, claimed and carried by the alerter.
"""

from datetime import datetime
from uuid import UUID

from beffroi.persistence.acts import kernel_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake
from beffroi.systems.reports.actions.notices import tell_server
from beffroi.systems.reports.actions.telling import GROUPED
from beffroi.systems.reports.models import Errand, Letter, Line, Report, Team
from beffroi.systems.reports.queries.errands import for_mender, mender_of
from beffroi.systems.reports.rules import LetterKind, LetterState, Priority


@kernel_action
def write_to_mender(
    *, report: Report, kind: LetterKind, now: datetime, but: UUID | None = None, first: bool = False
) -> None:
    """Have whoever mends it written to, where they have an address; the link of anybody else who had it ends (nobody has one of a report
    that is being made: `first`). `but`: a team that has just given it back. Part of the act that gives it, or finds out that its time
    passes.
    """
    team = mender_of(report, now)
    errand = None if team is None or team.pk == but else _errand(report, team, now)
    if errand is None and not first:
        Errand.objects.filter(report=report, ended_at__isnull=True).update(ended_at=now)
    elif errand is not None:
        _write(report, errand, kind, now)


@kernel_action
def tell_mender(*, report: Report, line: Line, now: datetime) -> None:
    """Tell whoever mends it of a line that concerns them, unless it is their own: by a letter, and on their server. Part of the act that
    leaves the line.
    """
    tell_server(report=report, line=line, now=now)
    if line.kind == "handed":
        write_to_mender(report=report, kind=LetterKind.GIVEN, now=now, but=line.team_id)
        return
    if line.held or not for_mender(line.kind, line.stage, line.text, public=line.public):
        return
    errand = Errand.objects.filter(report=report, ended_at__isnull=True).first() or _another(report, now)
    if errand is not None and errand.team_id != line.team_id:
        _write(report, errand, LetterKind.NEWS, now)


def _another(report: Report, now: datetime) -> Errand | None:
    """What a letter bears once the link before it was ended, or goes to another address."""
    team = mender_of(report, now)
    return None if team is None else _errand(report, team, now)


def _errand(report: Report, team: Team, now: datetime) -> Errand:
    there = Errand.objects.filter(report=report, team=team, email=team.email, ended_at__isnull=True).first()
    if there is not None:
        return there
    Errand.objects.filter(report=report, ended_at__isnull=True).update(ended_at=now)
    return Errand.objects.create(
        authority_id=report.authority_id, report=report, team=team, email=team.email, since=now
    )


def _write(report: Report, errand: Errand, kind: LetterKind, now: datetime) -> None:
    """One that waits tells this too; what says that it is theirs tells all there is."""
    known = (kind.value, LetterKind.GIVEN.value) if kind is LetterKind.NEWS else (kind.value,)
    waiting = Letter.objects.select_for_update().filter(
        errand=errand, kind__in=known, state=LetterState.QUEUED.value, attempts=0
    )
    if waiting.exists():
        return
    at_once = report.priority == Priority.DANGER or kind in (LetterKind.SLIPPING, LetterKind.OVERDUE)
    due_at = now if at_once else now + GROUPED
    Letter.objects.create(authority_id=errand.authority_id, errand=errand, kind=kind.value, since=now, due_at=due_at)
    if at_once:
        wake(LETTERS_WAIT)


@kernel_action
def close_links(*, team: Team, now: datetime) -> int:
    """The links of a team open nothing any more. Part of the act that ends them, gives the team up or changes its address."""
    return Errand.objects.filter(team=team, ended_at__isnull=True).update(ended_at=now)
