"""When batches go again: time is passed in, the journal is a real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device.journal import Journal
from beffroi.edge.device.outbox import AHEAD, FIRST_PATIENCE, LAST_PATIENCE, Outbox
from beffroi.edge.device.store import Store
from beffroi.edge.device.uptime import DrivenUptime
from beffroi.edge.lock.unit import KIND
from beffroi.protocol.v1.events import MAX_EVENTS
from tests.edge.town import LOCK, NOW

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = Store.open(tmp_path, KIND)
    written = Journal(store=store, device=LOCK, now=lambda: NOW, uptime=DrivenUptime(), alongside=lambda: None)
    written.begin()
    yield written
    store.close()


def test_what_is_not_signed_for_goes_again_at_growing_intervals(journal: Journal) -> None:
    outbox, now, waits = Outbox(journal, KEY), 0.0, []
    first = list(outbox.due(now))
    assert len(first) == 1
    for _ in range(6):
        waits.append(outbox.patience)
        assert list(outbox.due(now + outbox.patience - 0.1)) == []
        now += outbox.patience
        assert list(outbox.due(now)) == first
    assert waits[:3] == [FIRST_PATIENCE, 2 * FIRST_PATIENCE, 4 * FIRST_PATIENCE]
    assert outbox.patience == LAST_PATIENCE


def test_a_receipt_for_the_first_batch_only_does_not_strand_the_second(journal: Journal) -> None:
    """The broker lost the second: no new event and no new connection comes to its help."""
    outbox = Outbox(journal, KEY)
    assert len(list(outbox.due(0.0))) == 1
    journal.record("tampered")
    second = list(outbox.due(1.0))
    outbox.receipted()
    assert list(outbox.due(2.0)) == []
    assert len(list(outbox.due(2.0 + FIRST_PATIENCE))) == 1
    assert len(second) == 1


def test_it_goes_so_far_ahead_and_no_further(journal: Journal) -> None:
    for _ in range(MAX_EVENTS * (AHEAD + 2)):
        journal.record("tampered")
    outbox = Outbox(journal, KEY)
    assert len(list(outbox.due(0.0))) == AHEAD
    assert list(outbox.due(1.0)) == []
    outbox.receipted()
    assert len(list(outbox.due(2.0))) == 3


def test_what_the_server_misses_goes_first_and_once(journal: Journal) -> None:
    for _ in range(5):
        journal.record("tampered")
    outbox = Outbox(journal, KEY)
    list(outbox.due(0.0))
    outbox.want((2, 3))
    outbox.want((2, 3))
    outbox.want((9, 20))
    again = list(outbox.due(1.0))
    assert again == [batch.token for batch in [journal.batch(after=1, key=KEY, upto=3)] if batch is not None]
    assert list(outbox.due(1.5)) == []


def test_a_batch_never_holds_two_starts_and_never_grows_too_long(journal: Journal) -> None:
    for _ in range(70):
        journal.record(
            "use-refused",
            reason="grant-revoked",
            action="open",
            transport="local",
            grant="g" * 60,
            holders=[hash_text()] * 6,
        )
    journal.begin()
    journal.record("tampered")
    after, boots = 0, []
    while batch := journal.batch(after=after, key=KEY):
        assert len(batch.token) <= 45_056
        after = batch.last
        boots.append(batch.first)
    assert after == journal.last
    assert journal.last - 1 in boots


def hash_text() -> str:
    return "B" * 42 + "A"
