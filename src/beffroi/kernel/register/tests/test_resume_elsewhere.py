"""A register restored from a backup: nothing is signed until somebody says from where it goes on, and no witness ever sees a fork."""

import functools
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction

from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.errors import MirrorRefused, RegisterHeld
from beffroi.kernel.register.factories import NOON, Town
from beffroi.kernel.register.models import Leaf, Payload
from beffroi.kernel.register.queries.export import export_lines
from beffroi.kernel.register.sequencer.hold import Hold, put_hold, read_hold
from beffroi.kernel.register.sequencer.mirror import FolderMirror, Mirror, WebMirror
from beffroi.kernel.register.sequencer.resumption import Outcome, resume
from beffroi.protocol.register.checkpoint import open_end
from beffroi.protocol.register.export import ExportWriter
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.tiles import ENTRIES, Tile
from beffroi.protocol.register.verify import Verdict, Verifier

Backup = Callable[[], AbstractContextManager[Callable[[], None]]]
HOLD = Hold("2026-11-22T030000Z", "2026-11-22T03:00:00Z")


def verified(town: Town, *generations: int, since: tuple[str, ...] = ()) -> Verdict:
    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for line in export_lines(town.shelf, patience=0):
        writer.write(line)
    writer.finish()
    return Verifier(town.vkeys(*generations), since).verify(io.BytesIO(file.getvalue()))


def resumed(town: Town, *, close: bool = False, mirror: Mirror | None = None) -> list[Outcome]:
    return list(resume(town.shelf, town.keys, close=close, now=NOON, mirror=mirror))


def none(_value: object = None) -> None:
    """For what is done and not looked at."""


@contextmanager
def restored(
    town: Town, backup: Backup, tmp_path: Path, later: Callable[[], None], ahead: Callable[[], None] = none
) -> Iterator[Path]:
    """The town as a backup of now has it, files and database, after `later` was done and lost; gives the former server's folder. What is
    done `ahead` comes after the files were copied and before the database is.
    """
    kept, former = tmp_path / "kept", tmp_path / "former"
    if town.shelf.root.exists():
        shutil.copytree(town.shelf.root, kept / "register")
    if town.shelf.journals.exists():
        shutil.copytree(town.shelf.journals, kept / "register-erasures")
    ahead()
    with backup() as restore:
        later()
        town.sequence()
        former.mkdir()
        for name in ("register", "register-erasures"):
            if (town.home / name).exists():
                (town.home / name).rename(former / name)
            if (kept / name).exists():
                shutil.copytree(kept / name, town.home / name)
        restore()
        put_hold(town.shelf, HOLD)
        yield former


def test_a_restored_register_is_held_until_somebody_decides(town: Town, backup: Backup, tmp_path: Path) -> None:
    town.acts(3)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: None):
        note = town.archive.checkpoint()
        town.acts(2)
        with pytest.raises(RegisterHeld, match="--tiles"):
            town.sequencer()
        with pytest.raises(RegisterHeld):
            resumed(town)
        assert (town.archive.checkpoint(), Leaf.objects.count()) == (note, 3)


@pytest.mark.parametrize("more", [1, 2, 300, 600])
def test_leaves_come_back_from_the_former_server_s_disk_and_no_witness_sees_a_fork(
    town: Town, backup: Backup, tmp_path: Path, more: int
) -> None:
    town.acts(254)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: none(town.acts(more))) as former:
        witness = (former / "register" / town.name.folder / "checkpoint").read_text()
        waiting = town.act(77)
        (outcome,) = resumed(town, mirror=FolderMirror(former / "register"))
        assert outcome.code == "taken-back"
        assert outcome.numbers is not None
        assert (outcome.numbers.leaves, outcome.numbers.lost) == (more, more)
        assert read_hold(town.shelf) is None
        town.sequence()
        assert Leaf.objects.get(entry=waiting).index == 254 + more
        verdict = verified(town, since=(witness,))
        assert verdict.faults == []


def test_a_planned_move_costs_nothing(town: Town, backup: Backup, tmp_path: Path) -> None:
    """The former server was stopped before the backup: its files say that nothing more was signed."""
    town.acts(3)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: None) as former:
        assert resumed(town, mirror=FolderMirror(former / "register")) == [Outcome(town.name, "well")]
        town.acts(1)
        town.sequence()
        assert (town.published().size, verified(town).faults) == (4, [])


