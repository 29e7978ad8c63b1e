"""What is sent to whoever asked about images of themselves: by e-mail where that is what they gave, else printed and posted by hand."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.models import F

from beffroi.kernel.register.actions import record
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake
from beffroi.systems.video.models import AccessLetter, AccessRequest
from beffroi.systems.video.rules import (
    LETTER_LEASE,
    LETTER_PAUSES,
    RECEIVED_MOST,
    RECEIVED_WITHIN,
    LetterState,
    Told,
    mailbox,
)

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('video.mailbox ' || %s, 0))"


@kernel_action
def write_letter(*, request: AccessRequest, told: Told, now: datetime) -> AccessLetter:
    """Tell whoever asked. What was not posted yet is not worth posting any more: the new letter says how it stands. Part of the act that
    it tells of, whose entry it is. That a request is received isn't mailed to a mailbox that was told so several times that day: whoever
    asked has its page, and nobody else is flooded by what strangers type.
    """
    rows = AccessLetter.objects.filter(authority_id=request.authority_id, request=request)
    rows.filter(state=LetterState.PAPER).update(state=LetterState.DROPPED)
    mailed = _is_email(request.contact)
    state = LetterState.QUEUED if mailed else LetterState.PAPER
    if mailed and told is Told.RECEIVED and _told_enough(request.contact, now):
        state = LetterState.DROPPED
    letter = AccessLetter.objects.create(
        authority_id=request.authority_id,
        request=request,
        told=told.value,
        state=state,
        written_at=now,
        due_at=now if state is LetterState.QUEUED else None,
    )
    if state is LetterState.QUEUED:
        wake(LETTERS_WAIT)
    return letter


def _told_enough(contact: str, now: datetime) -> bool:
    """Whether that mailbox was told often enough, in all authorities; those who are told at once are counted one after another."""
    box = mailbox(contact)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [box])
    lately = AccessLetter.objects.filter(told=Told.RECEIVED, written_at__gt=now - RECEIVED_WITHIN)
    mails = lately.exclude(state=LetterState.DROPPED).filter(request__contact__iendswith=f"@{box.rpartition('@')[2]}")
    told = [mailbox(each) for each in mails.values_list("request__contact", flat=True)]
    return told.count(box) >= RECEIVED_MOST


def _is_email(contact: str) -> bool:
    try:
        validate_email(contact)
    except ValidationError:
        return False
    return True


@kernel_action
def claim_letters(*, now: datetime, most: int) -> list[AccessLetter]:
    """Letters whose time has come: nobody else takes them until the attempt is over."""
    due = AccessLetter.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=LetterState.QUEUED, due_at__lte=now
    )
    rows = list(due.select_related("request__site", "request__authority").order_by("due_at", "id")[:most])
    AccessLetter.objects.filter(pk__in=[row.pk for row in rows]).update(
        due_at=now + LETTER_LEASE, attempts=F("attempts") + 1
    )
    for row in rows:
        row.attempts += 1
    return rows


@kernel_action
def note_letter(*, letter: UUID, attempt: int, handover: Handover, now: datetime) -> None:
    """What became of an attempt. One that cannot be sent is printed and posted."""
    rows = AccessLetter.objects.filter(pk=letter, attempts=attempt, state=LetterState.QUEUED)
    if handover.outcome is Outcome.HANDED_OVER:
        rows.update(state=LetterState.SENT, due_at=None, gone_at=now)
    elif handover.outcome in {Outcome.AGAIN, Outcome.LATE} and attempt <= len(LETTER_PAUSES):
        rows.update(due_at=now + LETTER_PAUSES[attempt - 1])
    else:
        rows.update(state=LetterState.PAPER, due_at=None)


@system_action
def post_letter(*, request: AccessRequest, by: UUID, now: datetime) -> bool:
    """Somebody printed the letter that waits and posted it; False when none waits."""
    rows = AccessLetter.objects.select_for_update().filter(authority_id=request.authority_id, request=request)
    letter = rows.filter(state=LetterState.PAPER).order_by("-written_at", "pk").first()
    if letter is None:
        return False
    letter.state, letter.gone_at = LetterState.POSTED, now
    letter.save(update_fields=["state", "gone_at"])
    record(
        kind="video.access-letter-posted",
        authority=request.authority_id,
        by=by,
        fields={"request": request.pk, "told": str(letter.told)},
        now=now,
    )
    return True
