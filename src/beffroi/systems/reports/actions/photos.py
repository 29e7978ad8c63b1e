"""Photos on their way: re-encoded by a worker, checked by staff before anybody else sees them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F

from beffroi.kernel.register.actions import record
from beffroi.lib.hiding import Area
from beffroi.lib.photographs import Photograph
from beffroi.lib.positions import Position
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.reports.actions.making import show
from beffroi.systems.reports.actions.notices import tell_photo
from beffroi.systems.reports.models import Photo, Report
from beffroi.systems.reports.queries.files import erase_original, keep_files
from beffroi.systems.reports.rules import PhotoState

# A worker that dies while it re-encodes leaves the photo to another one after this long.
LEASE: Final = timedelta(minutes=2)
PUT_OFF: Final = timedelta(minutes=15)
MOST_ATTEMPTS: Final = 5


@kernel_action
def claim_photos(*, now: datetime, most: int) -> list[tuple[UUID, int]]:
    """Photos that wait to be re-encoded, as (photo, attempt), for the length of a lease; one that was tried too often is given up."""
    due = Photo.objects.select_for_update(skip_locked=True).filter(state=PhotoState.QUEUED.value, due_at__lte=now)
    rows = list(due.order_by("due_at", "id")[:most])
    tired = [row.pk for row in rows if row.attempts >= MOST_ATTEMPTS]
    Photo.objects.filter(pk__in=tired).update(state=PhotoState.UNREADABLE.value, due_at=None)
    left = [row for row in rows if row.pk not in tired]
    Photo.objects.filter(pk__in=[row.pk for row in left]).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return [(row.pk, row.attempts + 1) for row in left]


@kernel_action
def note_fault(*, photo: UUID, attempt: int, fault: str) -> None:
    """Keep the kind of what went wrong; it is tried again when its lease is over."""
    Photo.objects.filter(pk=photo, attempts=attempt).update(fault=fault[:60])


@kernel_action
def put_off_photo(*, photo: UUID, attempt: int, fault: str, now: datetime) -> None:
    """Nothing is wrong with it: what opens it isn't there (the key that sealed it). It is tried again later, however often."""
    rows = Photo.objects.filter(pk=photo, attempts=attempt, state=PhotoState.QUEUED.value)
    rows.update(due_at=now + PUT_OFF, attempts=0, fault=fault[:60])


@system_action
def keep_encoded(
    *, photo: UUID, attempt: int, width: int, height: int, taken_at: datetime | None, position: Position | None
) -> bool:
    """Its files to show are there: it waits for staff. What the phone said of its time and place stays; False when another worker was
    faster.
    """
    row = _queued(photo, attempt)
    if row is None:
        return False
    row.state, row.due_at, row.fault = PhotoState.WAITING.value, None, ""
    row.width, row.height = width, height
    row.taken_at = row.taken_at or taken_at
    if row.latitude is None and position is not None:
        row.latitude, row.longitude = position.latitude, position.longitude
    row.save()
    show(report=row.report)
    return True


@system_action
def give_up_photo(*, photo: UUID, attempt: int, fault: str) -> bool:
    """It is no photo that can be read: its author and staff see that it could not be; its original goes on time."""
    row = _queued(photo, attempt)
    if row is None:
        return False
    row.state, row.due_at, row.fault = PhotoState.UNREADABLE.value, None, fault[:60]
    row.save()
    show(report=row.report)
    return True


def _queued(photo: UUID, attempt: int) -> Photo | None:
    rows = Photo.objects.select_for_update(of=("self",)).select_related("report")
    return rows.filter(pk=photo, attempts=attempt, state=PhotoState.QUEUED.value).first()


@system_action
def decide_photo(
    *, photo: Photo, shown: bool, areas: Sequence[Area], made: Photograph | None, by: UUID | None, now: datetime
) -> Photo | None:
    """Staff checked a photo, `made` again with these areas hidden if there are any, or refused it; None when somebody else decided since
    they looked. The files of a new version are written under the row's lock, so that they are those of whoever decides.
    """
    rows = Photo.objects.select_for_update(of=("self",)).select_related("report")
    row = rows.filter(authority_id=photo.authority_id, pk=photo.pk, version=photo.version, state=photo.state).first()
    if row is None or row.state in (PhotoState.QUEUED.value, PhotoState.UNREADABLE.value):
        return None
    row.state = (PhotoState.CHECKED if shown else PhotoState.REFUSED).value
    if made is not None:
        row.version += 1
        keep_files(row, made)
        row.areas = [*row.areas, *([one.left, one.top, one.right, one.bottom] for one in areas)]
    row.save()
    Report.objects.filter(pk=row.report_id).update(changed_at=now)
    record(
        kind="report.photo-decided",
        authority=row.authority_id,
        by=by,
        fields={"report": row.report_id, "photo": row.pk, "outcome": row.state, "hidden": len(areas)},
        now=now,
    )
    if shown:
        tell_photo(report=row.report, photo=row, now=now)
    show(report=row.report)
    return row


@kernel_action
def erase_originals(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy these originals; their photos stay. Retention decides which, and leaves the entry. Files go first: were the rest undone, it
    is done again.
    """
    rows = list(Photo.objects.select_for_update().filter(pk__in=keys, original_until__isnull=False))
    for row in rows:
        erase_original(row)
    return Photo.objects.filter(pk__in=[row.pk for row in rows]).update(original_until=None)
