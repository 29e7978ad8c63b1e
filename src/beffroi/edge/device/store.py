"""The device's memory: one SQLite file, which a power cut at any instant leaves whole.

WAL with synchronous=FULL: a commit that returned is on the disk. The file is opened in exclusive mode, so a second
process on the same folder is refused; the operating system drops that hold when the first one dies, however it dies.

Two tables. `fact` holds named values (keys, trust, counters). `event` holds the log that the server has not yet signed
for. What an event is belongs to the journal; here it is text.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from beffroi.edge.device.errors import StoreError

SUFFIX: Final = ".sqlite3"
"""Of the memory's file, behind the kind of the device: `lock.sqlite3`."""
SCHEMA_VERSION: Final = 1
MOST_PAGES: Final = 2**30
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER PRIMARY KEY, boot INTEGER NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Row:
    """One stored event: its place in the log, the hash of the one before it, its own, and its canonical text."""

    sequence: int
    boot: int
    prev: str
    hash: str
    body: str


class Store:
    """All writes go through `transaction()`; a failure there leaves nothing half written and raises StoreError."""

    def __init__(self, connection: sqlite3.Connection, kind: str) -> None:
        self.kind = kind
        self._connection = connection
        self._writing = False

    @classmethod
    def open(cls, folder: Path, kind: str) -> Self:
        """Open or make the store of a device of this kind in `folder` (made 0700 when absent).

        StoreError store-busy, store-failed, store-foreign.
        """
        path = folder / f"{kind}{SUFFIX}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.fchmod(descriptor, stat.S_IRUSR | stat.S_IWUSR)
            os.close(descriptor)
            connection = sqlite3.connect(path, isolation_level=None, timeout=1.0, check_same_thread=True)
        except (OSError, sqlite3.Error) as fault:
            raise StoreError("store-failed", f"can't open {path}: {fault}") from fault
        try:
            cls._prepare(connection)
        except sqlite3.OperationalError as fault:
            connection.close()
            code = "store-busy" if "locked" in str(fault) else "store-failed"
            raise StoreError(code, f"{path}: {fault}") from fault
        except sqlite3.Error as fault:
            connection.close()
            raise StoreError("store-failed", f"{path}: {fault}") from fault
        return cls(connection, kind)

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 200")
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise StoreError("store-foreign", f"the store has version {version}; this program reads {SCHEMA_VERSION}")
        damage: str = connection.execute("PRAGMA quick_check").fetchone()[0]
        if damage != "ok":
            raise StoreError("store-failed", f"the store is damaged: {damage}")
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is durable when this returns, or none of it happened. A nested one joins the outer one."""
        if self._writing:
            yield
            return
        self._writing = True
        try:
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("COMMIT")
            except BaseException:
                self._rollback()
                raise
        finally:
            self._writing = False

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._execute("ROLLBACK")

    def _execute(self, sql: str, *values: int | str) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except sqlite3.Error as fault:
            raise StoreError("store-failed", str(fault)) from fault

    # Facts

    def fact(self, name: str) -> str | None:
        row = self._execute("SELECT value FROM fact WHERE name = ?", name).fetchone()
        return None if row is None else str(row[0])

    def number(self, name: str, default: int = 0) -> int:
        value = self.fact(name)
        try:
            return default if value is None else int(value)
        except ValueError as fault:
            raise StoreError("store-damaged", f"{name} is not a number") from fault

    def set(self, name: str, value: str | int) -> None:
        self._writing_only()
        self._execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, str(value)
        )

    def forget(self, name: str) -> None:
        self._writing_only()
        self._execute("DELETE FROM fact WHERE name = ?", name)

    # Events

    def append(self, row: Row) -> None:
        self._writing_only()
        self._execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", row.sequence, row.boot, row.prev, row.hash, row.body)

    def rows(self, *, after: int = 0, limit: int = 64) -> list[Row]:
        """At most `limit` events whose sequence is greater than `after`, oldest first."""
        found = self._execute(
            "SELECT sequence, boot, prev, hash, body FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?",
            after,
            limit,
        ).fetchall()
        return [Row(*row) for row in found]

    def row(self, sequence: int) -> Row | None:
        rows = self.rows(after=sequence - 1, limit=1)
        return rows[0] if rows and rows[0].sequence == sequence else None

    def count(self) -> int:
        return int(self._execute("SELECT count(*) FROM event").fetchone()[0])

    def drop(self, *, first: int, last: int) -> None:
        """Delete the events of this closed range."""
        self._writing_only()
        self._execute("DELETE FROM event WHERE sequence BETWEEN ? AND ?", first, last)

    def _writing_only(self) -> None:
        if not self._writing:
            raise StoreError("store-failed", "a write outside a transaction")

    def fill(self) -> None:
        """For tests: behave from now on as on a disk with no room left."""
        pages: int = self._execute("PRAGMA page_count").fetchone()[0]
        self._execute(f"PRAGMA max_page_count = {pages}")

    def make_room(self) -> None:
        """For tests: the disk has room again."""
        self._execute(f"PRAGMA max_page_count = {MOST_PAGES}")
