"""Past reports of a list are written down, some at a time, and taken back in one act."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet

from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.deadlines.actions import cancel_deadline
from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.rules import digest_of
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.kernel.territory.queries.outlines import Areas, areas_of
from beffroi.lib.hours import PARIS
from beffroi.lib.naming import names_somebody
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.imports import Before, Verdict
from beffroi.persistence.imports import Report as Progress
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.reports.actions.clock import DUE, HALF, THREE_QUARTERS, run_clock
from beffroi.systems.reports.actions.making import NUMBERED
from beffroi.systems.reports.models import Category, Line, Promise, Report
from beffroi.systems.reports.queries.delays import lasting_of
from beffroi.systems.reports.queries.ways import ways_of
from beffroi.systems.reports.queries.weeks import working_of
from beffroi.systems.reports.rules import SYSTEM, Alarm, Source, Stage, in_words, way_for

Values = Mapping[str, str | float | None]
_AT_ONCE = 500


class _Town:
    """What every row of a list asks of its town, read once."""

    def __init__(self, authority: UUID) -> None:
        self.authority = authority
        self.own = authority_organisation(authority).pk
        self.areas: Areas = areas_of(authority)
        self.working = working_of(authority)
        self.rows, self.ways = ways_of(authority)
        self.categories = {str(row.pk): row for row in Category.objects.filter(authority_id=authority)}
        named = Promise.objects.filter(authority_id=authority)
        self.promises = {(row.category_id, row.priority): (row.hours, row.working) for row in named}

    def report(self, values: Values, number: int) -> Report:
        """One row, as its time would have had it: who was to receive it then, what was promised then."""
        category = self.categories[str(values["category"])]
        priority = int(float(values["priority"] or category.priority))
        hours, working = self.promises.get((category.pk, priority), (category.hours, category.working))
        since, closed = _moment(values["since"]), _moment(values["closed"])
        if since is None:
            raise ValueError("a row that was checked says when it came")
        north, east = float(values["latitude"] or 0), float(values["longitude"] or 0)
        places = self.areas.at(north, east)
        way = way_for(self.ways, category=category.pk, territories=places, at=since.astimezone(PARIS))
        address, text, held = in_words(str(values["address"] or ""), str(values["text"] or ""))
        return Report(
            id=uuid4(),
            authority_id=self.authority,
            number=number,
            submission=UUID(str(values["submission"])),
            category=category,
            priority=priority,
            stage=str(values["stage"]),
            reason=str(values["reason"]),
            source=Source.IMPORT.value,
            latitude=north,
            longitude=east,
            address=address,
            territory_id=places[0] if places else None,
            text=text,
            shown="" if held else text,
            held=held,
            since=since,
            hours=hours,
            working=working,
            due_at=since + lasting_of(self.working if working else None, since=since, hours=hours),
            closed_at=closed,
            organisation_id=self.rows[way.id].organisation_id if way else self.own,
            team_id=self.rows[way.id].team_id if way else None,
            changed_at=closed or since,
        )


@kernel_action
def write_past(
    *, authority: UUID, batch: UUID, rows: Sequence[Verdict], report: Progress, by: UUID | None, now: datetime
) -> Before:
    """Write past reports down. Nobody is told, of any of them: neither letters, nor alerts. The time of one that is open runs from when it
    came; where it has passed already nothing more comes of it. One entry counts them and names them by its digest.
    """
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED, [str(authority)])
    town = _Town(authority)
    last = Report.objects.filter(authority_id=authority).aggregate(last=Max("number"))["last"] or 0
    made: list[Report] = []
    for part in _some(_new(authority, rows)):
        some = [town.report(values, last + len(made) + at) for at, values in enumerate(part, start=1)]
        Report.objects.bulk_create(some)
        marks = [f"{_mark(batch)}{values['number']}"[:120] for values in part]
        answers = [str(values["answer"] or "").strip() for values in part]
        Line.objects.bulk_create(
            line for row, mark, answer in zip(some, marks, answers, strict=True) for line in _lines(row, mark, answer)
        )
        made += some
        report(len(made))
    running = [row for row in made if row.closed_at is None and row.due_at > now]
    for row in running:
        run_clock(report=row, now=now)
    record(
        kind="report.list-imported",
        authority=authority,
        by=by,
        fields={"batch": batch, "added": len(made), "digest": digest_of(str(row.pk) for row in made)},
        now=now,
    )
    still_open = [row.pk for row in made if row.closed_at is None]
    if still_open:
        changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=still_open)
    return []


def _new(authority: UUID, rows: Sequence[Verdict]) -> list[Values]:
    """Without what somebody else wrote since the list was looked at."""
    asked = [str(row.values["submission"]) for row in rows]
    there = Report.objects.filter(authority_id=authority, submission__in=asked)
    known = {str(one) for one in there.values_list("submission", flat=True)}
    return [row.values for row in rows if str(row.values["submission"]) not in known]


def _some(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _lines(row: Report, mark: str, answer: str) -> list[Line]:
    """That it came, and what became of it, with the words that were answered; these are held where they seem to name somebody."""
    one = Line(authority_id=row.authority_id, report=row, organisation_id=row.organisation_id, at=row.since)
    one.kind, one.stage, one.remote = "made", Stage.RECEIVED.value, mark
    if row.stage == Stage.RECEIVED and not answer:
        return [one]
    two = Line(authority_id=row.authority_id, report=row, organisation_id=row.organisation_id)
    two.at, two.kind, two.stage = row.closed_at or row.since, "closed" if row.closed_at else "staged", row.stage
    if row.stage == Stage.RECEIVED:
        two.kind, two.stage = "said", ""
    two.text, two.held, two.remote = answer, names_somebody(answer), f"{mark}."[:120]
    return [one, two]


def _mark(batch: UUID) -> str:
    """What the lines of one list bear."""
    return f"list:{batch}:"


def _moment(value: str | float | None) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None


@kernel_action
def undo_past(*, authority: UUID, batch: UUID, before: Before, by: UUID | None, now: datetime) -> int:
    """Take back the reports of a list that nobody did anything with since; returns how many stay."""
    lines = Line.objects.filter(authority_id=authority, kind="made", remote__startswith=_mark(batch))
    written = Report.objects.select_for_update(of=("self",)).filter(pk__in=lines.values("report"))
    gone = list(_unused(written, batch).values_list("pk", flat=True))
    waiting = Report.objects.filter(pk__in=gone, closed_at__isnull=True).values_list("pk", flat=True)
    for report in list(waiting):
        _forget(authority, report, by, now)
    Line.objects.filter(report_id__in=gone).delete()
    # All that could point at them was looked at: Django would ask each of these tables again, a hundred reports at a time.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reports_report WHERE id = ANY(%s)", [gone])
    left = written.count()
    record(
        kind="report.list-undone",
        authority=authority,
        by=by,
        fields={"batch": batch, "removed": len(gone), "left": left},
        now=now,
    )
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=gone[:_AT_ONCE])
    return left


def _unused(written: QuerySet[Report], batch: UUID) -> QuerySet[Report]:
    """Those that nothing points at but their own lines: whatever table has one, from a shortlist to a letter, it was used."""
    this = OuterRef("pk")
    rows = written.exclude(Exists(Line.objects.filter(report=this).exclude(remote__startswith=_mark(batch))))
    for pointing in Report._meta.related_objects:
        if pointing.related_model is not Line:
            rows = rows.exclude(Exists(QuerySet(pointing.related_model).filter(**{pointing.field.name: this})))
    return rows


def _forget(authority: UUID, report: UUID, by: UUID | None, now: datetime) -> None:
    for kind in (DUE, HALF, THREE_QUARTERS):
        cancel_deadline(kind=kind, authority=authority, subject=report, reason="undone", by=by, now=now)
    for alarm in Alarm:
        end_alert(authority=authority, kind=alarm, subject=report, reason="undone", now=now, by=by)
