"""Rounds of the demonstration: the town's for tomorrow, the operator's for today; what an agent put aside; answers written beforehand."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import override

from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.lib import rounds
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.rounds import Plan, make_round, shortlist_reports
from beffroi.systems.reports.actions.wordings import keep_wordings
from beffroi.systems.reports.models import Report, Round
from beffroi.systems.reports.queries.wordings import beginnings

DEPOT: Final = Position(48.9533, 2.8938)
AGENT: Final = "alice@meaux.example"
TECHNICIAN: Final = "theo@fibre77.example"
ASIDE: Final = 3  # what the agent keeps on her shortlist beside the round


def set_out(*, authority: UUID, operator: UUID, by: UUID | None, now: datetime) -> None:
    """All of it, once."""
    if Round.objects.filter(authority_id=authority).exists():
        return
    with override("fr"):
        keep_wordings(wordings=beginnings(authority), by=by, now=now)
    town = authority_organisation(authority).pk
    agent, technician = person_by_email(AGENT), person_by_email(TECHNICIAN)
    ours, theirs = (_open(authority, organisation) for organisation in (town, operator))
    if agent is not None:
        tomorrow = localdate(now) + timedelta(days=1)
        _round(
            Plan(authority, town, tomorrow, time(8, 30), DEPOT, "Centre technique", person=agent.pk),
            ours[ASIDE:],
            by,
            now,
        )
        shortlist_reports(reports=ours[:ASIDE], by=agent.pk, now=now)
    if technician is not None and theirs:
        _round(
            Plan(authority, operator, localdate(now), time(8), DEPOT, "Dépôt", person=technician.pk), theirs, None, now
        )


def _open(authority: UUID, organisation: UUID) -> list[Report]:
    rows = Report.objects.filter(authority_id=authority, organisation_id=organisation, closed_at__isnull=True)
    return list(rows.order_by("number"))


def _round(plan: Plan, rows: Sequence[Report], by: UUID | None, now: datetime) -> None:
    there = [Position(row.latitude, row.longitude) for row in rows]
    found = rounds.order(plan.start, there, plan.start, seed=plan.authority.int)
    make_round(plan=plan, reports=[rows[index].pk for index in found.order], by=by, now=now)
