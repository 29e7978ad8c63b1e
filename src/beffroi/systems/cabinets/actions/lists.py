"""A list of cabinets written down in one act, and taken back in one."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.rules import digest_of
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.imports import Before, Fate, Report, Verdict
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import CODE_ALPHABET, CODE_LENGTH, SYSTEM

AT_ONCE = 1_000
_INSERT = """
INSERT INTO cabinets_cabinet (id, authority_id, operator_id, reference, code, address, latitude, longitude,
                              ladder, door, door_sequence, added_at, imported)
SELECT id, %s, operator, reference, code, address, latitude, longitude, 'observe', 'unknown', 0, now(), %s
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::float8[])
     AS row (id, operator, reference, code, address, latitude, longitude)
ON CONFLICT DO NOTHING RETURNING id
"""
MOVABLE = ("address", "latitude", "longitude")


@kernel_action
def write_list(
    *, authority: UUID, batch: UUID, rows: Sequence[Verdict], report: Report, by: UUID | None, now: datetime
) -> Before:
    """Write new cabinets down, in *observe* and without a lock, and change where known ones stand; returns these as they were.

    A reference that somebody else wrote meanwhile is left to them. One entry counts the whole list and names it by its digest.
    """
    new, added = [row.values for row in rows if row.fate is Fate.NEW], list[UUID]()
    for start in range(0, len(new), AT_ONCE):
        added += _add(authority, batch, new[start : start + AT_ONCE])
        report(min(start + AT_ONCE, len(new)))
    before = _move(authority, {row.subject: row.values for row in rows if row.fate is Fate.CHANGED and row.subject})
    touched = [*map(str, added), *(str(each["id"]) for each in before)]
    record(
        kind="cabinet.imported",
        authority=authority,
        by=by,
        fields={"batch": batch, "added": len(added), "changed": len(before), "digest": digest_of(touched)},
        now=now,
    )
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=map(UUID, touched))
    return before


@kernel_action
def undo_list(*, authority: UUID, batch: UUID, before: Before, by: UUID | None, now: datetime) -> int:
    """Take back cabinets of that list that nothing has happened to, and put those it moved where they were; returns how many stay."""
    written = Cabinet.objects.select_for_update(of=("self",)).filter(authority_id=authority, imported=batch)
    unused = written.filter(lock__isnull=True, uses__isnull=True, occurrences__isnull=True, ladder="observe")
    gone = list(unused.values_list("id", flat=True))
    Cabinet.objects.filter(authority_id=authority, pk__in=gone).delete()
    stayed = written.count()
    back = _move_back(authority, before)
    record(
        kind="cabinet.import-undone",
        authority=authority,
        by=by,
        fields={"batch": batch, "removed": len(gone), "restored": len(back), "left": stayed + len(before) - len(back)},
        now=now,
    )
    changed(authority=authority, topic=LAYERS[SYSTEM].topic, subjects=[*gone, *back])
    return stayed + len(before) - len(back)


def _add(authority: UUID, batch: UUID, rows: Sequence[Mapping[str, str | float | None]]) -> list[UUID]:
    """A part of the list, by one statement."""
    columns: list[list[object]] = [
        [uuid4() for _row in rows],
        [str(row["operator"]) for row in rows],
        [str(row["reference"]) for row in rows],
        [*_codes(len(rows))],
        [str(row["address"]) for row in rows],
        [float(row["latitude"] or 0) for row in rows],
        [float(row["longitude"] or 0) for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [authority, batch, *columns])
        return [row[0] for row in cursor.fetchall()]


def _codes(count: int) -> list[str]:
    """Codes for stickers that no cabinet has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {
            "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))
            for _each in range(count - len(codes))
        }
        codes -= set(Cabinet.objects.filter(code__in=codes).values_list("code", flat=True))
    return sorted(codes)


def _move(authority: UUID, places: Mapping[UUID, Mapping[str, str | float | None]]) -> Before:
    """Known cabinets to where a list says that they are; what each was, and what it became."""
    rows = list(Cabinet.objects.select_for_update(of=("self",)).filter(authority_id=authority, pk__in=places))
    before: Before = []
    for row in rows:
        values = places[row.pk]
        was: dict[str, str | float | None] = {"id": str(row.pk)}
        for name in MOVABLE:
            was[name], was[f"new_{name}"] = getattr(row, name), values[name]
            setattr(row, name, values[name])
        before.append(was)
    Cabinet.objects.bulk_update(rows, MOVABLE, batch_size=AT_ONCE)
    return before


def _move_back(authority: UUID, before: Before) -> list[UUID]:
    """Those that nobody moved since, to where they were."""
    was = {UUID(str(each["id"])): each for each in before}
    rows = list(Cabinet.objects.select_for_update(of=("self",)).filter(authority_id=authority, pk__in=was))
    back = [row for row in rows if all(getattr(row, name) == was[row.pk][f"new_{name}"] for name in MOVABLE)]
    for row in back:
        for name in MOVABLE:
            setattr(row, name, was[row.pk][name])
    Cabinet.objects.bulk_update(back, MOVABLE, batch_size=AT_ONCE)
    return [row.pk for row in back]
