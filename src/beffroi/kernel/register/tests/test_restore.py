"""After a restore or a failover nothing is signed until a person says how to go on, and nothing published is taken back."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from django.db import transaction

from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.errors import DatabaseBehind, LogClosed, LogForked, PublishedLogBroken
from beffroi.kernel.register.factories import NOON, Town
from beffroi.kernel.register.models import Entry, Leaf, Payload
from beffroi.kernel.register.queries.export import export_lines
from beffroi.kernel.register.sequencer.resumption import Outcome, resume
from beffroi.protocol.register.checkpoint import Checkpoint, open_end, sign_checkpoint
from beffroi.protocol.register.export import ExportWriter
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.tiles import ENTRIES, Tile
from beffroi.protocol.register.verify import Verdict, Verifier

Backup = Callable[[], AbstractContextManager[Callable[[], None]]]


def resumed(town: Town, *, close: bool = False) -> list[Outcome]:
    return list(resume(town.shelf, town.keys, close=close, now=NOON))


def verified(town: Town, *generations: int, since: tuple[str, ...] = ()) -> Verdict:
    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for line in export_lines(town.shelf, patience=0):
        writer.write(line)
    writer.finish()
    return Verifier(town.vkeys(*generations), since).verify(io.BytesIO(file.getvalue()))


def test_a_restored_older_database_stops_the_sequencer_and_changes_nothing(town: Town, backup: Backup) -> None:
    town.acts(3)
    town.sequence()
    with backup() as restore:
        town.acts(4)
        town.sequence()
        note = town.archive.checkpoint()
        restore()
        town.acts(2)
        with pytest.raises(DatabaseBehind, match="7 leaves were published, the database has 3"):
            town.sequencer()
        assert town.archive.checkpoint() == note
        assert Leaf.objects.count() == 3


def test_a_running_sequencer_stops_when_the_database_goes_back_under_it(town: Town, backup: Backup) -> None:
    town.acts(3)
    sequencer = town.sequencer()
    sequencer.look()
    with backup() as restore:
        town.acts(4)
        sequencer.look()
        restore()
        town.acts(1)
        with pytest.raises(DatabaseBehind):
            sequencer.look()
        assert Leaf.objects.count() == 3


def test_resume_takes_the_missing_leaves_back(town: Town, backup: Backup) -> None:
    town.acts(3)
    town.sequence()
    with backup() as restore:
        town.acts(300)
        town.sequence()
        before = town.published()
        note = town.archive.checkpoint()
        restore()
        kept = town.act(77)
        (outcome,) = resumed(town)
        assert outcome.code == "taken-back"
        assert outcome.numbers is not None
        assert (outcome.numbers.leaves, outcome.numbers.lost) == (300, 300)
        town.sequence()
        assert Leaf.objects.get(entry=kept).index == 303
        verdict = verified(town, since=(str(note),))
        assert verdict.faults == []
        assert (verdict.logs[0].lost, verdict.logs[0].erased) == (300, 0)
        assert town.published().size == before.size + 3
        assert resumed(town) == [Outcome(town.name, "well")]


def test_an_entry_that_outlived_its_leaf_keeps_its_values(town: Town, backup: Backup) -> None:
    town.acts(2)
    town.sequence()
    waiting = town.act(5)
    with backup() as restore:
        town.sequence()
        restore()
        (outcome,) = resumed(town)
        assert outcome.numbers is not None
        assert (outcome.numbers.leaves, outcome.numbers.lost) == (1, 0)
        assert Leaf.objects.get(entry=waiting).index == 2
        town.sequence()
        assert verified(town).sound


def test_a_database_lost_whole_is_taken_back_from_the_files(town: Town, backup: Backup) -> None:
    with backup() as restore:
        town.acts(5)
        town.sequence()
        restore()
        with pytest.raises(DatabaseBehind):
            town.sequencer()
        resumed(town)
        town.sequence()
        assert (Entry.objects.filter(kind="test.act").count(), verified(town).logs[0].lost) == (5, 5)
        assert verified(town).sound


def test_what_was_erased_after_the_backup_is_erased_again(town: Town, backup: Backup) -> None:
    first, second = town.acts(2)
    town.sequence()
    with backup() as restore:
        with transaction.atomic():
            erase(entries=[first], reason="retention", by=uuid4())
        town.sequence()
        restore()
        assert Payload.objects.filter(pk=first).exists()
        (outcome,) = resumed(town)
        assert outcome.numbers is not None
        assert (outcome.numbers.lost, outcome.numbers.erased) == (0, 1)
        assert set(Payload.objects.filter(pk__in=[first, second]).values_list("entry", flat=True)) == {second}
        town.sequence()
        verdict = verified(town)
        assert verdict.faults == []
        assert (verdict.logs[0].erased, verdict.logs[0].lost) == (1, 0)


def test_a_database_that_went_on_without_the_published_leaves_needs_a_decision(town: Town, backup: Backup) -> None:
    """Another server took over, without this one's files, and numbered other acts."""
    town.acts(3)
    town.sequence()
    with backup() as restore:
        town.acts(4)
        town.sequence()
        note = town.archive.checkpoint()
        restore()
        fork(town, 6)
        with pytest.raises(LogForked):
            town.sequencer()
        with pytest.raises(LogForked):
            resumed(town)
        assert town.archive.checkpoint() == note


