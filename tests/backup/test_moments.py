"""The database's own log: kept sealed, and played up to a moment. What was done after it is not there, what was before is, all of it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.archive import noted_logs
from beffroi.adapters.archive.logs import LogFolder
from beffroi.adapters.archive.noted_logs import NotedLog
from beffroi.adapters.postgres import archiving
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.cli.backups.errors import BackupError, BackupRefused
from beffroi.cli.backups.keeping import base_due, refuse_unusable
from beffroi.cli.backups.replaying import moment
from beffroi.cli.backups.sealing import Sealing
from beffroi.config.environment import read
from beffroi.protocol.backup.errors import BadLog
from beffroi.protocol.backup.wal import Base, Piece, base_text, following, is_piece, piece_text, read_base, read_piece
from tests.backup.conftest import PATIENCE, Town
from tests.backup.test_archive import ROOT, recipient
from tests.backup.test_backup import own_the_same

PARIS = ZoneInfo("Europe/Paris")
COUNT = """
from beffroi.kernel.register.models import Entry
print(Entry.objects.filter(kind="export.asked").count())
"""
SEAL = """
from beffroi.cli.backups.keeping import sealing
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now
sealing(environment()).look(utc_now())
"""


@dataclass(frozen=True)
class Kept:
    """A town whose log is kept, the folders, a moment between two acts, how many acts there were by then and in all."""

    town: Town
    backups: Path
    log: Path
    between: datetime
    by_then: int
    in_all: int

    @property
    def pieces(self) -> list[Path]:
        return sorted(self.log.glob("*/*/*.age"))

    @property
    def asked(self) -> tuple[str | Path, ...]:
        return ("restore", self.backups, *self.town.root, "--wal", self.log)


def until(condition: Callable[[], bool], words: str) -> None:
    """Wait for what another process does."""
    pause, limit = threading.Event(), time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, words
        pause.wait(0.02)


def switched(cluster: Cluster) -> datetime:
    """The segment that is written now has left the server; the server's clock before that."""
    with psycopg.connect(cluster._superuser(), autocommit=True) as connection:
        row = connection.execute("SELECT now(), pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    until((cluster.folder / archiving.SPOOL / str(row[1])).exists, "the segment never left")
    moment: datetime = row[0]
    return moment


@pytest.fixture(scope="module")
def kept(town: Town, place: Path) -> Iterator[Kept]:
    home = place / "kept"
    shutil.copytree(town.home, home, ignore=shutil.ignore_patterns("socket", "launcher.lock"))
    own_the_same(town.home, home)
    log, backups = place / "kept.wal", place / "kept.backups"
    with (home / "settings.env").open("a") as settings:
        settings.write(f"BEFFROI_WAL_ARCHIVE={log}\nBEFFROI_BACKUP_FOLDER={backups}\n")
    own = Town(home, town.roots)
    refused = own.command("backup", "--base")
    assert "start Beffroi anew" in refused.stderr, "the server was not started so"
    with Cluster(home, archive_every=3600) as cluster:
        cluster.start()
        own.done("backup", "--base")
        count = int(own.within(COUNT))
        own.acts(3)
        switched(cluster)
        own.within(SEAL)
        own.acts(1)
        between = switched(cluster)
        own.acts(2)
        switched(cluster)
        own.within(SEAL)
        assert list(archiving.waiting(cluster.folder)) == [], "what is sealed is no longer here"
    yield Kept(own, backups, log, between, count + 4, count + 6)
    shutil.rmtree(home)


def test_what_was_done_after_the_moment_is_not_there_and_all_before_is(kept: Kept, empty: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    shutil.copy(max(kept.town.home.glob("register/*-*")) / "checkpoint", witness)
    new = Town(empty, kept.town.roots)
    said = new.done(*kept.asked, "--home", empty, "--to", kept.between.strftime("%Y-%m-%d %H:%M:%S.%fZ"))
    assert "each log begins as it was backed up" in said
    assert "what came after it" in said, "media are the backup's"
    assert not (empty / "postgres" / "played").exists(), "nothing of the log stays in the clear"
    assert int(new.within(COUNT)) == kept.by_then
    assert new.command("register", "resume").returncode == 1, "the register is held"
    assert "taken-back: 2 leaves" in new.done("register", "resume", "--tiles", kept.town.home)
    new.acts(1)
    assert "verified: " in new.verified(tmp_path, witness)


def test_without_a_moment_all_of_the_log_is_played_and_a_log_without_a_copy_ends_and_goes_on(
    kept: Kept, empty: Path, tmp_path: Path
) -> None:
    new = Town(empty, kept.town.roots)
    new.done(*kept.asked, "--home", empty, "--to", "end")
    assert int(new.within(COUNT)) == kept.in_all
    assert ": continued" in new.done("register", "resume", "--close")
    new.acts(1)
    assert "verified: " in new.verified(tmp_path)


def altered(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def unsigned(path: Path) -> None:
    """Somebody else's piece under this name, well described."""
    note = path.with_suffix(".note")
    text, _, signatures = note.read_text().rpartition("\n\n")
    note.write_text(
        f"{piece_text(replace(read_piece(text + chr(10)), closed=datetime(2036, 1, 1, tzinfo=UTC)))}\n{signatures}"
    )


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a piece is gone": (lambda path: path.with_suffix(".note").unlink(), "has a gap"),
    "a piece was altered": (altered, "were altered or cut short"),
    "a piece is somebody else's": (unsigned, "not signed by this installation"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_log_that_is_not_whole_is_refused_with_what_is_missing(
    kept: Kept, empty: Path, tmp_path: Path, damage: str
) -> None:
    do, words = DAMAGES[damage]
    log = Path(shutil.copytree(kept.log, tmp_path / "log"))
    piece = kept.pieces[-2]
    do(log / piece.relative_to(kept.log))
    refused = kept.town.command("restore", kept.backups, *kept.town.root, "--wal", log, "--home", empty, "--to", "end")
    assert refused.returncode == 2, refused.stdout
    assert words in refused.stderr
    assert piece.stem in refused.stderr or damage == "a piece is somebody else's"
    assert not empty.exists() or not any(empty.iterdir())


def test_a_moment_that_cannot_be_had_is_refused_with_one_that_can(kept: Kept, empty: Path) -> None:
    for when, words in (
        ("2020-01-01 12:00", "holds no backup with a base as early"),
        ("2090-01-01 12:00", "The last moment that can be had is"),
        ("yesterday", "a moment like"),
        ("2026-10-25 02:30", "say it in UTC"),
    ):
        refused = kept.town.command(*kept.asked, "--home", empty, "--to", when)
        assert refused.returncode == 2
        assert words in refused.stderr
    nowhere = kept.town.command(
        "restore", kept.backups, *kept.town.root, "--home", empty, "--to", "end", BEFFROI_WAL_ARCHIVE=""
    )
    assert "--wal FOLDER" in nowhere.stderr
    assert not empty.exists()


def test_pieces_wait_while_the_folder_is_away_and_never_fill_the_town_s_disk(tmp_path: Path) -> None:
    now, cluster = datetime(2026, 11, 23, 3, tzinfo=UTC), tmp_path / "postgres"
    spool = cluster / archiving.SPOOL
    spool.mkdir(parents=True)
    away = tmp_path / "share"
    away.write_text("no folder")
    names = ["000000010000000000000007", "000000010000000000000008"]
    for name in names:
        (spool / name).write_bytes(bytes(1000) + name.encode())

    def to() -> list[str]:
        """A backup ends while pieces are sealed."""
        noted_logs.update(tmp_path, lambda known: known.based("2026-11-23T030000Z", 1))
        return [recipient(ROOT)]

    sealing = Sealing(tmp_path, cluster, LogFolder(away, "7"), to, lambda text: f"{text}\nsigned")
    sealing.look(now)
    noted = noted_logs.read(tmp_path)
    assert (noted.waiting, noted.failed_at, noted.broken_at) == (2, int(now.timestamp()), 0)
    assert str(away) in noted.reason
    sealing.look(now + timedelta(hours=1))
    assert noted_logs.read(tmp_path).failed_at == int(now.timestamp()), "since when"
    away.unlink()
    sealing.look(now + timedelta(hours=2))
    noted = noted_logs.read(tmp_path)
    assert (noted.waiting, noted.failed_at, noted.kept) == (0, 0, names[1])
    assert (noted.base, noted.base_at) == ("2026-11-23T030000Z", 1)
    assert sealing.target.names() == names
    (spool / "00000001000000000000000A").write_bytes(b"one was lost")
    sealing.look(now + timedelta(hours=3))
    assert noted_logs.read(tmp_path).broken_at == int((now + timedelta(hours=3)).timestamp())
    (spool / "00000001000000000000000B").write_bytes(b"more than may wait")
    shutil.rmtree(away)
    away.write_text("no folder")
    replace(sealing, most=1).look(now + timedelta(hours=4))
    noted = noted_logs.read(tmp_path)
    assert (noted.waiting, noted.broken_at) == (0, int((now + timedelta(hours=4)).timestamp()))
    assert not list(spool.iterdir())


def test_a_moment_is_the_town_s_unless_it_says_another() -> None:
    assert moment("2026-11-23 14:05", PARIS) == datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    assert moment("2026-07-14T14:05:06", PARIS) == datetime(2026, 7, 14, 12, 5, 6, tzinfo=UTC)
    assert moment("2026-11-23 14:05Z", PARIS) == datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    assert moment("2026-11-23 14:05+05:00", PARIS) == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert moment("end", PARIS) is None
    for odd in ("2026-10-25 02:30", "2027-03-28 02:30"):
        with pytest.raises(BackupRefused, match="say it in UTC"):
            moment(odd, PARIS)


def test_a_base_is_due_each_week_and_as_soon_as_the_log_was_broken_off() -> None:
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)

    def due(base: timedelta | None, broken: timedelta | None = None) -> bool:
        moments = [0 if ago is None else int((now - ago).timestamp()) for ago in (base, broken)]
        return base_due(NotedLog(base_at=moments[0], broken_at=moments[1]), now)

    assert due(None)
    assert not due(timedelta(days=1))
    assert due(timedelta(days=7))
    assert due(timedelta(days=1), timedelta(hours=1))
    assert not due(timedelta(days=1), timedelta(days=2)), "the base came after"


def test_the_log_of_somebody_else_s_server_is_not_ours_to_keep(tmp_path: Path) -> None:
    asked = {"BEFFROI_HOME": str(tmp_path), "BEFFROI_WAL_ARCHIVE": str(tmp_path / "log")}
    refuse_unusable(read(asked))
    with pytest.raises(BackupError, match="keeps its own log"):
        refuse_unusable(read({**asked, "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}))
    assert read({**asked, "BEFFROI_WAL_ARCHIVE": "kept"}).backups.log == tmp_path / "kept"


SYSTEMS = st.integers(1, 2**64 - 1).map(str)
# The last of all, after 16 EiB, has none after it.
SEGMENTS = st.integers(0, 2**40 - 2).map(lambda n: f"00000001{n // 256:08X}{n % 256:08X}")


@given(SYSTEMS, SEGMENTS, st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - a zone is put on it
def test_what_is_signed_reads_back(system: str, name: str, at: datetime) -> None:
    piece = Piece(system, name, at.replace(microsecond=0, tzinfo=UTC), "ab" * 32)
    assert read_piece(piece_text(piece)) == piece
    base = Base(system, "2026-11-23T030012Z", name)
    assert read_base(base_text(base)) == base
    assert is_piece(name)
    assert is_piece(following(name))
    assert following(name) > name


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("utf-8", "replace")))
def test_whatever_comes_is_refused(text: str) -> None:
    for reading, first in ((read_piece, "beffroi wal v1"), (read_base, "beffroi base v1")):
        for spoilt in (text, f"{first}\n{text}", f"{first}\n7\n{text}\n"):
            with pytest.raises(BadLog):
                reading(spoilt)
