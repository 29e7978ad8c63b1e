"""A backup and a restore of a large register, beside bare pg_dump and pg_restore of the same database, in the same run.

``python -m bench.backup [--quick] [--entries N] [--in FOLDER]``. An installation of its own, nothing switched off; ten million need 50 GB.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from beffroi.adapters.postgres import access
from beffroi.adapters.postgres.dumping import dump, load, server_version, tools_for
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint
from beffroi.protocol.register.merkle import Frontier
from beffroi.protocol.register.names import LogName

ENTRIES, QUICK_ENTRIES = 10_000_000, 100_000
AT_ONCE = 100_000
TILES_AT_ONCE = 8192
HOST = "bench.example"
# What a day adds, between the first backup and the second.
A_DAY = 5_000
# Ours also seals, hashes, writes tiles, counts rows and hashes every entry again: so many times as long as bare is what we allow it.
MOST_BACKUP, MOST_RESTORE = 3.0, 3.0
COMMITMENT = "translate(encode(sha256(int8send(i * 8 + {})), 'base64'), '+/=', '-_')"
FILL = """
WITH n AS MATERIALIZED (
    SELECT i, ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid AS id, convert_to(format(
        '{{"at":"2026-11-22T04:41Z","fields":{{"by":"%%s","cabinet":"%%s","grant":"%%s","number":"%%s","outcome":"%%s"}},"kind":"bench.act",'
        '"log":"%%s","v":1}}', {commitments}, %(log)s::text), 'UTF8') AS body
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
), entries AS (
    INSERT INTO register_entry (id, log, kind, at, body) SELECT id, %(log)s, 'bench.act', '2026-11-22T04:41Z', body FROM n ORDER BY i
), leaves AS (
    INSERT INTO register_leaf (log, generation, index, entry, hash)
    SELECT %(log)s, 1, i, id, sha256('\\x00'::bytea || body) FROM n ORDER BY i
)
INSERT INTO register_payload (entry, log, fields, holder) SELECT id, %(log)s, jsonb_build_object({values}), {holder} FROM n ORDER BY i
"""


@dataclass(frozen=True)
class Line:
    """One figure: what, how many seconds, what bare PostgreSQL takes for its part of it, what else there is to say."""

    name: str
    seconds: float
    bare: float | None = None
    beside: str = ""
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.bare is None else self.seconds / self.bare

    @property
    def kept(self) -> bool:
        return self.ratio is None or self.most is None or self.ratio <= self.most


@contextmanager
def timed(taken: dict[str, float], name: str) -> Iterator[None]:
    """How long the block lasts, said when it begins and ends."""
    sys.stderr.write(f"-- {name}\n")
    start = time.monotonic()
    yield
    taken[name] = time.monotonic() - start


def beffroi(home: Path, *words: str, given: str = "") -> str:
    """One of our commands over a home; its progress goes to the terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "beffroi", *words],
        env={**os.environ, "BEFFROI_HOME": str(home), "BEFFROI_REGISTER_HOST": HOST},
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def statement() -> str:
    """What adds entries, leaves and values as an act of five fields would."""
    names = ("by", "cabinet", "grant", "number", "outcome")
    values = ", ".join(
        f"'{name}', jsonb_build_object('value', id::text, 'salt', {COMMITMENT.format(place)})"
        for place, name in enumerate(names)
    )
    commitments = ", ".join(COMMITMENT.format(place) for place in range(len(names)))
    return FILL.format(commitments=commitments, values=values, holder=COMMITMENT.format(7))


def grow(home: Path, log: str, first: int, last: int) -> None:
    """Entries [first, last), numbered, published and signed as the sequencer does, many at once."""
    with access.database(home, app_url=None, owner_url=None) as info, psycopg.connect(info.owner_url) as connection:
        for start in range(first, last, AT_ONCE):
            end = min(start + AT_ONCE, last)
            connection.execute(statement(), {"log": log, "first": start, "last": end - 1})
            connection.commit()
            sys.stderr.write(f"\r{end:,} of {last:,} entries")
        sys.stderr.write("\n")
        _publish(connection, home, log, first, last)


