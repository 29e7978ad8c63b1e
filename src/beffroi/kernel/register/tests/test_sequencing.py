"""Every committed act gets one place, once; what was published is only ever extended."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from beffroi.kernel.register.actions import record
from beffroi.kernel.register.factories import NOON, Town
from beffroi.kernel.register.models import Entry, Leaf
from beffroi.kernel.register.queries.proofs import prove_consistency
from beffroi.kernel.register.queries.standing import heads
from beffroi.protocol.register.checkpoint import Checkpoint
from beffroi.protocol.register.merkle import leaf_hash, verify_consistency


def bodies(town: Town) -> list[bytes]:
    checkpoint = town.published()
    return list(town.archive.entries(0, checkpoint.size, checkpoint.size))


def test_acts_are_numbered_in_order_and_published(town: Town) -> None:
    identifiers = town.acts(3)
    assert town.sequence() == 3
    expected = [bytes(Entry.objects.get(pk=identifier).body) for identifier in identifiers]
    assert bodies(town) == expected
    assert town.published().origin == f"register.example/register/{town.authority}"
    assert list(Leaf.objects.order_by("index").values_list("entry", flat=True)) == identifiers


def test_each_log_is_numbered_by_itself(town: Town) -> None:
    town.acts(2)
    with transaction.atomic():
        record(kind="test.act", authority=None, by=None, fields={"number": 1, "things": []}, now=NOON)
    town.sequence()
    assert {(head.name.log, head.size) for head in heads()} == {(str(town.authority), 2), ("installation", 1)}
    assert {name.log for name in town.shelf.names()} == {str(town.authority), "installation"}


def test_a_checkpoint_extends_the_one_before_over_tile_borders(town: Town) -> None:
    sequencer = town.sequencer()
    earlier: Checkpoint | None = None
    for count in (1, 255, 1, 300):
        with transaction.atomic():
            for number in range(count):
                record(
                    kind="test.act",
                    authority=town.authority,
                    by=None,
                    fields={"number": number, "things": []},
                    now=NOON,
                )
        assert sequencer.look() == count
        now = town.published()
        if earlier is not None:
            proof = prove_consistency(town.archive, old=earlier.size, new=now.size)
            verify_consistency(old=earlier.size, new=now.size, old_root=earlier.root, new_root=now.root, proof=proof)
        earlier = now
    assert town.published().size == 557
    assert len(set(map(leaf_hash, bodies(town)))) == 557


class SlowAct(threading.Thread):
    """An act whose transaction stays open, after its insert, until it is told to commit."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.inserted, self.may_commit = threading.Event(), threading.Event()

    def run(self) -> None:
        with transaction.atomic():
            record(
                kind="test.act",
                authority=self.town.authority,
                by=None,
                fields={"number": 1, "things": ["slow"]},
                now=NOON,
            )
            self.inserted.set()
            self.may_commit.wait(60)
        connection.close()


@pytest.fixture
def slow_act(town: Town) -> Iterator[SlowAct]:
    act = SlowAct(town)
    act.start()
    assert act.inserted.wait(60)
    yield act
    act.may_commit.set()
    act.join(60)


def test_a_slow_act_overtaken_by_many_fast_ones_still_gets_its_place(town: Town, slow_act: SlowAct) -> None:
    sequencer = town.sequencer()
    fast = []
    for _ in range(3):
        fast += town.acts(4)
        assert sequencer.look() == 4
        assert sequencer.look() == 0
    slow_act.may_commit.set()
    slow_act.join(60)
    assert sequencer.look() == 1
    assert sequencer.look() == 0
    assert town.published().size == 13
    assert Leaf.objects.get(index=12).entry not in fast


def test_a_crash_between_numbering_and_publishing_is_caught_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.acts(2)
    town.sequence()
    town.acts(3)
    sequencer = town.sequencer()
    with monkeypatch.context() as patched:
        patched.setattr(
            "beffroi.kernel.register.sequencer.loop.Sequencer._publish",
            lambda *_: (_ for _ in ()).throw(OSError("disk")),
        )
        with pytest.raises(OSError, match="disk"):
            sequencer.look()
    assert town.published().size == 2
    assert Leaf.objects.count() == 5
    assert town.sequence() == 0
    assert town.published().size == 5


def test_a_crash_between_tiles_and_checkpoint_is_caught_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.acts(2)
    town.sequence()
    town.acts(300)
    with monkeypatch.context() as patched:
        patched.setattr(
            "beffroi.protocol.register.archive.Archive.publish", lambda *_: (_ for _ in ()).throw(OSError("power"))
        )
        with pytest.raises(OSError, match="power"):
            town.sequence()
    assert town.published().size == 2
    assert len(bodies(town)) == 2
    town.acts(1)
    town.sequence()
    assert town.published().size == 303


def test_lost_files_are_written_again_from_the_database(town: Town) -> None:
    town.acts(5)
    town.sequence()
    before = town.published()
    for path in sorted(town.archive.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    town.sequence()
    assert town.published() == before
