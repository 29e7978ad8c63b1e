"""What programs read of an authority's reports by Open311: what anybody may, in the words of GeoReport v2."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import cos, radians
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Power
from django.urls import reverse

from beffroi.adapters.open311 import documents as open311
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.reports.models import Category, Line, Photo, ProgramKey, Report
from beffroi.systems.reports.queries.questions import asked_of
from beffroi.systems.reports.queries.reports import METRES_A_DEGREE, categories_of, shown_photos
from beffroi.systems.reports.rules import Decline, OpenTo, PhotoState, Source, Stage

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

LONGEST_SPAN: Final = timedelta(days=90)
MOST: Final = 1000
REFERENCE: Final = re.compile(r"[0-9]{2}-([0-9]{6,9})", re.ASCII)
STAGES: Final = {
    Stage.RECEIVED: open311.Stage.OPEN,
    Stage.ACKNOWLEDGED: open311.Stage.INVESTIGATING,
    Stage.PLANNED: open311.Stage.ACTION_SCHEDULED,
    Stage.MENDING: open311.Stage.IN_PROGRESS,
    Stage.DONE: open311.Stage.FIXED,
    Stage.DECLINED: open311.Stage.NO_FURTHER_ACTION,
    Stage.MERGED: open311.Stage.DUPLICATE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests a program asks for; `since` and `until` bound when they were made, `near` and `metres` where."""

    since: datetime | None = None
    until: datetime | None = None
    changed_after: datetime | None = None
    changed_before: datetime | None = None
    services: tuple[str, ...] = ()
    statuses: tuple[open311.Status, ...] = ()
    near: Position | None = None
    metres: float = 0.0


