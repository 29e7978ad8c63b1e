"""A report is made: its row, its photos, its entry, its clock and its routing, in one act; the same submission twice is one report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.lib.positions import Position
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.reports.actions.clock import run_clock, tell
from beffroi.systems.reports.actions.errands import write_to_mender
from beffroi.systems.reports.actions.outbox import hand_to_server
from beffroi.systems.reports.actions.telling import ask_address
from beffroi.systems.reports.errors import CategoryClosed, ElsewhereError, NotOpen, TooMany
from beffroi.systems.reports.models import Category, Follower, Line, Photo, Report, Team
from beffroi.systems.reports.queries.delays import clock_for, promise_of
from beffroi.systems.reports.queries.following import wrote
from beffroi.systems.reports.queries.ways import receiver_of, smallest_place
from beffroi.systems.reports.rules import (
    CLOSED,
    MOST_PHOTOS,
    ORIGINALS_KEPT,
    SYSTEM,
    Alarm,
    LetterKind,
    PhotoRole,
    Priority,
    Source,
    Stage,
    in_words,
)

# Numbers of an authority are given one after the other.
NUMBERED = "SELECT pg_advisory_xact_lock(hashtextextended('reports.number ' || %s, 0))"
_NEXT = "SELECT coalesce(max(number), 0) + 1 FROM reports_report WHERE authority_id = %s"
_SUBMITTED = "SELECT pg_advisory_xact_lock(hashtextextended('reports.submission ' || %s || %s, 0))"


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo whose sealed original is kept under `id`: what its EXIF, or the phone, said of when and where it was taken."""

    id: UUID
    at: datetime | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What is reported. `email` is whom to tell where there is no account; `priority` None takes the category's; `answers` are those to
    the category's questions, by their codes.
    """

    category: UUID
    position: Position
    address: str = ""
    text: str = ""
    priority: Priority | None = None
    asset_kind: str = ""
    asset: UUID | None = None
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    email: str = ""
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Coming:
    """How a report comes: to whom, under which submission, from whom, when."""

    authority: UUID
    submission: UUID
    source: Source
    author: UUID | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a report at a moment: a stage, and what was said of it; `reason` where it was declined."""

    stage: Stage
    at: datetime
    text: str = ""
    reason: str = ""


@system_action
def make_report(
    *,
    authority: UUID,
    submission: UUID,
    told: Told,
    photos: Sequence[Taken],
    source: Source,
    author: UUID | None,
    by: UUID | None,
    now: datetime,
) -> tuple[Report, bool]:
    """Returns the report, and whether it is new: a submission that came before gives the one it made. `author` reported it; `by` wrote
    it down, which is an agent where it came by telephone. Raises CategoryClosed, ElsewhereError, TooMany.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SUBMITTED, [str(authority), str(submission)])
    there = Report.objects.filter(authority_id=authority, submission=submission)
    if there.exists():
        return there.get(), False
    if len(photos) > MOST_PHOTOS:
        raise TooMany
    category = Category.objects.filter(authority_id=authority, pk=told.category, retired_at__isnull=True).first()
    if category is None:
        raise CategoryClosed
    report = _prepared(Coming(authority, submission, source, author, now), told, category)
    _photos(report, photos, PhotoRole.FAULT, by, now, first=0)
    Line.objects.create(
        authority_id=authority, report=report, at=now, kind="made", stage=report.stage, author_id=author
    )
    _begin_following(report, author, "" if author else told.email, told.language, now)
    record(
        kind="report.made",
        authority=authority,
        by=by,
        fields={
            "report": report.pk,
            "category": category.pk,
            "priority": report.priority,
            "source": report.source,
            "due": report.due_at,
            "photos": len(photos),
        },
        now=now,
    )
    record(
        kind="report.routed",
        authority=authority,
        by=None,
        fields={"report": report.pk, "organisation": report.organisation_id, "reason": "way"},
        now=now,
    )
    hand_to_server(report=report, now=now)
    write_to_mender(report=report, kind=LetterKind.GIVEN, now=now, first=True)
    run_clock(report=report, now=now)
    # Numbers have no gap: those who report at once wait for one another from here to the end, and for nothing before.
    _keep_numbered(report)
    if report.priority == Priority.DANGER:
        tell(report=report, alarm=Alarm.DANGER, now=now)
    show(report=report)
    return report, True


@system_action
def write_down_past(
    *, coming: Coming, told: Told, steps: Sequence[Step], into: Report | None = None, by: UUID | None, now: datetime
) -> Report | None:
    """A report that came at the moment of `coming` and was over before it is written down here, as a town's earlier lists tell it, by the
    steps it went through. Nobody is told, and no time runs: its promise is what its kind promises, counted from when it came. `into`: the
    one it was joined to. None where its submission is known. Raises CategoryClosed, ElsewhereError, NotOpen when it isn't over.
    """
    authority, last = coming.authority, steps[-1]
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED, [str(authority)])
    if Report.objects.filter(authority_id=authority, submission=coming.submission).exists():
        return None
    category = Category.objects.filter(authority_id=authority, pk=told.category).first()
    if category is None:
        raise CategoryClosed
    if last.stage not in CLOSED or last.at > now or (last.stage is Stage.MERGED) != (into is not None):
        raise NotOpen
    row = _prepared(coming, told, category)
    row.due_at = coming.now + promise_of(authority=authority, since=coming.now, hours=row.hours, working=row.working)
    row.stage, row.reason, row.into, row.closed_at = last.stage.value, last.reason, into, last.at
    row.changed_at = last.at
    _keep_numbered(row)
    lines = [Step(Stage.RECEIVED, coming.now), *steps]
    Line.objects.bulk_create(
        Line(
            authority_id=authority,
            report=row,
            at=step.at,
            kind="made" if step.stage is Stage.RECEIVED else "closed" if step.stage in CLOSED else "staged",
            stage=step.stage.value,
            text=step.text,
            author_id=coming.author if step.stage is Stage.RECEIVED else None,
            organisation_id=row.organisation_id,
        )
        for step in lines
    )
    made: dict[str, str | int | UUID | datetime] = {"report": row.pk, "category": category.pk, "priority": row.priority}
    made |= {"source": row.source, "due": row.due_at, "photos": 0}
    record(kind="report.made", authority=authority, by=by, fields=made, now=now)
    over: dict[str, str | int | UUID] = {"report": row.pk, "stage": row.stage, "kept": int(last.at < row.due_at)}
    if row.reason:
        over["reason"] = row.reason
    record(kind="report.closed", authority=authority, by=by, fields=over, now=now)
    return row


def _keep_numbered(report: Report) -> None:
    """Its number is the next one of its authority; its row comes last in the act, as foreign keys wait for the act's end."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED, [str(report.authority_id)])
        cursor.execute(_NEXT, [report.authority_id])
        (report.number,) = cursor.fetchone()
    report.save(force_insert=True)


