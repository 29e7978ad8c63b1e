"""A row that somebody else holds meanwhile: what a request did before it wrote there, and what others do until then, is seen in order."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from psycopg import sql

from beffroi.adapters.postgres.notes import ConnectionInfo

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LIMIT = 120.0


@contextmanager
def held(town: ConnectionInfo, table: str, key: UUID) -> Iterator[Callable[..., None]]:
    """Whoever writes or locks this row waits until the end; what is given waits until so many do, or until what they do is over."""
    row = sql.SQL("SELECT FROM {} WHERE id = %s FOR UPDATE").format(sql.Identifier(table))
    with psycopg.connect(town.app_url) as holding, psycopg.connect(town.app_url, autocommit=True) as looking:
        holding.execute(row, [key])

        def waits(many: int = 1, over: Callable[[], bool] = lambda: False) -> None:
            pause, limit = threading.Event(), time.monotonic() + LIMIT
            while not over() and looking.execute(WAITING).fetchone() != (many,):
                assert time.monotonic() < limit, "nobody waits"
                pause.wait(0.02)

        yield waits
