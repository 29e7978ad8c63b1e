"""Those who follow a report are told what becomes of it, and those who mend it what is theirs: letters are written in the act itself,
claimed and carried by the alerter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from beffroi.kernel.alerts.queries.preferences import Reached, reached
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake
from beffroi.systems.reports.models import Follower, Letter, Line, Report, Subscription
from beffroi.systems.reports.queries.errands import over
from beffroi.systems.reports.rules import ASKED_AFTER, LetterKind, LetterState, Stage, is_outcome

ASKED: Final = "reports.asked"
# What is done within so long is told in one letter.
GROUPED: Final = timedelta(minutes=2)
# An address that anybody can type is asked no more often than this in a day: nobody's mailbox is filled from here.
MOST_QUESTIONS: Final = 3
DAY: Final = timedelta(days=1)
# A letter is tried again after so long, then given up.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
LEASE: Final = timedelta(minutes=3)
A_BATCH: Final = 1_000
# So many times in a row what leaves is looked for behind what waits for the end of quiet hours.
LOOKS: Final = 50


@kernel_action
def tell_followers(*, report: Report, line: Line, now: datetime) -> None:
    """Have everybody who follows it told of an outcome, but whoever brought it about. Part of the act that leaves the line."""
    if is_outcome(line.kind, line.stage, line.text, public=line.public and not line.held):
        rows = _listening(report)
        if line.author_id is not None:
            rows = rows.exclude(person__isnull=False, person_id=line.author_id)
        _write(rows, LetterKind.OUTCOME, now, now + GROUPED)


@kernel_action
def ask_address(*, follower: Follower, now: datetime) -> None:
    """Ask an address whether it is theirs who typed it: nothing else is sent before. Part of the act that has it follow."""
    if _may_ask(follower.authority_id, follower.email, now):
        _write(Follower.objects.filter(pk=follower.pk), LetterKind.CONFIRM, now, now)
        wake(LETTERS_WAIT)


@kernel_action
def ask_subscriber(*, subscription: Subscription, now: datetime) -> None:
    """Ask an address whether it is theirs who typed it, as above. Part of the act that subscribes."""
    there = Letter.objects.filter(
        subscription=subscription, kind=LetterKind.CONFIRM.value, state=LetterState.QUEUED.value, attempts=0
    )
    if _may_ask(subscription.authority_id, subscription.email, now) and not there.exists():
        Letter.objects.create(
            authority_id=subscription.authority_id,
            subscription=subscription,
            kind=LetterKind.CONFIRM.value,
            since=now,
            due_at=now,
        )
        wake(LETTERS_WAIT)


def _may_ask(authority: UUID, email: str, now: datetime) -> bool:
    """Whether this mailbox was asked seldom enough, of whatever."""
    asked = Letter.objects.filter(authority_id=authority, kind=LetterKind.CONFIRM.value, since__gt=now - DAY)
    return asked.filter(Q(follower__email=email) | Q(subscription__email=email)).count() < MOST_QUESTIONS


@kernel_action
def ask_later(*, report: Report, now: datetime) -> None:
    """Two weeks after it was done its followers are asked whether it is. Part of the act that closes it."""
    set_deadline(kind=ASKED, authority=report.authority_id, subject=report.pk, since=now, promise=ASKED_AFTER)


@kernel_action
def ask_no_more(*, report: Report, now: datetime) -> None:
    """It is open again: the question waits until it is done once more. Part of the act that opens it."""
    meet_deadline(kind=ASKED, authority=report.authority_id, subject=report.pk, at=now)


@kernel_action
def ask_whether_mended(*, authority: UUID, report: UUID, now: datetime) -> None:
    """The question, two weeks after; nobody is asked of what is open again."""
    row = Report.objects.select_for_update().filter(authority_id=authority, pk=report, stage=Stage.DONE.value).first()
    if row is not None:
        _write(_listening(row), LetterKind.ASKED, now, now)
        wake(LETTERS_WAIT)


def _listening(report: Report) -> QuerySet[Follower]:
    rows = Follower.objects.filter(report=report, stopped_at__isnull=True)
    return rows.exclude(person__isnull=True, confirmed_at__isnull=True)


def _write(followers: QuerySet[Follower], kind: LetterKind, since: datetime, due_at: datetime) -> None:
    """One that waits already tells this too: it is held until this act ends, so that it doesn't leave without it."""
    found = list(followers.order_by("pk").values_list("pk", "authority_id"))
    waiting = Letter.objects.select_for_update().filter(
        follower_id__in=[pk for pk, _authority in found], kind=kind.value, state=LetterState.QUEUED.value, attempts=0
    )
    there = set(waiting.order_by("pk").values_list("follower_id", flat=True))
    Letter.objects.bulk_create(
        [
            Letter(authority_id=authority, follower_id=pk, kind=kind.value, since=since, due_at=due_at)
            for pk, authority in found
            if pk not in there
        ],
        batch_size=A_BATCH,
    )