def _prepared(coming: Coming, told: Told, category: Category) -> Report:
    """All of it but its number; not kept yet. Raises ElsewhereError."""
    authority, now = coming.authority, coming.now
    priority = int(told.priority or category.priority)
    inside, territory, places = smallest_place(authority, told.position)
    if inside is False:
        raise ElsewhereError
    organisation, team = receiver_of(authority, category=category.pk, territories=places, at=now)
    hours, working, due_at = clock_for(category, priority, now)
    address, text, held = in_words(told.address, told.text)
    return Report(
        authority_id=authority,
        submission=coming.submission,
        category=category,
        priority=priority,
        stage=Stage.RECEIVED.value,
        source=coming.source.value,
        latitude=told.position.latitude,
        longitude=told.position.longitude,
        address=address,
        territory_id=territory,
        asset_kind=told.asset_kind if told.asset else "",
        asset=told.asset,
        answers=dict(told.answers),
        text=text,
        shown="" if held else text,
        held=held,
        author_id=coming.author,
        since=now,
        hours=hours,
        working=working,
        due_at=due_at,
        organisation_id=organisation or authority_organisation(authority).pk,
        team=Team.objects.filter(authority_id=authority, pk=team).first() if team else None,
        changed_at=now,
    )


def _photos(
    report: Report, photos: Sequence[Taken], role: PhotoRole, by: UUID | None, now: datetime, *, first: int
) -> list[Photo]:
    """`first`: how many it has."""
    if first + len(photos) > MOST_PHOTOS:
        raise TooMany
    rows = [
        Photo(
            id=photo.id,
            authority_id=report.authority_id,
            report=report,
            role=role.value,
            position=first + position,
            taken_at=photo.at,
            latitude=photo.position.latitude if photo.position else None,
            longitude=photo.position.longitude if photo.position else None,
            due_at=now,
            added_at=now,
            added_by=by,
            original_until=now + ORIGINALS_KEPT,
        )
        for position, photo in enumerate(photos)
    ]
    return list(Photo.objects.bulk_create(rows))


@kernel_action
def add_photos(
    *, report: Report, photos: Sequence[Taken], role: PhotoRole, by: UUID | None, now: datetime
) -> list[Photo]:
    """More photos of a report: each waits to be re-encoded, then for staff. Part of the act that brings them. Raises TooMany."""
    return _photos(report, photos, role, by, now, first=Photo.objects.filter(report=report).count())


def _begin_following(report: Report, person: UUID | None, email: str, language: str, now: datetime) -> None:
    """Whoever makes a report follows it: nobody does yet."""
    address = email.strip().lower()
    if person is None and not address:
        return
    row = Follower.objects.create(
        authority_id=report.authority_id,
        report=report,
        person_id=person,
        email="" if person else address,
        language=language,
        since=now,
    )
    if row.email:
        ask_address(follower=row, now=now)


@kernel_action
def follow(
    *, report: Report, person: UUID | None, email: str, language: str, too: bool, now: datetime
) -> Follower | None:
    """Have somebody told of its outcomes; None for nobody. Whoever had stopped begins again; an address that isn't known to be theirs
    who typed it is asked first. Whoever reported it stays the one who did, whatever they press.
    """
    row = _following(report, person, email.strip().lower(), language, now)
    if row is None:
        return None
    if row.stopped_at is not None:
        row.stopped_at = row.confirmed_at = None
    row.too = row.too or (too and not wrote(row, report))
    row.save(update_fields=["too", "stopped_at", "confirmed_at"])
    if row.email and row.confirmed_at is None:
        ask_address(follower=row, now=now)
    return row


@kernel_action
def follow_on(*, follower: Follower, report: Report, now: datetime) -> None:
    """What they follow was joined to that one: they follow it from now on, confirmed or not as before. Part of the act that joins."""
    row = _following(report, follower.person_id, follower.email, follower.language, now)
    if row is not None:
        row.too, row.stopped_at = not wrote(row, report), None
        row.confirmed_at = row.confirmed_at or follower.confirmed_at
        row.save(update_fields=["too", "stopped_at", "confirmed_at"])


def _following(report: Report, person: UUID | None, email: str, language: str, now: datetime) -> Follower | None:
    if person is None and not email:
        return None
    who = {"person_id": person} if person else {"email": email}
    row, _new = Follower.objects.get_or_create(
        report=report, **who, defaults={"authority_id": report.authority_id, "language": language, "since": now}
    )
    return row


@kernel_action
def show(*, report: Report) -> None:
    """Have open screens look at it again. Part of the act that changes it."""
    changed(authority=report.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[report.pk])
