"""Exports: asked for, claimed by a worker, ready for a day, erased. Each leaves its entry but the making, which is the house's own work."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.kernel.townhall.registry import EXPORT_ENDS
from beffroi.persistence.acts import current_stead, kernel_action, system_action

KEPT: Final = timedelta(hours=24)
# A worker that dies while making one loses it to another after this long.
LEASE: Final = timedelta(minutes=30)


@kernel_action
def ask_export(*, authority: UUID, by: UUID, now: datetime) -> Export:
    """Ask for everything; while one is being made, that one is it."""
    export, created = Export.objects.get_or_create(
        authority_id=authority, state=ExportState.WAITING, defaults={"asked_by_id": by, "asked_at": now}
    )
    if created:
        record(kind="export.asked", authority=authority, by=by, fields={"export": export.id}, now=now)
    return export


@kernel_action
def claim_export(*, now: datetime) -> Export | None:
    """One that waits, for this worker alone until its lease ends."""
    waiting = Export.objects.select_for_update(skip_locked=True).filter(state=ExportState.WAITING)
    export = waiting.filter(Q(again_at=None) | Q(again_at__lte=now)).order_by("asked_at").first()
    if export is not None:
        export.again_at = now + LEASE
        export.save(update_fields=["again_at"])
    return export


@kernel_action
def finish_export(*, export: UUID, size: int, digest: str, now: datetime) -> bool:
    """Its file is there: it can be taken for a day. False when another worker made it meanwhile."""
    row = Export.objects.select_for_update().get(pk=export)
    if row.state != ExportState.WAITING:
        return False
    row.state, row.ready_at, row.ends_at = ExportState.READY, now, now + KEPT
    row.size, row.digest = size, digest
    row.save(update_fields=["state", "ready_at", "ends_at", "size", "digest"])
    set_deadline(kind=EXPORT_ENDS, authority=row.authority_id, subject=row.id, since=now, promise=KEPT)
    return True


@kernel_action
def take_export(*, export: Export, by: UUID, now: datetime) -> None:
    """Somebody takes the file away."""
    fields: dict[str, UUID | str] = {"export": export.id, "digest": export.digest}
    record(kind="export.taken", authority=export.authority_id, by=by, fields=fields, now=now)


@system_action
def record_export(*, export: UUID, authority: UUID, digest: str, by: UUID | None, now: datetime) -> None:
    """Whoever keeps the installation took everything by its command: that file is theirs to keep and to destroy."""
    fields: dict[str, UUID | str] = {"export": export, "digest": digest}
    record(kind="export.taken", authority=authority, by=by, fields=fields, now=now)


@kernel_action
def erase_export(*, export: UUID, by: UUID | None, now: datetime) -> None:
    """Its file is gone."""
    row = Export.objects.select_for_update().get(pk=export)
    if row.state != ExportState.READY:
        return
    row.state, row.ends_at = ExportState.ERASED, now
    row.save(update_fields=["state", "ends_at"])
    record(kind="export.erased", authority=row.authority_id, by=by, fields={"export": row.id}, now=now)


@kernel_action
def show_own_data(*, by: UUID) -> None:
    """All that is held of somebody is shown: one's own look leaves no trace, an agent's in one's stead does."""
    stead = current_stead()
    if stead is not None:
        stead.note("show_own_data")
