"""Things of the street are written down, one by one or from a list, moved, and taken down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.rules import digest_of
from beffroi.lib import lines
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.imports import Before, Fate, Verdict
from beffroi.persistence.imports import Report as Progress
from beffroi.systems.reports.models import Asset, OrderAsked, Report

AT_ONCE = 1_000
MOVABLE = ("address", "latitude", "longitude", "line")
BOX = ("west", "south", "east", "north")


@system_action
def keep_asset(*, asset: Asset, by: UUID | None, now: datetime) -> None:
    """A thing as it was filled in, new or changed; where its line is, its box follows. Raises Django's ValidationError."""
    new = not Asset.objects.filter(authority_id=asset.authority_id, pk=asset.pk).exists()
    if new:
        asset.added_at = now
    _boxed(asset)
    asset.full_clean()
    asset.save()
    _note(asset, "added" if new else "changed", by, now)


@system_action
def retire_asset(*, asset: Asset, retired: bool, by: UUID | None, now: datetime) -> None:
    """It was taken down, and can't be picked any more, or stands again; what was reported of it stays."""
    rows = Asset.objects.filter(authority_id=asset.authority_id, pk=asset.pk, retired_at__isnull=retired)
    if rows.update(retired_at=now if retired else None):
        _note(asset, "taken-down" if retired else "stands-again", by, now)


def _note(asset: Asset, change: str, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"thing": asset.pk, "change": change}
    record(kind="report.thing-changed", authority=asset.authority_id, by=by, fields=fields, now=now)


@kernel_action
def write_assets(
    *, authority: UUID, batch: UUID, rows: Sequence[Verdict], report: Progress, by: UUID | None, now: datetime
) -> Before:
    """Write new things down and change where known ones stand; returns these as they were. One entry counts the whole list."""
    new = [_asset(authority, batch, row.values, now) for row in rows if row.fate is Fate.NEW]
    for start in range(0, len(new), AT_ONCE):
        Asset.objects.bulk_create(new[start : start + AT_ONCE], ignore_conflicts=True)
        report(min(start + AT_ONCE, len(new)))
    # A number that somebody else wrote meanwhile is left to them.
    added = list(Asset.objects.filter(authority_id=authority, imported=batch).values_list("id", flat=True))
    before = _move(authority, {row.subject: row.values for row in rows if row.fate is Fate.CHANGED and row.subject})
    touched = [*map(str, added), *(str(each["id"]) for each in before)]
    record(
        kind="report.things-imported",
        authority=authority,
        by=by,
        fields={"batch": batch, "added": len(added), "changed": len(before), "digest": digest_of(touched)},
        now=now,
    )
    return before


def _asset(authority: UUID, batch: UUID, values: Mapping[str, str | float | None], now: datetime) -> Asset:
    asset = Asset(
        authority_id=authority,
        kind=str(values["kind"]),
        number=str(values["number"]),
        address=str(values["address"] or ""),
        latitude=float(values["latitude"] or 0),
        longitude=float(values["longitude"] or 0),
        line=_line(values["line"]),
        owner_id=UUID(str(values["owner"])),
        imported=batch,
        added_at=now,
    )
    _boxed(asset)
    return asset


def _line(text: str | float | None) -> list[list[float]] | None:
    """Of what a check found sound: WKT, or nothing."""
    course = lines.read(str(text)) if text else ()
    return None if isinstance(course, lines.Unfit) or not course else [list(point) for point in course]


def _boxed(asset: Asset) -> None:
    course = lines.course_of(asset.line)
    box = lines.bounds(course) if course else (None,) * len(BOX)
    for name, value in zip(BOX, box, strict=True):
        setattr(asset, name, value)


def _told(asset: Asset) -> dict[str, str | float | None]:
    """What a list may change of a thing, as plain values."""
    return {
        "address": asset.address,
        "latitude": asset.latitude,
        "longitude": asset.longitude,
        "line": lines.written(lines.course_of(asset.line)),
    }


def _tell(asset: Asset, values: Mapping[str, str | float | None]) -> None:
    for name in MOVABLE:
        value = values.get(name)
        setattr(asset, name, _line(value) if name == "line" else value)
    _boxed(asset)


def _move(authority: UUID, places: Mapping[UUID, Mapping[str, str | float | None]]) -> Before:
    rows = list(Asset.objects.select_for_update(of=("self",)).filter(authority_id=authority, pk__in=places))
    before: Before = []
    for row in rows:
        values = places[row.pk]
        before.append({"id": str(row.pk), **_told(row), **{f"new_{name}": values[name] for name in MOVABLE}})
        _tell(row, values)
    Asset.objects.bulk_update(rows, (*MOVABLE, *BOX), batch_size=AT_ONCE)
    return before


@kernel_action
def undo_assets(*, authority: UUID, batch: UUID, before: Before, by: UUID | None, now: datetime) -> int:
    """Take back things of that list that nothing was reported of, and put those it moved where they were; returns how many stay."""
    written = Asset.objects.select_for_update(of=("self",)).filter(authority_id=authority, imported=batch)
    reported = Report.objects.filter(authority_id=authority, asset__isnull=False).values("asset")
    asked = OrderAsked.objects.filter(authority_id=authority).values("asset")
    gone = list(written.exclude(pk__in=reported).exclude(pk__in=asked).values_list("id", flat=True))
    Asset.objects.filter(authority_id=authority, pk__in=gone).delete()
    stayed = written.count()
    back = _move_back(authority, before)
    left = stayed + len(before) - back
    record(
        kind="report.things-import-undone",
        authority=authority,
        by=by,
        fields={"batch": batch, "removed": len(gone), "restored": back, "left": left},
        now=now,
    )
    return left


def _move_back(authority: UUID, before: Before) -> int:
    """Those that nobody moved since, to where they were."""
    was = {UUID(str(each["id"])): each for each in before}
    rows = list(Asset.objects.select_for_update(of=("self",)).filter(authority_id=authority, pk__in=was))
    # What was imported before there were lines says nothing of one.
    back = [row for row in rows if _told(row) == {name: was[row.pk].get(f"new_{name}", "") for name in MOVABLE}]
    for row in back:
        _tell(row, was[row.pk])
    Asset.objects.bulk_update(back, (*MOVABLE, *BOX), batch_size=AT_ONCE)
    return len(back)
