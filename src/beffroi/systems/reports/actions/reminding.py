"""Once a week whoever handles reports is written to of what stands still: letters are written by the worker, carried by the alerter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from beffroi.kernel.alerts.queries.preferences import Reached, reached
from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.register.actions import record
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake
from beffroi.systems.reports.actions.telling import LEASE, PAUSES
from beffroi.systems.reports.models import Reminder, Report, Summary
from beffroi.systems.reports.queries.stale import agents_of, desk_of, morning_due, reminder_of, stale, told_of
from beffroi.systems.reports.rules import SYSTEM, LetterState

STALE: Final = "reports.stale"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A claimed letter, and how its reader is told."""

    summary: Summary
    way: Reached | None


@system_action
def keep_reminder(*, authority: UUID, day: int | None, days: int, by: UUID | None, now: datetime) -> None:
    """On which day, of what has stood still for how long; no day: nobody is written to."""
    Reminder.objects.update_or_create(authority_id=authority, defaults={"day": day, "days": days})
    fields: dict[str, str | UUID] = {"part": "reminder", "subject": authority}
    record(kind="report.rules-changed", authority=authority, by=by, fields=fields, now=now)


@kernel_action
def write_summaries(*, authority: UUID, at: datetime, now: datetime) -> int:
    """When the authority's day has come since `at`, a letter to each agent and to each partner's desk that has something standing still;
    nothing where nothing does. The same morning twice writes nothing more.
    """
    chosen = reminder_of(authority)
    morning = morning_due(chosen.day, since=at, until=now)
    if morning is None or not is_switched_on(authority=authority, system=SYSTEM):
        return 0
    still = stale(Report.objects.filter(authority_id=authority), chosen.days, now)
    organisations = set(still.order_by().values_list("organisation", flat=True).distinct())
    if not organisations:
        return 0
    told: list[tuple[UUID | None, UUID]] = [(None, person.pk) for person in agents_of(authority, now)]
    agents = {person for _organisation, person in told}
    told += [
        (organisation, person.pk)
        for organisation in sorted(organisations)
        for person in desk_of(organisation, now)
        if person.pk not in agents
    ]
    rows = [
        Summary(
            authority_id=authority,
            organisation_id=organisation,
            person_id=person,
            days=chosen.days,
            since=morning,
            due_at=now,
        )
        for organisation, person in told
    ]
    Summary.objects.bulk_create(rows, ignore_conflicts=True)
    wake(LETTERS_WAIT)
    return len(rows)


@kernel_action
def claim_summaries(*, now: datetime, most: int) -> list[Leaving]:
    """Those whose time has come, for the length of an attempt. One that has nothing to tell any more, or no way to its reader, is
    dropped; one to somebody who has quiet hours waits until they end.
    """
    due = Summary.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=LetterState.QUEUED.value, due_at__lte=now
    )
    rows = list(due.select_related("person", "authority").order_by("due_at", "id")[:most])
    ways = reached([row.person_id for row in rows], now)
    going: list[Leaving] = []
    for row in rows:
        way = ways.get(row.person_id)
        silent = not row.person.is_active or not row.person.email or (way is not None and way.silent)
        if silent or not told_of(row, now).exists():
            row.state, row.due_at = LetterState.DROPPED.value, None
        elif way is not None and way.quiet_until is not None:
            row.due_at = way.quiet_until
        else:
            row.due_at, row.attempts = now + LEASE, row.attempts + 1
            going.append(Leaving(row, way))
    Summary.objects.bulk_update(rows, ["state", "due_at", "attempts"])
    return going


@kernel_action
def note_summary(*, summary: UUID, attempt: int, handover: Handover, now: datetime) -> None:
    """What became of an attempt."""
    rows = Summary.objects.filter(pk=summary, attempts=attempt, state=LetterState.QUEUED.value)
    if handover.outcome is Outcome.HANDED_OVER:
        rows.update(state=LetterState.HANDED_OVER.value, due_at=None, fault="")
    elif handover.outcome in {Outcome.AGAIN, Outcome.LATE} and attempt <= len(PAUSES):
        rows.update(due_at=now + PAUSES[attempt - 1], fault=handover.fault[:60])
    else:
        rows.update(state=LetterState.FAILED.value, due_at=None, fault=handover.fault[:60])
