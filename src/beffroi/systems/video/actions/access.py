"""Inhabitants' requests about images of themselves: asked, given more time, answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.deadlines.actions import cancel_deadline, meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.video.actions.letters import write_letter
from beffroi.systems.video.models import AccessRequest, Site
from beffroi.systems.video.rules import ANSWER_MONTHS, ANSWER_SOON, LONGER_MONTHS, Answer, Right, Told, months_after

ANSWERED = "video.access"
SOON = "video.access-soon"
DUE = "video.access-due"
# Two presses of one button, at once: the second waits for the first, and finds what it made.
_SUBMITTED = "SELECT pg_advisory_xact_lock(hashtextextended('video.access ' || %s, 0))"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants, in their words, and where the answer goes."""

    right: Right
    name: str
    contact: str
    words: str
    language: str = "fr"


@system_action
def ask_access(
    *, site: Site, wish: Wish, by: UUID | None, now: datetime, submission: UUID | None = None
) -> AccessRequest:
    """An inhabitant asks; the clock runs from now on (`by`: the agent who wrote it down for them, if one did). The same submission twice
    is one request.
    """
    if submission is not None:
        with connection.cursor() as cursor:
            cursor.execute(_SUBMITTED, [str(submission)])
        there = AccessRequest.objects.filter(authority_id=site.authority_id, submission=submission).first()
        if there is not None:
            return there
    row = AccessRequest(
        authority_id=site.authority_id,
        site=site,
        right=wish.right.value,
        name=wish.name.strip(),
        contact=wish.contact.strip(),
        words=wish.words.strip(),
        submission=submission,
        language=wish.language,
        asked_at=now,
        due_at=months_after(now, ANSWER_MONTHS),
    )
    row.full_clean()
    row.save()
    _promise(row, since=now)
    write_letter(request=row, told=Told.RECEIVED, now=now)
    record(
        kind="video.access-asked",
        authority=row.authority_id,
        by=by,
        fields={"request": row.id, "site": site.id, "right": row.right, "due": row.due_at},
        now=now,
    )
    return row


def _promise(row: AccessRequest, *, since: datetime) -> None:
    for kind, before in ((ANSWERED, timedelta()), (SOON, ANSWER_SOON)):
        set_deadline(
            kind=kind,
            authority=row.authority_id,
            subject=row.id,
            since=since,
            promise=max(row.due_at - before - since, timedelta()),
        )


@system_action
def extend_access(*, request: AccessRequest, why: str, by: UUID, now: datetime) -> bool:
    """Two more months, said with the reason within the first (RGPD, article 12.3); False when it is too late, or was done."""
    row = _held(request)
    if row.answered_at or row.extended_at or now >= row.due_at:
        return False
    row.due_at, row.extended_at, row.extended_why = months_after(row.asked_at, LONGER_MONTHS), now, why.strip()
    row.save(update_fields=["due_at", "extended_at", "extended_why"])
    for kind in (ANSWERED, SOON):
        cancel_deadline(kind=kind, authority=row.authority_id, subject=row.id, reason="extended", by=by, now=now)
    end_alert(authority=row.authority_id, kind=DUE, subject=row.id, reason="extended", now=now, by=by)
    _promise(row, since=now)
    write_letter(request=row, told=Told.LONGER, now=now)
    record(
        kind="video.access-extended",
        authority=row.authority_id,
        by=by,
        fields={"request": row.id, "due": row.due_at},
        now=now,
    )
    return True


@system_action
def answer_access(*, request: AccessRequest, answer: Answer, said: str, by: UUID, now: datetime) -> bool:
    """Answer it; False when somebody did already. Raises Django's ValidationError for a refusal without words."""
    row = _held(request)
    if row.answered_at:
        return False
    row.answer, row.said, row.answered_at = answer.value, said.strip(), now
    row.full_clean()
    row.save(update_fields=["answer", "said", "answered_at"])
    for kind in (ANSWERED, SOON):
        meet_deadline(kind=kind, authority=row.authority_id, subject=row.id, at=now)
    end_alert(authority=row.authority_id, kind=DUE, subject=row.id, reason="answered", now=now, by=by)
    write_letter(request=row, told=Told.ANSWERED, now=now)
    record(
        kind="video.access-answered",
        authority=row.authority_id,
        by=by,
        fields={"request": row.id, "answer": answer.value, "kept": int(now <= row.due_at)},
        now=now,
    )
    return True


@kernel_action
def tell_access_due(*, authority: UUID, request: UUID, now: datetime) -> None:
    """A week is left, or none: whoever administers is told once, unless it was answered since."""
    row = AccessRequest.objects.select_related("site").filter(authority_id=authority, pk=request).first()
    if row is None or row.answered_at:
        return
    raise_alert(
        authority=authority,
        kind=DUE,
        subject=row.id,
        resource=row.id,
        where=Where(row.site.name),
        since=row.asked_at,
        organisation=None,
        convention=None,
        facts={"due": row.due_at.isoformat()},
        now=now,
    )


def _held(request: AccessRequest) -> AccessRequest:
    return AccessRequest.objects.select_for_update(of=("self",)).get(authority_id=request.authority_id, pk=request.pk)
