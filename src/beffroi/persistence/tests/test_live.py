"""What has changed, as readers of the table find it: nothing is missed, whenever a transaction commits."""

import threading
import time
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.lib.viewer import Viewer
from beffroi.persistence import live
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.guard import UnguardedWrite
from beffroi.persistence.live import Place, Topic, changed, place_of, read_since, run_forgetting
from beffroi.persistence.wake import listening_connection

PATIENCE = 120.0
MEAUX = UUID("00000000-0000-4000-8000-00000000000a")
TOPIC = "test-doors"


def nothing(_viewer: Viewer, _authority: UUID, _subjects: frozenset[UUID]) -> dict[UUID, dict[str, object] | None]:
    return {}


@pytest.fixture(autouse=True)
def topic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(live.TOPICS, TOPIC, Topic(TOPIC, nothing))


@pytest.fixture
def start(own_database: ConnectionInfo) -> Place:
    """Where a reader stands when the test begins."""
    return read_since(None).place


@system_action
def act(*, subjects: list[UUID]) -> None:
    changed(authority=MEAUX, topic=TOPIC, subjects=subjects)


def found(place: Place) -> set[UUID]:
    return {change.subject for change in read_since(place).changes}


def await_silence(place: Place) -> None:
    """Return when nothing is told any more. What was told is told again while any transaction of the server that began before it
    runs, another database's too: each one ends.
    """
    deadline = time.monotonic() + PATIENCE
    while (reading := read_since(place)).changes:
        assert time.monotonic() < deadline
        place = reading.place


def test_a_change_is_found_from_where_one_stood(start: Place) -> None:
    one, two = uuid4(), uuid4()
    act(subjects=[one])
    first = read_since(start)
    act(subjects=[two])
    assert [(change.authority, change.topic, change.subject) for change in first.changes] == [(MEAUX, TOPIC, one)]
    assert first.whole
    # What was told may be told again while another transaction of the server runs; what is new is never left out.
    assert found(first.place) | {one} == {one, two}
    assert two in found(first.place)
    assert found(start) == {one, two}
    assert read_since(None).changes == ()


def test_a_transaction_that_commits_late_is_not_missed(start: Place) -> None:
    """It wrote first and commits last: a reader that goes on after what it saw finds it all the same."""
    slow, quick = uuid4(), uuid4()
    written, commit = threading.Event(), threading.Event()

    @kernel_action
    def act_slowly() -> None:
        changed(authority=MEAUX, topic=TOPIC, subjects=[slow])
        written.set()
        assert commit.wait(60)

    def run() -> None:
        act_slowly()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert written.wait(60)
    act(subjects=[quick])
    first = read_since(start)
    assert {change.subject for change in first.changes} == {quick}, "told at once: nobody waits for the slow one"
    commit.set()
    thread.join()
    again = read_since(first.place)
    assert {change.subject for change in again.changes} == {slow, quick}
    await_silence(again.place)


def test_an_act_that_fails_tells_nothing(start: Place) -> None:
    class Broken(Exception):
        pass

    @kernel_action
    def act_and_fail() -> None:
        changed(authority=MEAUX, topic=TOPIC, subjects=[uuid4()])
        raise Broken

    with pytest.raises(Broken):
        act_and_fail()
    assert found(start) == set()


def test_one_notice_a_transaction(start: Place) -> None:
    with listening_connection(live.CHANNEL) as heard:

        @kernel_action
        def act_twice() -> None:
            changed(authority=MEAUX, topic=TOPIC, subjects=[uuid4()])
            changed(authority=MEAUX, topic=TOPIC, subjects=[uuid4(), uuid4()])

        act_twice()
        act(subjects=[uuid4()])
        assert len(list(heard.notifies(timeout=60, stop_after=2))) == 2
        assert list(heard.notifies(timeout=0)) == []


def test_only_an_act_tells(start: Place) -> None:
    with pytest.raises(UnguardedWrite), transaction.atomic():
        changed(authority=MEAUX, topic=TOPIC, subjects=[uuid4()])

    @kernel_action
    def act_of_no_topic() -> None:
        changed(authority=MEAUX, topic="weather", subjects=[uuid4()])

    with pytest.raises(LookupError, match="weather"):
        act_of_no_topic()


def test_a_reader_that_was_away_too_long_reads_afresh(start: Place) -> None:
    act(subjects=[uuid4()])
    away = int(live.RESUMED_WITHIN.total_seconds())
    assert read_since(Place(start.xid, start.at - away + 60)).whole
    assert not read_since(Place(start.xid, start.at - away)).whole


def test_a_place_of_another_database_is_not_believed(start: Place) -> None:
    """After a restore the numbers begin lower: a reader that is ahead would miss what happens until they reach it."""
    assert not read_since(Place(start.xid + 1_000_000, start.at)).whole
    assert not read_since(Place(start.xid, start.at + 3_600)).whole


def test_too_much_at_once_is_read_afresh(start: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_AT_ONCE", 3)
    act(subjects=[uuid4() for _ in range(3)])
    assert read_since(start).whole
    act(subjects=[uuid4()])
    reading = read_since(start)
    assert not reading.whole
    assert len(reading.changes) == 3
    await_silence(reading.place)


def test_what_nobody_comes_back_for_is_forgotten(start: Place, own_database: ConnectionInfo) -> None:
    old, recent = uuid4(), uuid4()
    act(subjects=[old])
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE persistence_change SET at = at - interval '61 minutes'")
    act(subjects=[recent])
    stop = threading.Event()
    worker = threading.Thread(target=in_the_worker, args=[stop])
    worker.start()
    while old in found(start):
        assert worker.is_alive()
    stop.set()
    worker.join()
    assert found(start) == {recent}


def in_the_worker(stop: threading.Event) -> None:
    run_forgetting(stop)
    connection.close()


def test_places_are_read_as_they_are_written() -> None:
    assert place_of(str(Place(781, 1_795_000_000))) == Place(781, 1_795_000_000)
    for text in ("", "781", "-1-5", "7 81-5", "781-5-6", "x-y", "9" * 20 + "-1"):
        assert place_of(text) is None
