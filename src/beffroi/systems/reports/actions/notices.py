"""What a server is told of a report that it has: written in the act itself, claimed and carried by the worker."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.reports.models import Line, Notice, NoticeState, Photo, Push, PushState, Report
from beffroi.systems.reports.queries.reports import shown_photos

# It is tried again after so long, then given up: a day and a half, of the 48 hours that were promised.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 720))
# One worker's attempt: a look for what was lost, then a post, each with a time-out of its own.
LEASE: Final = timedelta(minutes=2)
GOING: Final = (PushState.QUEUED.value, PushState.NUMBERED_LATER.value, PushState.TAKEN.value)
SAID: Final = frozenset({"staged", "stepped-back", "closed", "reopened", "merged", "parted", "said"})


@kernel_action
def tell_server(*, report: Report, line: Line, now: datetime) -> None:
    """Have the server of whoever has it in charge told of a line, if the report is there or about to be: words that anybody may read; of a
    private line only the stage. What a program or another server said goes no further: no circles. Part of the act that leaves the line.
    """
    words = line.text if line.public else ""
    if line.remote or line.held or line.kind not in SAID or not (line.stage or words):
        return
    _write(report, report.organisation_id, line, now)


@kernel_action
def tell_handed(*, report: Report, line: Line, was: UUID, now: datetime) -> None:
    """Have the server of whoever had it in charge told that it is theirs no more, and that of whoever has it again that it is, with the
    photos that were checked meanwhile. Part of the act that hands it over.
    """
    if not line.remote and was != report.organisation_id:
        _write(report, was, line, now)
        _write(report, report.organisation_id, line, now)
        there = Push.objects.filter(report=report, server__organisation_id=report.organisation_id)
        for push in there.filter(server__ended_at__isnull=True, state=PushState.TAKEN.value).select_related("server"):
            tell_photos(push=push, sent=None, now=now)


def _write(report: Report, organisation: UUID, line: Line, now: datetime) -> None:
    pushes = Push.objects.filter(report=report, server__organisation_id=organisation, server__ended_at__isnull=True)
    rows = [_row(push, now, line=line) for push in pushes.filter(state__in=GOING)]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _row(push: Push, now: datetime, *, line: Line | None = None, photo: Photo | None = None) -> Notice:
    version = photo.version if photo else 0
    return Notice(
        authority_id=push.authority_id, push=push, line=line, photo=photo, version=version, made_at=now, due_at=now
    )


@kernel_action
def tell_photo(*, report: Report, photo: Photo, now: datetime) -> None:
    """Have those who have it in charge told of a photo that was checked. Part of the act that shows it."""
    if not report.category.public:
        return
    pushes = Push.objects.filter(report=report, server__ended_at__isnull=True, state__in=GOING)
    rows = [_row(push, now, photo=photo) for push in pushes.filter(server__organisation_id=report.organisation_id)]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


@kernel_action
def tell_photos(*, push: Push, sent: tuple[UUID, int] | None, now: datetime) -> None:
    """GeoReport takes one photo with a report: `sent`, as (photo, version). Have the others that are checked follow, while it is theirs.
    Part of noting that it is there, or of giving it to them again.
    """
    theirs = push.report.organisation_id == push.server.organisation_id and push.report.category.public
    shown = list(shown_photos([push.report_id], whole=False)) if theirs else []
    Notice.objects.bulk_create([_row(push, now, photo=photo) for photo in shown], ignore_conflicts=True)
    if sent is not None:
        left = Notice.objects.filter(push=push, photo_id=sent[0], version=sent[1])
        left.update(state=NoticeState.TAKEN.value, first_at=now, due_at=None)


@kernel_action
def drop_notices(*, pushes: Collection[UUID]) -> None:
    """These reports aren't there: nobody there is told anything of them."""
    Notice.objects.filter(push_id__in=pushes, due_at__isnull=False).delete()


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt at telling. `lost`: it was posted before, and nobody knows what became of it."""

    notice: UUID
    attempt: int
    lost: bool


@kernel_action
def claim_notices(*, now: datetime, most: int) -> list[Due]:
    """Those whose time has come, for the length of an attempt: of one report in the order in which they were said."""
    before = Notice.objects.filter(push=OuterRef("push"), due_at__isnull=False, made_at__lt=OuterRef("made_at"))
    due = Notice.objects.select_for_update(of=("self",), skip_locked=True).filter(
        ~Exists(before),
        due_at__lte=now,
        push__state=PushState.TAKEN.value,
        push__server__paused_at__isnull=True,
        push__server__ended_at__isnull=True,
    )
    rows = list(due.order_by("due_at", "id")[:most])
    tries = Notice.objects.filter(pk__in=[row.pk for row in rows])
    tries.filter(first_at__isnull=True).update(first_at=now)
    tries.update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return [Due(row.pk, row.attempts + 1, row.first_at is not None) for row in rows]


@system_action
def note_told(*, due: Due, remote: str) -> None:
    """It is there, under that number of theirs."""
    _held(due).update(state=NoticeState.TAKEN.value, due_at=None, remote=remote[:120], fault="")


@system_action
def forget_notice(*, due: Due) -> None:
    """There is nothing to tell any more: the photo was taken back, or is another by now."""
    _held(due).delete()


@system_action
def note_untold(*, due: Due, handover: Handover, now: datetime) -> None:
    """What went wrong, in a word: it is tried again, or given up."""
    again = handover.outcome in {Outcome.AGAIN, Outcome.LATE} and due.attempt <= len(PAUSES)
    pause = max(PAUSES[due.attempt - 1], timedelta(seconds=handover.wait or 0)) if again else None
    state = NoticeState.WAITING if again else NoticeState.FAILED
    _held(due).update(state=state.value, due_at=now + pause if pause else None, fault=handover.fault[:60])


def _held(due: Due) -> QuerySet[Notice]:
    return Notice.objects.filter(pk=due.notice, attempts=due.attempt, state=NoticeState.WAITING.value)
