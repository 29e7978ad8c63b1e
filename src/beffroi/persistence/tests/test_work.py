"""A worker's loop outlives the database, and one fault among what was claimed holds nothing else up."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, connection

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.persistence import work
from beffroi.persistence.work import each_claimed, repeated


def ask() -> int:
    """This connection's backend, by number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def cut(own_database: ConnectionInfo) -> Callable[[], None]:
    """Ends our connection from outside, as PostgreSQL does when it stops."""

    def end() -> None:
        with psycopg.connect(own_database.owner_url) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 60000)", [ask()])

    return end


def test_a_turn_without_the_database_is_followed_by_one_with(
    cut: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AGAIN_AFTER", 0.0)
    stop = threading.Event()
    seen: list[int] = []

    def turn() -> float:
        if not seen:
            seen.append(ask())
            cut()
        seen.append(ask())
        stop.set()
        return 0.0

    repeated(turn, stop)
    first, second = seen
    assert first != second


def test_what_is_no_fault_of_the_database_ends_the_loop() -> None:
    def turn() -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        repeated(turn, threading.Event())


def test_a_wait_ends_when_woken() -> None:
    """Its second turn would come after an hour; what woke it during a turn is not forgotten."""
    stop, woken = threading.Event(), threading.Event()
    turns: list[bool] = []

    def turn() -> float:
        turns.append(woken.is_set())
        woken.set()
        if len(turns) == 3:
            stop.set()
        return 3600.0

    repeated(turn, stop, woken)
    assert turns == [False, False, False]


def test_a_fault_of_one_is_noted_and_the_others_are_handled(own_database: ConnectionInfo) -> None:
    handled, noted = [], []

    def handle(thing: str, attempt: int) -> None:
        if thing == "bad":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        if thing == "refused":  # the database's own error, while it is there: a fault as any other
            raise OperationalError
        handled.append((thing, attempt))

    each_claimed(
        "thing",
        [("one", 1), ("bad", 2), ("refused", 3), ("two", 1)],
        handle,
        lambda *fault: noted.append(fault),
    )
    assert handled == [("one", 1), ("two", 1)]
    assert noted == [("bad", 2, "DataError"), ("refused", 3, "OperationalError")]


def test_the_database_being_away_is_nobodys_fault(cut: Callable[[], None]) -> None:
    tried, noted = [], []

    def handle(thing: str, _attempt: int) -> None:
        tried.append(thing)
        ask()
        cut()
        ask()

    with pytest.raises(OperationalError):
        each_claimed("thing", [("one", 1), ("two", 1)], handle, lambda *fault: noted.append(fault))
    assert (tried, noted) == (["one"], [])
    connection.close()
