"""What comes back by the calendar, in every authority: no pace shortens it, no gap or crash ends it, and nothing makes it two."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import begin_series, claim_fired, fire_due, handle_fired, set_deadline
from beffroi.kernel.deadlines.factories import promising
from beffroi.kernel.deadlines.jobs import SERIES_LOOKED_AT_EVERY, do_deadlines, run_firing
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.deadlines.registry import DEADLINE_KINDS, DeadlineKind, Fired, register_deadline
from beffroi.kernel.deadlines.tests.test_firing import until
from beffroi.kernel.territory.actions.authorities import create_authority

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
DAILY, COUNTED = "test.daily", "test.counted"
SERIES = {code: kind.following for code, kind in DEADLINE_KINDS.items() if kind.following}
moments = some.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))


def next_noon(moment: datetime) -> datetime:
    noon = moment.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon > moment else noon + A_DAY


@dataclass
class Belfry:
    """An authority in which `test.daily` and `test.counted`, which makes up for each, strike at noon; nothing else does."""

    authority: UUID
    struck: list[Fired] = field(default_factory=list)

    def strike(self, fired: Fired) -> None:
        self.struck.append(fired)

    def times(self, code: str = DAILY) -> list[datetime]:
        """Due times of those that struck in this authority, in the order in which they did."""
        return [each.due_at for each in self.struck if (each.kind, each.authority) == (code, self.authority)]


@pytest.fixture
def belfry(own_database: ConnectionInfo) -> Iterator[Belfry]:
    before = dict(DEADLINE_KINDS)
    DEADLINE_KINDS.clear()
    found = Belfry(create_authority(slug="meaux", name="Meaux", by=None).id)
    register_deadline(DeadlineKind(DAILY, "Noon.", found.strike, following=next_noon))
    register_deadline(DeadlineKind(COUNTED, "Each noon.", found.strike, following=next_noon, each_counts=True))
    try:
        yield found
    finally:
        DEADLINE_KINDS.clear()
        DEADLINE_KINDS.update(before)


def waiting() -> list[tuple[UUID, str, datetime]]:
    rows = Deadline.objects.filter(state=DeadlineState.WAITING).order_by("authority", "kind")
    return list(rows.values_list("authority_id", "kind", "due_at"))


@pytest.mark.parametrize("code", sorted(SERIES))
@given(moment=moments)
def test_every_series_of_ours_goes_forward_by_its_calendar(code: str, moment: datetime) -> None:
    following = SERIES[code]
    first = following(moment)
    assert first.tzinfo is UTC
    assert moment < first <= moment + timedelta(days=32)
    assert first < following(first) <= first + timedelta(days=32)


@override_settings(BEFFROI_PACE=60)
def test_a_demonstrations_pace_shortens_promises_and_no_series(own_database: ConnectionInfo) -> None:
    with promising() as promised:
        begin_series(now=NOON)
        subject = uuid4()
        set_deadline(
            kind="test.promise", authority=promised.authority, subject=subject, since=NOON, promise=timedelta(hours=1)
        )
        assert Deadline.objects.get(subject=subject).due_at == NOON + timedelta(minutes=1)
        assert {kind: due for _, kind, due in waiting() if kind in SERIES} == {
            code: following(NOON) for code, following in SERIES.items()
        }
        night = SERIES["retention.night"](NOON)
        do_deadlines(lambda: night + timedelta(seconds=1))
        assert {kind: due for _, kind, due in waiting()}["retention.night"] == night + A_DAY


def test_each_time_sets_the_next_and_beginning_again_changes_nothing(belfry: Belfry) -> None:
    assert begin_series(now=NOON - timedelta(hours=1)) == 2
    assert begin_series(now=NOON) == 0
    for days in range(3):
        assert do_deadlines(lambda days=days: NOON + days * A_DAY + timedelta(minutes=5)) == 2
        assert begin_series(now=NOON + days * A_DAY + timedelta(hours=1)) == 0
    assert belfry.times() == [NOON, NOON + A_DAY, NOON + 2 * A_DAY]
    assert {due for _, _, due in waiting()} == {NOON + 3 * A_DAY}


def test_after_a_gap_one_makes_up_for_all_unless_each_counts(belfry: Belfry) -> None:
    begin_series(now=NOON - A_DAY / 2)
    back = NOON + 4 * A_DAY + timedelta(minutes=1)
    while do_deadlines(lambda: back):
        pass
    assert belfry.times(DAILY) == [NOON]
    assert belfry.times(COUNTED) == [NOON + days * A_DAY for days in range(5)]
    assert {due for _, _, due in waiting()} == {NOON + 5 * A_DAY}


def test_a_worker_killed_between_leaves_the_series_where_it_was(belfry: Belfry) -> None:
    """It had fired, and its handler had not run: whoever comes next begins no second one, and misses none that counts."""
    begin_series(now=NOON - A_DAY / 2)
    assert fire_due(now=NOON) == 2
    claim_fired(now=NOON)  # killed here
    back = NOON + 2 * A_DAY + timedelta(minutes=1)
    assert begin_series(now=back) == 0
    while do_deadlines(lambda: back):
        pass
    assert belfry.times(COUNTED) == [NOON, NOON + A_DAY, NOON + 2 * A_DAY]
    assert len(waiting()) == 2


def test_a_handler_that_fails_keeps_its_turn(belfry: Belfry) -> None:
    def fail(_fired: Fired) -> None:
        raise ValueError("poisoned")

    DEADLINE_KINDS[DAILY] = DeadlineKind(DAILY, "Noon.", fail, following=next_noon)
    begin_series(now=NOON - A_DAY / 2)
    assert do_deadlines(lambda: NOON) == 2
    assert [kind for _, kind, _ in waiting()] == [COUNTED]
    assert begin_series(now=NOON + timedelta(minutes=1)) == 0
    DEADLINE_KINDS[DAILY] = DeadlineKind(DAILY, "Noon.", belfry.strike, following=next_noon)
    assert do_deadlines(lambda: NOON + timedelta(minutes=1)) == 1
    assert belfry.times() == [NOON]
    assert {due for _, _, due in waiting()} == {NOON + A_DAY}


def test_what_was_set_before_there_were_series_is_their_current_one(belfry: Belfry) -> None:
    """An older database's row, whatever its time: it stays, and the calendar's follows."""
    early = NOON - timedelta(hours=5)
    set_deadline(
        kind=DAILY, authority=belfry.authority, subject=belfry.authority, since=early, promise=timedelta(minutes=24)
    )
    assert begin_series(now=early) == 1
    assert do_deadlines(lambda: early + timedelta(minutes=24)) == 1
    assert {due for _, _, due in waiting()} == {NOON}


@pytest.mark.parametrize("fires", [False, True], ids=["it waits", "it has fired"])
def test_two_workers_that_begin_at_the_same_instant_begin_one(
    belfry: Belfry, own_database: ConnectionInfo, *, fires: bool
) -> None:
    """Neither sees what the other has not committed; PostgreSQL has the second wait."""
    begun: list[int] = []
    process: list[int] = []

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                process.extend(cursor.fetchone())
            begun.append(begin_series(now=NOON - A_DAY / 2))
        finally:
            connection.close()

    def waits() -> bool:
        return any(
            owner.execute("SELECT pg_blocking_pids(%s) <> '{}'", [each]).fetchone() == (True,) for each in process
        )

    second = threading.Thread(target=work)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner, transaction.atomic():
        begun.append(begin_series(now=NOON - A_DAY / 2))
        if fires:
            fire_due(now=NOON)
        second.start()
        until(waits)
    second.join()
    assert begun == [2, 0]


def test_two_workers_begin_and_follow_each_series_once(belfry: Belfry) -> None:
    towns = [create_authority(slug=f"town-{number}", name=f"Town {number}", by=None).id for number in range(20)]
    together = threading.Barrier(4)

    def work() -> None:
        try:
            for days in range(3):
                together.wait()
                begin_series(now=NOON - A_DAY / 2 + days * A_DAY)
                do_deadlines(lambda days=days: NOON + days * A_DAY)
        except BaseException:
            together.abort()
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while do_deadlines(lambda: NOON + 2 * A_DAY + timedelta(minutes=1)):
        pass
    assert len(waiting()) == 2 * len([belfry.authority, *towns])
    assert {due for _, _, due in waiting()} == {NOON + 3 * A_DAY}
    struck = [(each.authority, each.kind, each.due_at) for each in belfry.struck]
    assert len(struck) == len(set(struck)) == 3 * 2 * len([belfry.authority, *towns])


def test_a_late_hand_of_a_dead_worker_sets_nothing(belfry: Belfry) -> None:
    begin_series(now=NOON - A_DAY / 2)
    fire_due(now=NOON)
    dead = claim_fired(now=NOON)
    do_deadlines(lambda: NOON + timedelta(minutes=1))
    before = waiting()
    for deadline, attempt in dead:
        assert not handle_fired(deadline=deadline, attempt=attempt)
    assert waiting() == before


def test_an_authority_that_is_new_has_its_series_within_the_hour(belfry: Belfry) -> None:
    """And those that are there, at the worker's start."""
    moment, stop = [NOON], threading.Event()

    def work() -> None:
        run_firing(stop, threading.Event(), lambda: moment[0])
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        until(lambda: len(waiting()) == 2)
        new = create_authority(slug="new", name="New", by=None).id
        moment[0] += timedelta(seconds=SERIES_LOOKED_AT_EVERY)
        until(lambda: len(waiting()) == 4)
        assert [due for authority, _, due in waiting() if authority == new] == [NOON + A_DAY] * 2
    finally:
        stop.set()
        thread.join()
