"""Rights to open a photo as it came: asked with a reason, given by rule for some minutes, looked at each time, taken back."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import OriginalRight, Photo
from beffroi.systems.reports.rules import RIGHT_LASTS, Unsealing


@system_action
def ask_original(*, photo: Photo, reason: Unsealing, by: UUID, now: datetime) -> OriginalRight:
    """Give somebody of the authority the right to open it, for a reason of the list: the rule admits its agents and administrators, whom
    the caller's query let through. Who holds one that is not over keeps that one.
    """
    # One at a time of a person on a photo: who asks twice in the same moment waits here.
    row = Photo.objects.select_for_update().get(authority_id=photo.authority_id, pk=photo.pk)
    held = OriginalRight.objects.filter(photo=row, person_id=by, closed_at__isnull=True)
    there = held.filter(ends__gt=now, reason=reason.value).first()
    if there is not None:
        return there
    for other in held.filter(ends__gt=now):
        fields = _fields(other, row.report_id)
        record(kind="report.original-closed", authority=row.authority_id, by=by, fields=fields, now=now)
    held.update(closed_at=now)
    right = OriginalRight.objects.create(
        authority_id=row.authority_id,
        photo=row,
        person_id=by,
        reason=reason.value,
        starts=now,
        ends=now + RIGHT_LASTS,
    )
    fields = {**_fields(right, row.report_id), "reason": reason.value, "ends": right.ends}
    record(kind="report.original-granted", authority=row.authority_id, by=by, fields=fields, now=now)
    return right


@system_action
def open_original(*, right: OriginalRight, by: UUID, now: datetime) -> bool:
    """The holder is about to read the photo's bytes: whether the right still holds, now. Admitted or refused, it leaves an entry."""
    rows = OriginalRight.objects.select_for_update(of=("self",)).select_related("photo")
    row = rows.get(authority_id=right.authority_id, pk=right.pk)
    holds = row.person_id == by and row.closed_at is None and now < row.ends
    kind = "report.original-seen" if holds else "report.original-refused"
    fields = _fields(row, row.photo.report_id)
    record(kind=kind, authority=row.authority_id, by=by, fields=fields, now=now)
    return holds


@system_action
def close_original(*, right: OriginalRight, by: UUID | None, now: datetime) -> bool:
    """It is given back, or taken back, before its minutes are over; False when it was over."""
    rows = OriginalRight.objects.filter(authority_id=right.authority_id, pk=right.pk, closed_at__isnull=True)
    if not rows.filter(ends__gt=now).update(closed_at=now):
        return False
    fields = _fields(right, right.photo.report_id)
    record(kind="report.original-closed", authority=right.authority_id, by=by, fields=fields, now=now)
    return True


def _fields(right: OriginalRight, report: UUID) -> dict[str, str | UUID | datetime]:
    return {"report": report, "photo": right.photo_id, "right": right.pk}
