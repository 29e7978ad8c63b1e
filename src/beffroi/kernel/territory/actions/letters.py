"""The invitations' outbox: claimed for the length of an attempt, marked by what became of it; at least once."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from beffroi.kernel.territory.models import Invitation, LetterState
from beffroi.kernel.territory.rules import LEASE, PAUSES
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action


@kernel_action
def claim_letters(*, now: datetime, most: int) -> list[Invitation]:
    """Letters whose time has come: nobody else takes them until the attempt is over."""
    due = Invitation.objects.select_for_update(of=("self",), skip_locked=True).filter(
        letter=LetterState.QUEUED, due_at__lte=now
    )
    of = ("organisation__authority", "organisation__serves", "organisation__steward")
    rows = list(due.select_related(*of).order_by("due_at", "id")[:most])
    Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    for row in rows:
        row.attempts += 1
    return rows


@kernel_action
def note_letter(*, invitation: UUID, attempt: int, round_: int, handover: Handover, now: datetime) -> None:
    """What became of an attempt; nothing, when the invitation has another code by now or was closed."""
    rows = Invitation.objects.filter(pk=invitation, round=round_, letter=LetterState.QUEUED)
    if handover.outcome is Outcome.HANDED_OVER:
        rows.update(letter=LetterState.HANDED_OVER, due_at=None, fault="")
    elif handover.outcome in {Outcome.AGAIN, Outcome.LATE} and attempt <= len(PAUSES):
        rows.update(due_at=now + PAUSES[attempt - 1], fault=handover.fault[:60])
    else:
        rows.update(letter=LetterState.FAILED, due_at=None, fault=handover.fault[:60])
