"""Many ask one web server: it holds no more connections to PostgreSQL than it was given, and screens that stay open hold none."""

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.simulator.browser import Browser
from tests.journeys.browser import PASSWORD, PATIENCE, founded, serving

HELD = 8
# More than it holds, and as many screens as one person may have open.
ASKED, SCREENS = 40, 10


@pytest.fixture
def address(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[str]:
    """A town whose web server was given few connections."""
    founded()
    with serving(own_database, tmp_path, BEFFROI_WEB_CONNECTIONS=str(HELD)) as (address, _process):
        yield address


def connections(info: ConnectionInfo) -> int:
    """How many the application's role holds."""
    name = urlsplit(info.app_url)
    with psycopg.connect(info.owner_url) as owner:
        row = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = %s", [name.username, name.path[1:]]
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_who_asks_often_takes_no_more_connections(address: str, own_database: ConnectionInfo) -> None:
    place = urlsplit(address)
    before = connections(own_database)
    for _ in range(ASKED):
        with contextlib.closing(
            http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        ) as asked:
            asked.request("GET", "/login/")
            assert asked.getresponse().status == 200
    assert connections(own_database) <= before + HELD


def test_screens_that_stay_open_leave_every_connection_to_others(address: str) -> None:
    claire = Browser(address, "claire.martin@meaux.example", PASSWORD)
    claire.page("/console/")
    cookies = "; ".join(f"{name}={value}" for name, value in claire.cookies().items())
    place = urlsplit(address)
    with contextlib.ExitStack() as screens:
        for _ in range(SCREENS):
            screen = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
            screens.callback(screen.close)
            screen.request("GET", "/live/", headers={"Cookie": cookies})
            answer = screen.getresponse()
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
            assert answer.readline()
        assert "Claire" in claire.page("/")
