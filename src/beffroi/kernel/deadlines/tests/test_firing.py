"""What is due fires once, soon after its time, in whatever state the worker comes back."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import (
    cancel_deadline,
    claim_fired,
    fire_due,
    handle_fired,
    meet_deadline,
    set_deadline,
)
from beffroi.kernel.deadlines.factories import Promised, promising
from beffroi.kernel.deadlines.jobs import do_deadlines, run_firing, run_handling
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.deadlines.queries import live_deadline, next_due
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import Clock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
KIND = "test.promise"


@pytest.fixture
def promised(own_database: ConnectionInfo) -> Iterator[Promised]:
    with promising() as found:
        yield found


def promise(promised: Promised, *, since: datetime = NOON, lasts: timedelta = HALF_HOUR) -> UUID:
    """A promise about a new subject; returns the subject."""
    subject = uuid4()
    set_deadline(kind=KIND, authority=promised.authority, subject=subject, since=since, promise=lasts)
    return subject


def state_of(subject: UUID) -> str:
    return Deadline.objects.get(subject=subject).state


def test_it_fires_at_its_time_and_once(promised: Promised) -> None:
    subject = promise(promised)
    assert do_deadlines(lambda: NOON + HALF_HOUR - timedelta(seconds=1)) == 0
    assert do_deadlines(lambda: NOON + HALF_HOUR) == 1
    assert do_deadlines(lambda: NOON + 2 * HALF_HOUR) == 0
    assert [(each.subject, each.due_at) for each in promised.fired] == [(subject, NOON + HALF_HOUR)]
    assert state_of(subject) == DeadlineState.DONE


def test_what_is_kept_in_time_never_fires(promised: Promised) -> None:
    subject = promise(promised)
    kept = NOON + timedelta(minutes=29)
    assert meet_deadline(kind=KIND, authority=promised.authority, subject=subject, at=kept)
    assert do_deadlines(lambda: NOON + HALF_HOUR) == 0
    assert state_of(subject) == DeadlineState.MET


def test_what_is_kept_too_late_fires_all_the_same(promised: Promised) -> None:
    """The worker was away: what was done after the time doesn't hide that the time had passed."""
    subject = promise(promised)
    assert not meet_deadline(kind=KIND, authority=promised.authority, subject=subject, at=NOON + HALF_HOUR)
    assert do_deadlines(lambda: NOON + 2 * HALF_HOUR) == 1


def test_promising_again_does_not_reset_the_clock(promised: Promised) -> None:
    subject = promise(promised)
    first = live_deadline(kind=KIND, authority=promised.authority, subject=subject)
    again = set_deadline(
        kind=KIND, authority=promised.authority, subject=subject, since=NOON + timedelta(minutes=20), promise=HALF_HOUR
    )
    assert first is not None
    assert again == first.id
    assert next_due() == NOON + HALF_HOUR


def test_withdrawing_is_on_the_record(promised: Promised) -> None:
    subject = promise(promised)
    assert cancel_deadline(kind=KIND, authority=promised.authority, subject=subject, reason="gone", by=None, now=NOON)
    assert not cancel_deadline(
        kind=KIND, authority=promised.authority, subject=subject, reason="gone", by=None, now=NOON
    )
    assert do_deadlines(lambda: NOON + HALF_HOUR) == 0
    assert Entry.objects.filter(kind="deadline.cancelled").count() == 1


def test_a_poisoned_handler_is_pushed_forward_and_holds_nobody_up(promised: Promised) -> None:
    bad, good = promise(promised), promise(promised)
    promised.poison.add(bad)
    assert do_deadlines(lambda: NOON + HALF_HOUR) == 2
    assert [each.subject for each in promised.fired] == [good]
    row = Deadline.objects.get(subject=bad)
    again = NOON + HALF_HOUR + timedelta(seconds=30)
    assert (row.state, row.attempts, row.fault) == (DeadlineState.FIRED, 1, "ValueError")
    assert row.again_at == again
    promised.poison.clear()
    assert do_deadlines(lambda: again) == 1
    assert state_of(bad) == DeadlineState.DONE


def test_a_worker_that_was_away_catches_up_the_oldest_first(promised: Promised) -> None:
    hours = [5, 1, 3]
    subjects = {hour: promise(promised, since=NOON + timedelta(hours=hour)) for hour in hours}
    assert do_deadlines(lambda: NOON + timedelta(days=3)) == 3
    assert [each.subject for each in promised.fired] == [subjects[hour] for hour in sorted(hours)]


def test_a_claim_whose_worker_died_comes_back_and_is_done_once(promised: Promised) -> None:
    promise(promised)
    due = NOON + HALF_HOUR
    assert fire_due(now=due) == 1
    ((dead, attempt),) = claim_fired(now=due)  # killed here
    assert claim_fired(now=due + timedelta(seconds=29)) == []
    assert do_deadlines(lambda: due + timedelta(seconds=30)) == 1
    assert not handle_fired(deadline=dead, attempt=attempt)  # the dead one's late hand
    assert len(promised.fired) == 1


def test_a_clock_set_back_fires_nothing_twice_and_set_forward_fires_what_is_due(promised: Promised) -> None:
    """The worker runs on a clock that is stepped under it, while it waits."""
    moment = [NOON]
    stop = threading.Event()
    promise(promised)
    late = promise(promised, lasts=timedelta(hours=5))

    fired = threading.Event()

    def work(run: Callable[[threading.Event, threading.Event, Clock], None]) -> None:
        run(stop, fired, lambda: moment[0])
        connection.close()

    threads = [threading.Thread(target=work, args=(run,)) for run in (run_firing, run_handling)]
    for thread in threads:
        thread.start()
    try:
        moment[0] = NOON + timedelta(minutes=31)
        until(lambda: len(promised.fired) == 1)
        moment[0] = NOON - timedelta(hours=2)
        promise(promised, since=NOON - timedelta(hours=3), lasts=timedelta(minutes=1))
        until(lambda: len(promised.fired) == 2)
        moment[0] = NOON + timedelta(hours=6)
        until(lambda: len(promised.fired) == 3)
        assert promised.fired[-1].subject == late
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for a condition; fails after a time no machine needs."""
    step, limit = threading.Event(), time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit
        step.wait(0.02)


def test_several_workers_share_a_burst(promised: Promised) -> None:
    """Each of 600 is handled once, whoever claims it."""
    subjects = {promise(promised) for _ in range(600)}

    def work() -> None:
        do_deadlines(lambda: NOON + HALF_HOUR)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.subject for each in promised.fired) == sorted(subjects)
    assert not Deadline.objects.exclude(state=DeadlineState.DONE).exists()


def test_the_worker_fires_what_fell_due_while_nothing_ran(own_database: ConnectionInfo) -> None:
    """A real `beffroi worker`: the monthly count, due long ago, is done at its start."""
    with promising() as promised:
        set_deadline(
            kind="deadlines.month",
            authority=promised.authority,
            subject=promised.authority,
            since=datetime(2026, 8, 1, tzinfo=UTC),
            promise=timedelta(days=31),
        )
    given = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "beffroi", "worker"],
        env={**given, "DATABASE_URL": own_database.app_url, "BEFFROI_PROCESS": ""},
    ) as process:
        try:
            until(lambda: Deadline.objects.filter(kind="deadlines.month", state=DeadlineState.DONE).count() >= 3)
        finally:
            process.terminate()
            process.wait()
    assert Deadline.objects.filter(kind="deadlines.month", state=DeadlineState.WAITING).count() == 1
