"""What an authority writes on its sheet, and that it was printed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.upkeep.models import Sheet
from beffroi.persistence.acts import kernel_action

WRITTEN = ("first", "calls", "keys")


@kernel_action
def write_sheet(*, authority: UUID, texts: Mapping[str, str], by: UUID) -> None:
    """What to do first, whom to call, where the keys are."""
    row, _made = Sheet.objects.select_for_update().get_or_create(authority_id=authority)
    for name in WRITTEN:
        setattr(row, name, texts[name])
    row.full_clean()
    row.save(update_fields=list(WRITTEN))


@kernel_action
def note_printed(*, authority: UUID, digest: str, by: UUID, now: datetime) -> None:
    """The paper with this content is where people find it."""
    Sheet.objects.update_or_create(
        authority_id=authority, defaults={"printed_at": now, "printed_by_id": by, "digest": digest}
    )
    record(kind="upkeep.sheet-printed", authority=authority, by=by, fields={"digest": digest}, now=now)


@kernel_action
def forget_printers(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget who printed: people whose name is erased. The paper stays printed."""
    return Sheet.objects.filter(printed_by__in=[UUID(key) for key in keys]).update(printed_by=None)