def test_closing_ends_the_log_and_signs_nothing_more_under_its_name(town: Town, backup: Backup, tmp_path: Path) -> None:
    town.acts(3)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: none(town.acts(4))) as former:
        witness = (former / "register" / town.name.folder / "checkpoint").read_text()
        last, note = town.published(), town.archive.checkpoint()
        waiting = town.act(50)
        (outcome,) = resumed(town, close=True)
        assert outcome.code == "continued"
        town.sequence()
        end = open_end(str(town.archive.end()), town.vkeys())
        following = LogName(town.name.log, 2)
        assert (end.last, end.next_origin, end.agreed) == (last, following.origin("register.example"), 3)
        assert town.archive.checkpoint() == note, "what the former server signed later is contradicted by nothing"
        assert Leaf.objects.get(entry=waiting).generation == 2
        assert verified(town, 1, 2).faults == []
        assert verified(town, 1, 2, since=(witness,)).faults != [], (
            "a witness sees that leaves are gone, and no second history"
        )
        assert [each.code for each in resumed(town)] == ["well"]


def test_erasures_after_the_backup_are_applied_again_where_the_journal_is(
    town: Town, backup: Backup, tmp_path: Path
) -> None:
    first, second = town.acts(2)
    town.sequence()

    def later() -> None:
        with transaction.atomic():
            erase(entries=[first], reason="retention", by=uuid4())

    with restored(town, backup, tmp_path, later) as former:
        assert Payload.objects.filter(pk=first).exists()
        (outcome,) = resumed(town, mirror=FolderMirror(former / "register"))
        assert outcome.numbers is not None
        assert (outcome.numbers.erased, outcome.unexplained) == (1, 0)
        assert set(Payload.objects.filter(pk__in=[first, second]).values_list("entry", flat=True)) == {second}
        town.sequence()
        assert verified(town).faults == []


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP, as any web server publishes it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_leaves_come_back_from_a_mirror_over_http_which_has_no_journal(
    town: Town, backup: Backup, tmp_path: Path
) -> None:
    (first,) = town.acts(1)
    town.sequence()

    def later() -> None:
        town.acts(300)
        with transaction.atomic():
            erase(entries=[first], reason="retention", by=uuid4())

    with restored(town, backup, tmp_path, later) as former, served(former / "register") as address:
        witness = (former / "register" / town.name.folder / "checkpoint").read_text()
        (outcome,) = resumed(town, mirror=WebMirror(address))
        assert (outcome.code, outcome.unexplained) == ("taken-back", 1)
        town.sequence()
        verdict = verified(town, since=(witness,))
        assert [fault for fault in verdict.faults if "erased" not in str(fault)] == []


def altered(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def damages(folder: Path) -> dict[str, Callable[[], object]]:
    """What may be wrong with files that come from elsewhere."""
    bundle = folder / Tile(ENTRIES, 0, 7).path
    note = folder / "checkpoint"
    return {
        "an entry was altered": lambda: altered(bundle),
        "a bundle is gone": bundle.unlink,
        "a bundle is cut short": lambda: bundle.write_bytes(bundle.read_bytes()[:-3]),
        "the checkpoint's size was altered": lambda: note.write_text(note.read_text().replace("\n7\n", "\n6\n")),
        "the checkpoint is no note": lambda: note.write_bytes(b"\xff\x00"),
        "there is no checkpoint": note.unlink,
    }


@pytest.mark.parametrize("damage", sorted(damages(Path())))
def test_nothing_is_believed_but_what_our_keys_signed(town: Town, backup: Backup, tmp_path: Path, damage: str) -> None:
    town.acts(3)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: none(town.acts(4))) as former:
        damages(former / "register" / town.name.folder)[damage]()
        note = town.archive.checkpoint()
        with pytest.raises(MirrorRefused):
            resumed(town, mirror=FolderMirror(former / "register"))
        assert (town.archive.checkpoint(), Leaf.objects.count()) == (note, 3)
        assert read_hold(town.shelf) == HOLD
        with pytest.raises(RegisterHeld):
            town.sequencer()
        (outcome,) = resumed(town, close=True)
        assert outcome.code == "continued", "what was begun with false files stands in nobody's way"
        town.sequence()
        assert verified(town, 1, 2).faults == []


def test_files_older_than_the_backup_and_those_of_strangers_are_refused(
    town: Town, backup: Backup, tmp_path: Path
) -> None:
    town.acts(3)
    town.sequence()
    shutil.copytree(town.shelf.root, tmp_path / "older" / "register")
    town.acts(2)
    town.sequence()
    with restored(town, backup, tmp_path, lambda: None):
        with pytest.raises(MirrorRefused, match="older than the backup"):
            resumed(town, mirror=FolderMirror(tmp_path / "older" / "register"))
        (tmp_path / "empty").mkdir()
        with pytest.raises(MirrorRefused, match="is not there"):
            resumed(town, mirror=FolderMirror(tmp_path / "empty"))
    for address in ("ftp://host/register", "https://", "https://host/register?x=1"):
        with pytest.raises(MirrorRefused):
            WebMirror(address)


def test_a_hold_that_cannot_be_read_holds(town: Town) -> None:
    town.acts(1)
    town.sequence()
    town.shelf.hold.write_text("{")
    with pytest.raises(RegisterHeld):
        town.sequencer()
