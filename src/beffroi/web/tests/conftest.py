"""A world of doors for the tests of screens."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connections

from beffroi.adapters.postgres.notes import ConnectionInfo


@pytest.fixture
def doors(own_database: ConnectionInfo, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A topic of their own, in a database of the test's own that the screens' threads let go of."""
    from beffroi.persistence import live
    from beffroi.web.console import stream as streams
    from beffroi.web.tests.screens import HIDDEN, PATIENCE, TOPIC, read

    monkeypatch.setitem(live.TOPICS, TOPIC, live.Topic(TOPIC, read))
    HIDDEN.clear()
    yield
    for thread in threading.enumerate():
        if thread.name in ("live hub", f"listener {live.CHANNEL}"):
            thread.join(PATIENCE)
    everyone = threading.Barrier(streams.READERS)

    def let_go() -> None:
        """Each thread of the pool for itself: none does another's, for all of them wait until the last has come."""
        connections.close_all()
        everyone.wait(PATIENCE)

    for done in [streams._POOL.submit(let_go) for _ in range(streams.READERS)]:
        done.result()
