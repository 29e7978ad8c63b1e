"""Shortlists, and rounds made of them: who goes, where, in which order. What is done at a place is an act with its report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.lib.positions import Position
from beffroi.lib.rounds import MOST_PLACES
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Report, Round, Shortlisted, Stop
from beffroi.systems.reports.rules import Fixed


@dataclass(frozen=True, slots=True)
class Plan:
    """Who of an organisation goes, when and from where. Nobody named: whoever of it leads rounds. `submission`: the page that says so."""

    authority: UUID
    organisation: UUID
    day: date
    starts: time
    start: Position
    place: str = ""
    returns: bool = True
    minutes: int = 15
    person: UUID | None = None
    team: UUID | None = None
    submission: UUID | None = None


@system_action
def shortlist_reports(*, reports: Sequence[Report], by: UUID, now: datetime) -> None:
    """Put them on one's own shortlist; what is there already stays as it is."""
    rows = [Shortlisted(authority_id=row.authority_id, report=row, person_id=by, since=now) for row in reports]
    Shortlisted.objects.bulk_create(rows, ignore_conflicts=True)


@system_action
def take_off_shortlist(*, reports: Sequence[Report], by: UUID) -> None:
    """Take them off one's own shortlist."""
    Shortlisted.objects.filter(person_id=by, report__in=[row.pk for row in reports]).delete()


@system_action
def make_round(*, plan: Plan, reports: Sequence[UUID], by: UUID | None, now: datetime) -> Round:
    """A round through these reports, in this order; they leave the shortlist of whoever makes it. The same page makes one, however often it
    is sent, and at whichever instant.
    """
    row = Round(
        authority_id=plan.authority,
        organisation_id=plan.organisation,
        day=plan.day,
        starts=plan.starts,
        place=plan.place,
        latitude=plan.start.latitude,
        longitude=plan.start.longitude,
        returns=plan.returns,
        minutes=plan.minutes,
        person_id=plan.person,
        team_id=plan.team,
        made_at=now,
        made_by_id=by,
        submission=plan.submission,
    )
    Round.objects.bulk_create([row], ignore_conflicts=True)
    if not Round.objects.filter(pk=row.pk).exists():
        return Round.objects.get(authority_id=plan.authority, submission=plan.submission)
    Stop.objects.bulk_create(
        [
            Stop(authority_id=plan.authority, round=row, report_id=report, position=position)
            for position, report in enumerate(reports)
        ]
    )
    if by is not None:
        Shortlisted.objects.filter(person_id=by, report__in=list(reports)).delete()
    _note(row, "made", len(reports), by, now)
    return row


@system_action
def add_stops(*, round_: Round, reports: Sequence[UUID], by: UUID | None, now: datetime) -> int:
    """More places, behind the others, as far as a round has room; they leave the shortlist of whoever adds them. Returns how many."""
    row = _locked(round_)
    there = dict(row.stops.values_list("report", "position"))
    new = [key for key in dict.fromkeys(reports) if key not in there][: max(0, MOST_PLACES - len(there))]
    behind = max(there.values(), default=-1) + 1
    Stop.objects.bulk_create(
        [
            Stop(authority_id=row.authority_id, round=row, report_id=report, position=behind + at)
            for at, report in enumerate(new)
        ]
    )
    if by is not None:
        Shortlisted.objects.filter(person_id=by, report__in=new).delete()
    if new:
        _note(row, "places-added", len(there) + len(new), by, now)
    return len(new)


@system_action
def give_round(*, round_: Round, person: UUID | None, team: UUID | None, by: UUID | None, now: datetime) -> None:
    """Somebody else goes: they see what lies on the way, whoever went before sees it no more."""
    row = _locked(round_)
    row.person_id, row.team_id = person, team
    row.save(update_fields=["person", "team"])
    _note(row, "given", row.stops.count(), by, now)


@system_action
def drop_round(*, round_: Round, dropped: bool, by: UUID | None, now: datetime) -> None:
    """Nobody goes; or somebody does after all."""
    rows = Round.objects.filter(authority_id=round_.authority_id, pk=round_.pk, dropped_at__isnull=dropped)
    if rows.update(dropped_at=now if dropped else None):
        _note(round_, "dropped" if dropped else "taken-up", round_.stops.count(), by, now)


@system_action
def order_stops(*, round_: Round, stops: Sequence[UUID], by: UUID | None) -> None:
    """Its stops in this order; those that aren't named come behind, as they were."""
    row = _locked(round_)
    there = {stop.pk: stop for stop in row.stops.order_by("position")}
    named = [key for key in dict.fromkeys(stops) if key in there]
    rows = [there[key] for key in (*named, *(key for key in there if key not in set(named)))]
    for position, stop in enumerate(rows):
        stop.position = position
    Stop.objects.bulk_update(rows, ["position"])


@system_action
def fix_stop(*, stop: Stop, fixed: Fixed | None, by: UUID | None) -> None:
    """It stays first, or last, or is free; another one that was gives the place up."""
    row = _locked(stop.round)
    if fixed is not None:
        row.stops.filter(fixed=fixed.value).update(fixed="")
    row.stops.filter(pk=stop.pk).update(fixed=fixed.value if fixed else "")


@system_action
def skip_stop(*, stop: Stop, skipped: bool, by: UUID | None, now: datetime) -> None:
    """Not now: it comes behind the others; or now after all."""
    Stop.objects.filter(authority_id=stop.authority_id, pk=stop.pk).update(skipped_at=now if skipped else None)


@system_action
def take_out_stop(*, stop: Stop, by: UUID | None, now: datetime) -> None:
    """It is no place of the round any more; it goes to the shortlist of whoever takes it out."""
    _locked(stop.round)
    if Stop.objects.filter(authority_id=stop.authority_id, pk=stop.pk).delete()[0] and by is not None:
        one = Shortlisted(authority_id=stop.authority_id, report_id=stop.report_id, person_id=by, since=now)
        Shortlisted.objects.bulk_create([one], ignore_conflicts=True)


def _locked(row: Round) -> Round:
    return Round.objects.select_for_update().get(authority_id=row.authority_id, pk=row.pk)


def _note(row: Round, change: str, reports: int, by: UUID | None, now: datetime) -> None:
    """Who goes sees what lies on the way: that is a right, and on record."""
    fields: dict[str, str | int | UUID] = {
        "round": row.pk,
        "change": change,
        "organisation": row.organisation_id,
        "reports": reports,
    }
    if row.person_id is not None:
        fields["person"] = row.person_id
    record(kind="report.round-changed", authority=row.authority_id, by=by, fields=fields, now=now)