def test_closing_signs_the_end_and_goes_on_in_a_new_generation(town: Town, backup: Backup) -> None:
    town.acts(3)
    town.sequence()
    with backup() as restore:
        town.acts(4)
        town.sequence()
        last, note = town.published(), town.archive.checkpoint()
        restore()
        fork(town, 6)
        waiting = town.act(50)
        (outcome,) = resumed(town, close=True)
        assert outcome.code == "continued"
        assert outcome.numbers is not None
        assert outcome.numbers.lost == 4
        town.sequence()
        end = open_end(str(town.archive.end()), town.vkeys())
        following = LogName(town.name.log, 2)
        assert (end.last, end.next_origin, end.agreed) == (last, following.origin("register.example"), 3)
        assert town.archive.checkpoint() == note
        places = Leaf.objects.filter(generation=2).order_by("index")
        assert Entry.objects.get(pk=places[0].entry).kind == "register.opened"
        assert Leaf.objects.filter(generation=2, entry=waiting).count() == 1
        verdict = verified(town, 1, 2, since=(str(note),))
        assert verdict.faults == []
        assert [(log.size, log.closed) for log in verdict.logs] == [(7, True), (9, False)]
        town.acts(1)
        town.sequence()
        assert verified(town, 1, 2).sound
        assert [outcome.code for outcome in resumed(town)] == ["well"]


def test_a_database_from_before_the_new_generation_needs_a_decision_too(town: Town, backup: Backup) -> None:
    town.acts(3)
    town.sequence()
    with backup() as restore:
        fork_apart(town)
        resumed(town, close=True)
        town.sequence()
        restore()
        with pytest.raises(LogClosed):
            town.sequencer()
        with pytest.raises(DatabaseBehind):
            resumed(town)
        resumed(town, close=True)
        town.acts(2)
        town.sequence()
        verdict = verified(town, 1, 2, 3)
        assert verdict.faults == []
        assert [log.closed for log in verdict.logs] == [True, True, False]


def test_a_damaged_right_edge_stops_the_sequencer(town: Town) -> None:
    town.acts(3)
    town.sequence()
    path = town.archive.folder / Tile(0, 0, 3).path
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(PublishedLogBroken):
        town.sequencer()


@pytest.mark.parametrize(
    "tile", [Tile(0, 0), Tile(0, 1, 44), Tile(1, 0, 1), Tile(ENTRIES, 0), Tile(ENTRIES, 1, 44)], ids=str
)
def test_damaged_tiles_are_rebuilt_from_a_database_that_has_the_signed_leaves(town: Town, tile: Tile) -> None:
    town.acts(300)
    town.sequence()
    path = town.archive.folder / tile.path
    path.write_bytes(bytes(len(path.read_bytes())))
    assert [outcome.code for outcome in resumed(town)] == ["rebuilt"]
    assert [outcome.code for outcome in resumed(town)] == ["well"]
    town.sequence()
    assert verified(town).sound


def test_a_checkpoint_that_is_not_ours_stops_the_sequencer(town: Town) -> None:
    town.acts(1)
    town.sequence()
    town.archive.publish(str(town.archive.checkpoint()).replace("\n1\n", "\n2\n"))
    with pytest.raises(PublishedLogBroken, match="not ours"):
        town.sequencer()


def fork(town: Town, acts: int) -> None:
    """The database goes on under a sequencer that has other files."""
    folder = town.shelf.root
    aside = folder.with_name("aside")
    folder.rename(aside)
    town.acts(acts)
    town.sequence()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    aside.rename(folder)


def fork_apart(town: Town) -> None:
    """The published log gets leaves that the database never had."""
    size = town.published().size
    fork(town, 2)
    last = list(town.archive.entries(0, size, size))
    assert last
    publish_elsewhere(town, last)


def publish_elsewhere(town: Town, bodies: list[bytes]) -> None:
    tree = Frontier()
    tree.extend(leaf_hash(body) for body in [*bodies, bodies[0]])
    town.archive.extend(len(bodies), [bodies[0]])
    keys = town.keys.of(town.name.log).signing
    town.archive.publish(sign_checkpoint(Checkpoint(town.origin, tree.size, tree.root()), keys))