def _publish(connection: "psycopg.Connection[tuple[object, ...]]", home: Path, log: str, first: int, last: int) -> None:
    name = LogName(log)
    archive = Archive(home / "register" / name.folder)
    tree = archive.frontier(first) if first else Frontier()
    with connection.cursor("leaves") as cursor:
        cursor.itersize = TILES_AT_ONCE
        cursor.execute(
            "SELECT e.body, l.hash FROM register_leaf l JOIN register_entry e ON e.id = l.entry "
            "WHERE l.log = %s AND l.index >= %s ORDER BY l.index",
            [log, first],
        )
        size = first
        while rows := cursor.fetchmany(TILES_AT_ONCE):
            archive.extend(size, [bytes(row[0]) for row in rows])  # type: ignore[arg-type]  # bytea
            tree.extend(bytes(row[1]) for row in rows)  # type: ignore[arg-type]  # bytea
            size += len(rows)
            sys.stderr.write(f"\r{size:,} of {last:,} published")
    sys.stderr.write("\n")
    origin = name.origin(HOST)
    connection.execute(
        "INSERT INTO register_head (log, generation, origin, size, frontier, closed) VALUES (%s, 1, %s, %s, %s, false) "
        "ON CONFLICT (log, generation) DO UPDATE SET size = excluded.size, frontier = excluded.frontier",
        [log, origin, size, tree.to_bytes()],
    )
    connection.commit()
    archive.publish(sign_checkpoint(Checkpoint(origin, size, tree.root()), KeyRing(home / "keys").of(log).signing))


def begun(place: Path) -> tuple[Path, Path, str]:
    """An installation: its home, one of its roots, its authority."""
    home = place / "town"
    asked = ("--authority-name", "Ville", "--authority-slug", "ville", "--admin-email", "a@bench.example")
    beffroi(home, "init", *asked, "--admin-password-stdin", given="une-phrase-longue-et-sure-42")
    (root,) = home.glob("keys/*/roots/root-1.jwk")
    kept = place / "root.jwk"
    shutil.copy(root, kept)
    return home, kept, root.parents[1].name


def bare_dump(home: Path, file: Path) -> int:
    """pg_dump as we call it, into a file; returns the major."""
    with access.database(home, app_url=None, owner_url=None) as info:
        major, _ = server_version(info.app_url)
        with dump(tools_for(major, home / "postgres"), info.app_url) as stream, file.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
    return major


def bare_restore(place: Path, file: Path, major: int) -> None:
    """pg_restore as we call it, into a new cluster."""
    home = place / "bare"
    with Cluster(home) as cluster, file.open("rb") as dumped:
        info = cluster.start()
        with load(tools_for(major, home / "postgres"), info.owner_url) as pipe:
            shutil.copyfileobj(dumped, pipe, 1 << 20)
    shutil.rmtree(home)


def size_of(folder: Path) -> int:
    """Bytes of all files under it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(place: Path, entries: int) -> list[Line]:
    taken: dict[str, float] = {}
    home, root, log = begun(place)
    grow(home, log, 0, entries)
    database = size_of(home / "postgres" / "data" / "base")
    backups = place / "backups"
    with timed(taken, "backup"):
        beffroi(home, "backup", "--to", str(backups))
    grow(home, log, entries, entries + A_DAY)
    with timed(taken, "next night"):
        said = beffroi(home, "backup", "--to", str(backups))
    with timed(taken, "verify"):
        beffroi(home, "backup", "verify", str(backups))
    with timed(taken, "bare dump"):
        major = bare_dump(home, place / "bare.dump")
    known = json.loads(max(backups.glob("*/manifest.json")).read_text())
    shutil.rmtree(home)  # lost, as on the day
    with timed(taken, "bare restore"):
        bare_restore(place, place / "bare.dump", major)
    (place / "bare.dump").unlink()
    with timed(taken, "restore"):
        beffroi(place / "new", "restore", str(backups), "--root", str(root))
    whole = f"{entries:,} entries, database {database / 1e9:.1f} GB"
    sealed = f"{(sum(part['bytes'] for part in known['parts']) + known['object_bytes']) / 1e9:.1f} GB sealed"
    return [
        Line("backup", taken["backup"], taken["bare dump"], whole, MOST_BACKUP),
        Line("next night", taken["next night"], taken["bare dump"], said.split(": ", 1)[1].split(", in")[0]),
        Line("verify without keys", taken["verify"], None, sealed),
        Line("restore, all checked", taken["restore"], taken["bare restore"], sealed, MOST_RESTORE),
    ]


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--entries", type=int)
    parser.add_argument("--in", dest="inside", type=Path)
    args = parser.parse_args()
    entries = args.entries or (QUICK_ENTRIES if args.quick else ENTRIES)
    place = Path(tempfile.mkdtemp(prefix="beffroi-bench-", dir=args.inside))
    place.chmod(0o711)
    try:
        lines = measure(place, entries)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print("backup, beside bare pg_dump and pg_restore")
    for line in lines:
        bare = "" if line.bare is None else f"bare {line.bare:8.1f} s, ratio {line.ratio:4.2f}"
        verdict = "" if line.most is None else ("kept" if line.kept else "PASSED")
        print(f"{line.name:22}{line.seconds:9.1f} s  {bare:30}  {line.beside:48}{verdict}")
    sys.exit(0 if all(line.kept for line in lines) else 1)


if __name__ == "__main__":
    main()