def keys_of(viewer: Viewer, authority: UUID) -> QuerySet[ProgramKey]:
    """The keys that an authority gave, for its administrators."""
    rows = ProgramKey.objects.filter(authority_id=authority, authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.order_by(F("ended_at").asc(nulls_first=True), "-given_at")


def key_named(authority: UUID, secret: str) -> ProgramKey | None:
    """The key in force that this secret is."""
    digest = sha256(secret.encode()).hexdigest()
    return ProgramKey.objects.filter(authority_id=authority, digest=digest, ended_at__isnull=True).first()


def offered(authority: UUID) -> QuerySet[Category]:
    """What programs may report: kinds of faults whose reports are public and that inhabitants may report."""
    return categories_of(authority).filter(public=True, open_to__in=[OpenTo.ANYBODY.value, OpenTo.ACCOUNTS.value])


def told(authority: UUID) -> QuerySet[Report]:
    """Reports that programs may read: those that anybody may, and those that were joined to another, which is how theirs ended."""
    rows = Report.objects.filter(authority_id=authority, category__public=True)
    return rows.select_related("authority", "category")


def asked_for(authority: UUID, asked: Asked) -> QuerySet[Report]:
    """The reports that a program asks for, the latest first."""
    rows = told(authority).exclude(stage=Stage.MERGED.value)
    if asked.since is not None:
        rows = rows.filter(since__gte=asked.since)
    if asked.until is not None:
        rows = rows.filter(since__lte=asked.until)
    if asked.changed_after is not None:
        rows = rows.filter(changed_at__gt=asked.changed_after)
    if asked.changed_before is not None:
        rows = rows.filter(changed_at__lt=asked.changed_before)
    if asked.services:
        rows = rows.filter(category__code__in=asked.services)
    if asked.statuses:
        closed = [status is open311.Status.CLOSED for status in asked.statuses]
        rows = rows.filter(closed_at__isnull=not closed[0]) if len(set(closed)) == 1 else rows
    if asked.near is not None:
        rows = _around(rows, asked.near, asked.metres)
    return rows.order_by("-since", "-id")


def _around(rows: QuerySet[Report], near: Position, metres: float) -> QuerySet[Report]:
    """Within a circle: a box first, which an index answers, then the distance on a plane that touches the earth there."""
    wide = METRES_A_DEGREE * max(cos(radians(near.latitude)), 0.01)
    high, broad = metres / METRES_A_DEGREE, metres / wide
    inside = rows.filter(
        latitude__range=(near.latitude - high, near.latitude + high),
        longitude__range=(near.longitude - broad, near.longitude + broad),
    )
    north = (F("latitude") - Value(near.latitude)) * Value(METRES_A_DEGREE)
    east = (F("longitude") - Value(near.longitude)) * Value(wide)
    return inside.annotate(squared=Power(north, 2) + Power(east, 2)).filter(squared__lte=metres * metres)


def referred_to(authority: UUID, references: Collection[str]) -> QuerySet[Report]:
    """Those that have these references; a reference of another year is no reference."""
    numbers = {text: int(found[1]) for text in references if (found := REFERENCE.fullmatch(text))}
    rows = told(authority).filter(number__in=numbers.values())
    known = [row.pk for row in rows if row.reference in numbers]
    return told(authority).filter(pk__in=known).order_by("-since", "-id")


def submitted(authority: UUID, submission: UUID) -> Report | None:
    """What a program reported under a number of its own, for one that lost our answer."""
    return told(authority).filter(submission=submission, source=Source.OPEN311.value).first()


def services_of(authority: UUID) -> list[open311.Service]:
    """The kinds of faults as services."""
    rows = list(offered(authority))
    asked = asked_of(row.pk for row in rows)
    return [
        open311.Service(
            row.code,
            row.label,
            row.what_next or None,
            metadata=row.pk in asked,
            keywords=row.keywords or None,
            group=row.group or None,
        )
        for row in rows
    ]


def requests_of(rows: Sequence[Report], *, extended: bool) -> list[open311.ServiceRequest]:
    """Reports as requests: checked photos, shown words, the last public word of whoever handles them."""
    keys = [row.pk for row in rows]
    photos: dict[UUID, list[Photo]] = {}
    for photo in shown_photos(keys, whole=False):
        photos.setdefault(photo.report_id, []).append(photo)
    notes = _notes(keys)
    return [
        _request(
            row,
            [photo_address(row.authority, one) for one in photos.get(row.pk, [])],
            notes.get(row.pk),
            extended=extended,
        )
        for row in rows
    ]


def _request(row: Report, photos: Sequence[str], note: str | None, *, extended: bool) -> open311.ServiceRequest:
    stage = _stage(Stage(row.stage), row.reason)
    return open311.ServiceRequest(
        row.reference,
        open311.Status.OPEN if row.closed_at is None else open311.Status.CLOSED,
        note,
        row.category.label,
        row.category.code,
        row.shown or None,
        row.authority.name,  # it answers for what is done; which firm mends is its partners' business
        row.category.what_next or None,
        row.since,
        row.changed_at if row.closed_at is None else row.closed_at,
        row.due_at,
        row.address or None,
        None,
        None,
        row.latitude,
        row.longitude,
        photos[0] if photos else None,
        open311.Extended(None, stage.value, tuple(photos)) if extended else None,
    )


def photo_address(authority: "Authority", photo: Photo) -> str:
    """Where anybody finds a checked photo."""
    path = reverse("report-photo", args=[photo.pk, photo.version, "full"])
    return f"{public_address(authority)}{path}"


def _notes(keys: Sequence[UUID]) -> dict[UUID, str]:
    """The last public word that went with a stage, by report."""
    lines = Line.objects.filter(report_id__in=keys, public=True, held=False).exclude(Q(stage="") | Q(text=""))
    plain = lines.exclude(kind="merged").order_by("at", "id")  # a bare reference says nothing to anybody
    return dict(plain.values_list("report_id", "text"))


def updates_of(authority: UUID, since: datetime, until: datetime) -> list[open311.Update]:
    """What became of reports between two moments, in order: public words and stages, the first thousand."""
    lines = Line.objects.filter(authority_id=authority, report__category__public=True, public=True, held=False)
    # What was held is said when it is shown: whoever reads by the hour has read the hour when it was written.
    lines = lines.annotate(told=Coalesce("shown_at", "at")).filter(told__range=(since, until)).exclude(kind="made")
    said = lines.exclude(Q(stage="") & Q(text=""), photo=None).select_related("report__authority", "photo")
    return [_update(row) for row in said.order_by("told", "id")[:MOST]]


def _update(row: Line) -> open311.Update:
    photo = row.photo if row.photo is not None and row.photo.state == PhotoState.CHECKED else None
    report = row.report
    return open311.Update(
        row.pk.hex,
        report.reference,
        stage_of(row),
        row.shown_at or row.at,
        row.text or None,
        photo_address(report.authority, photo) if photo else None,
    )


def stage_of(line: Line) -> open311.Stage:
    """What the report was after a line: the line's own stage, else what it is now."""
    if line.kind == "reopened":
        return open311.Stage.REOPEN
    return _stage(Stage(line.stage or line.report.stage), line.report.reason)


def _stage(stage: Stage, reason: str) -> open311.Stage:
    if stage is Stage.DECLINED and reason == Decline.NOT_OURS:
        return open311.Stage.NOT_COUNCILS_RESPONSIBILITY
    return STAGES[stage]
