"""Reports on their way to somebody else's Open311 server: written in the act that hands them over, claimed and carried by the worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F

from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.reports.actions.making import show
from beffroi.systems.reports.actions.notices import LEASE, PAUSES, drop_notices, tell_photos
from beffroi.systems.reports.actions.outbox import queue_push
from beffroi.systems.reports.errors import NotOpen
from beffroi.systems.reports.models import Line, Push, PushState, Report, Server
from beffroi.systems.reports.queries.servers import server_for
from beffroi.systems.reports.rules import OPEN

# A number that a token becomes is asked for after so long: some servers wait for a person. A week, then it is given up.
TOKEN_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, *[1440] * 6))
READ_EVERY: Final = timedelta(minutes=5)
# A server that doesn't answer is asked less and less often, up to once in so long.
RARELY: Final = timedelta(hours=1)


@system_action
def send_report(*, report: Report, by: UUID | None, now: datetime) -> None:
    """Somebody has it sent, or sent again. Raises NotOpen where nothing is to be sent."""
    row = Report.objects.select_for_update(of=("self",)).get(authority_id=report.authority_id, pk=report.pk)
    server = server_for(row)
    if server is None or row.stage not in OPEN:
        raise NotOpen
    if not queue_push(report=row, server=server, now=now):
        raise NotOpen
    Line.objects.create(
        authority_id=row.authority_id,
        report=row,
        at=now,
        kind="sending",
        public=False,
        author_id=by,
        organisation_id=row.organisation_id,
    )
    show(report=row)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt at a push. `lost`: it was posted before, and nobody knows what became of it; `wanted`: it is still theirs to mend, and
    open, so that it is posted where it isn't found.
    """

    push: UUID
    attempt: int
    state: PushState
    lost: bool
    wanted: bool


@kernel_action
def claim_pushes(*, now: datetime, most: int) -> list[Claimed]:
    """Those whose time has come, for the length of an attempt; one that never left and that somebody else has by now is dropped."""
    due = Push.objects.select_for_update(of=("self",), skip_locked=True).filter(
        due_at__lte=now, server__paused_at__isnull=True, server__ended_at__isnull=True
    )
    rows = list(due.select_related("server", "report").order_by("due_at", "id")[:most])
    wanted = {row.pk for row in rows if _wanted(row)}
    gone = {row.pk for row in rows if row.first_at is None and row.pk not in wanted}
    Push.objects.filter(pk__in=gone).update(state=PushState.DROPPED.value, due_at=None)
    drop_notices(pushes=gone)
    left = [row for row in rows if row.pk not in gone]
    tries = Push.objects.filter(pk__in=[row.pk for row in left])
    tries.filter(first_at__isnull=True).update(first_at=now)
    tries.update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return [
        Claimed(row.pk, row.attempts + 1, PushState(row.state), row.first_at is not None, row.pk in wanted)
        for row in left
    ]


def _wanted(push: Push) -> bool:
    return push.report.stage in OPEN and push.report.organisation_id == push.server.organisation_id


@dataclass(frozen=True, slots=True)
class Given:
    """What the server gave: its number, a token that becomes one, or neither; `photo` left with the report, as (photo, version)."""

    remote: str = ""
    token: str = ""
    photo: tuple[UUID, int] | None = None


@system_action
def note_given(*, claimed: Claimed, given: Given, now: datetime) -> None:
    """It is there. The thread says so once."""
    push = _held(claimed)
    if push is None:
        return
    push.fault, push.said, push.sent_at = "", "", push.sent_at or now
    push.remote, push.token = given.remote[:120], given.token[:120] or push.token
    first = push.state == PushState.QUEUED
    if push.token and not push.remote and (first or claimed.attempt < len(TOKEN_PAUSES)):
        push.attempts = 0 if first else push.attempts
        push.state, push.due_at = PushState.NUMBERED_LATER.value, now + TOKEN_PAUSES[push.attempts]
    else:
        push.state, push.due_at = (PushState.TAKEN if push.remote else PushState.BLIND).value, None
    push.save()
    tell_photos(push=push, sent=given.photo, now=now)
    if push.state == PushState.BLIND:
        drop_notices(pushes=[push.pk])
    if push.due_at is None:
        _say(push, "sent", push.remote, now)


@system_action
def drop_push(*, claimed: Claimed) -> None:
    """It isn't there, and by now somebody else has it, or it is closed: it stays here."""
    rows = Push.objects.filter(pk=claimed.push, attempts=claimed.attempt, state=claimed.state.value)
    if rows.update(state=PushState.DROPPED.value, due_at=None, fault="", said=""):
        drop_notices(pushes=[claimed.push])


@system_action
def note_trouble(*, claimed: Claimed, handover: Handover, said: str, now: datetime) -> None:
    """It isn't there, or nobody knows: it is tried again, or given up, which the thread says to whoever handles it."""
    push = _held(claimed)
    if push is None:
        return
    push.fault, push.said = handover.fault[:60], said[:300]
    pauses = TOKEN_PAUSES if push.state == PushState.NUMBERED_LATER else PAUSES
    if handover.outcome in {Outcome.AGAIN, Outcome.LATE} and claimed.attempt <= len(pauses):
        push.due_at = now + max(pauses[claimed.attempt - 1], timedelta(seconds=handover.wait or 0))
        push.save()
        return
    lost = push.state == PushState.NUMBERED_LATER
    push.state, push.due_at = (PushState.BLIND if lost else PushState.FAILED).value, None
    push.save()
    drop_notices(pushes=[push.pk])
    _say(push, "sent" if lost else "unsent", "" if lost else push.said, now)


def _held(claimed: Claimed) -> Push | None:
    rows = Push.objects.select_for_update(of=("self",)).select_related("report", "server")
    return rows.filter(pk=claimed.push, attempts=claimed.attempt, state=claimed.state.value).first()


def _say(push: Push, kind: str, text: str, now: datetime) -> None:
    Line.objects.create(
        authority_id=push.authority_id,
        report=push.report,
        at=now,
        kind=kind,
        public=False,
        text=text,
        organisation_id=push.server.organisation_id,
    )
    show(report=push.report)


@kernel_action
def claim_servers(*, now: datetime, most: int) -> list[tuple[UUID, int]]:
    """Servers to read, as (server, attempt): those that have reports of ours."""
    due = Server.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
    rows = list(due.order_by("due_at", "id")[:most])
    Server.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + READ_EVERY, attempts=F("attempts") + 1)
    return [(row.pk, row.attempts + 1) for row in rows]


@system_action
def note_read(*, server: UUID, attempt: int, until: datetime, by_request: bool, now: datetime) -> None:
    """What it says was read up to there; `by_request` that it has no updates."""
    Server.objects.filter(pk=server, attempts=attempt).update(
        read_until=until, by_request=by_request, fault="", answered_at=now, attempts=0
    )


@system_action
def note_unread(*, server: UUID, attempt: int, fault: str, now: datetime) -> None:
    """It could not be read: what it says meanwhile is read the next time."""
    rows = Server.objects.filter(pk=server, attempts=attempt, due_at__isnull=False)
    rows.update(fault=fault[:60], due_at=now + min(READ_EVERY * attempt, RARELY))


@system_action
def note_status(*, push: UUID, status: str) -> None:
    """What a server without updates says of it now, so that it is told once."""
    Push.objects.filter(pk=push).update(status=status[:60])


@system_action
def note_joined(*, push: UUID, number: str) -> None:
    """It was joined there to another, whose number this is; "" once it goes on by itself again."""
    Push.objects.filter(pk=push).update(joined=number)
