"""Answers that an authority writes beforehand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Wording


@system_action
def keep_wordings(*, wordings: Sequence[Wording], by: UUID | None, now: datetime) -> None:
    """Answers as they were filled in, new or changed. Raises Django's ValidationError."""
    for row in wordings:
        row.full_clean()
        row.save()
        _note(row, by, now)


@system_action
def retire_wording(*, wording: Wording, retired: bool, by: UUID | None, now: datetime) -> None:
    """It is offered no more, or is again."""
    rows = Wording.objects.filter(authority_id=wording.authority_id, pk=wording.pk, retired_at__isnull=retired)
    if rows.update(retired_at=now if retired else None):
        _note(wording, by, now)


@system_action
def move_wording(*, wording: Wording, up: bool, by: UUID | None, now: datetime) -> None:
    """It stands one place higher, or lower, among those that are offered."""
    rows = Wording.objects.select_for_update().filter(authority_id=wording.authority_id, retired_at__isnull=True)
    keys = list(rows.order_by("order", "label", "id").values_list("pk", flat=True))
    if wording.pk not in keys:
        return
    at = keys.index(wording.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(keys):
        return
    keys[at], keys[other] = keys[other], keys[at]
    places = {key: 10 * (place + 1) for place, key in enumerate(keys)}
    changed = list(rows)
    for row in changed:
        row.order = places[row.pk]
    Wording.objects.bulk_update(changed, ["order"])
    _note(wording, by, now)


def _note(row: Wording, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"part": "wording", "subject": row.pk}
    record(kind="report.rules-changed", authority=row.authority_id, by=by, fields=fields, now=now)
