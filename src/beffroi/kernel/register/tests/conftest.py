"""A register of its own for each test: database, folder, key, and a kind to record.

Django is not ready when this file is read: what needs it is imported by the fixtures.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from tests import database

if TYPE_CHECKING:
    from beffroi.kernel.register.factories import Town


@pytest.fixture
def town(own_database: ConnectionInfo, tmp_path: Path) -> Iterator["Town"]:
    from beffroi.kernel.register.factories import Town, known_kind
    from beffroi.kernel.register.queries.keys import create_checkpoint_key

    create_checkpoint_key(tmp_path / "keys")
    with known_kind():
        yield Town(home=tmp_path)
    settle(named(own_database))


def named(info: ConnectionInfo) -> str:
    return urlsplit(info.app_url).path.lstrip("/")


def settle(name: str) -> None:
    """Wait until nobody is connected to a database: a server process outlives its client's goodbye by a moment."""
    from django.db import connections

    connections.close_all()
    deadline = time.monotonic() + 60
    with psycopg.connect(database.current().owner_url, autocommit=True) as owner:
        while owner.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name]).fetchone():
            assert time.monotonic() < deadline, f"somebody stays connected to {name}"


Restore = Callable[[], None]


@pytest.fixture
def backup(own_database: ConnectionInfo) -> Callable[[], AbstractContextManager[Restore]]:
    """`with backup() as restore:` keeps the database as it is now; from `restore()` on, Django is in that one."""

    from beffroi.kernel.register.factories import use_database

    name = named(own_database)

    @contextmanager
    def kept() -> Iterator[Restore]:
        settle(name)
        with database.cloned(name, f"{name}_backup"):
            try:
                yield lambda: use_database(f"{name}_backup")
            finally:
                use_database(name)
                settle(f"{name}_backup")

    return kept