@dataclass(frozen=True, slots=True)
class Going:
    """A claimed letter, and how its person is told; None where it goes to an address."""

    letter: Letter
    reached: Reached | None


@kernel_action
def claim_letters(*, now: datetime, most: int) -> list[Going]:
    """Letters whose time has come, for the length of an attempt; one that is no longer wanted, or has nowhere to go, is dropped, and one
    to somebody who has quiet hours waits until they end. Neither holds up what comes after it.
    """
    for _look in range(LOOKS):
        rows = _due(now, most)
        going = _going(rows, now)
        if going or not rows:
            return going
    return []


def _due(now: datetime, most: int) -> list[Letter]:
    due = Letter.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=LetterState.QUEUED.value, due_at__lte=now
    )
    of = (
        "follower__person",
        *(f"{one}__report__{row}" for one in ("follower", "errand") for row in ("authority", "category")),
    )
    of += ("errand__report__organisation", "errand__team__organisation")
    of += tuple(f"subscription__{row}" for row in ("person", "authority", "category", "territory"))
    return list(due.select_related(*of).order_by("due_at", "id")[:most])


def _going(rows: Sequence[Letter], now: datetime) -> list[Going]:
    ways = reached([person for row in rows if (person := _person(row)) is not None], now)
    wanted = [row for row in rows if _wanted(row, ways, now)]
    gone = {row.pk for row in rows} - {row.pk for row in wanted}
    Letter.objects.filter(pk__in=gone).update(state=LetterState.DROPPED.value, due_at=None)
    going = [row for row in wanted if not _put_off(row, ways)]
    Letter.objects.filter(pk__in=[row.pk for row in going]).update(
        due_at=now + LEASE, attempts=F("attempts") + 1, until=Coalesce("until", now)
    )
    for row in going:
        row.attempts, row.until = row.attempts + 1, row.until or now
    return [Going(row, ways.get(person) if (person := _person(row)) else None) for row in going]


def _person(letter: Letter) -> UUID | None:
    """Whose account it goes to, if it does."""
    reader = letter.follower or letter.subscription
    return reader.person_id if reader else None


def _wanted(letter: Letter, ways: Mapping[UUID, Reached], now: datetime) -> bool:
    reader, errand = letter.follower or letter.subscription, letter.errand
    if errand is not None:
        # What was closed meanwhile is nobody's to mend; that it was is news.
        mended = errand.report.closed_at is not None and letter.kind != LetterKind.NEWS
        return not mended and over(errand, now) is None
    # That it ended is told of what has ended, until it is taken up again.
    if reader is None or (reader.stopped_at is None) is (letter.kind == LetterKind.ENDED):
        return False
    if reader.person is not None:
        way = ways[reader.person.pk]
        return reader.person.is_active and not way.silent and (way.phone or bool(reader.person.email))
    return (reader.confirmed_at is None) is (letter.kind == LetterKind.CONFIRM.value)


def _put_off(letter: Letter, ways: Mapping[UUID, Reached]) -> bool:
    """Whether it waits until its person's quiet hours end."""
    person = _person(letter)
    way = ways.get(person) if person else None
    if way is None or way.quiet_until is None:
        return False
    Letter.objects.filter(pk=letter.pk).update(due_at=way.quiet_until)
    return True


@kernel_action
def drop_letter(*, letter: UUID, attempt: int) -> None:
    """What it would have told is no news any more: it doesn't leave."""
    rows = Letter.objects.filter(pk=letter, attempts=attempt, state=LetterState.QUEUED.value)
    rows.update(state=LetterState.DROPPED.value, due_at=None)


@kernel_action
def note_letter(*, letter: UUID, attempt: int, handover: Handover, now: datetime) -> None:
    """What became of an attempt."""
    rows = Letter.objects.filter(pk=letter, attempts=attempt, state=LetterState.QUEUED.value)
    if handover.outcome is Outcome.HANDED_OVER:
        rows.update(state=LetterState.HANDED_OVER.value, due_at=None, fault="")
    elif handover.outcome in {Outcome.AGAIN, Outcome.LATE} and attempt <= len(PAUSES):
        rows.update(due_at=now + PAUSES[attempt - 1], fault=handover.fault[:60])
    else:
        rows.update(state=LetterState.FAILED.value, due_at=None, fault=handover.fault[:60])
