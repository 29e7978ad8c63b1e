"""Our own PostgreSQL: made, started again, repaired after kill -9, run under an unprivileged account."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from beffroi.adapters.postgres import notes, repair
from beffroi.adapters.postgres.errors import ClusterInUseError, ClusterUnusableError
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.process import orphans
from beffroi.adapters.process.child import Account
from beffroi.adapters.process.places import OUT_OF_HOME
from tests.adapters.databases import write_down, written

PATIENCE = 120.0  # seconds; a slow machine is not a failing one
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="drops privileges: needs root")


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)


def settings(connection: psycopg.Connection[tuple[str, str]]) -> dict[str, str]:
    return dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())


def test_a_second_start_finds_the_data_the_port_and_the_passwords_again(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        first = cluster.start()
        assert cluster.healthy()
        write_down(first.owner_url, 1)
    assert not cluster.healthy()
    with Cluster(home, for_tests=True) as cluster:
        assert cluster.start() == first
        assert written(first.owner_url) == [1]


def test_owner_and_application_are_two_roles_and_the_superuser_never_comes_by_network(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        info = cluster.start()
        with psycopg.connect(info.app_url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (notes.APP,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE mine (x int)")
        with psycopg.connect(info.owner_url) as connection:
            connection.execute("CREATE EXTENSION btree_gist")
            shown = settings(connection)
            assert (shown["data_checksums"], shown["password_encryption"]) == ("on", "scram-sha-256")
            assert shown["listen_addresses"] == "127.0.0.1"
        known = notes.read(cluster.notes_file)
        assert known is not None
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            psycopg.connect(info.app_url, user=notes.SUPERUSER, password=known.superuser_password)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(info.app_url, password="wrong")


def test_only_its_account_reads_the_passwords_and_reaches_the_socket(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        cluster.start()
        assert stat.S_IMODE(cluster.notes_file.stat().st_mode) == 0o600
        assert stat.S_IMODE((cluster.folder / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700


def test_a_town_s_cluster_keeps_its_safety(home: Path) -> None:
    with Cluster(home) as cluster:
        info = cluster.start()
        with psycopg.connect(info.owner_url) as connection:
            shown = settings(connection)
            assert [shown[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on", "on", "on"]
        with (
            psycopg.connect(info.owner_url, autocommit=True) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE DATABASE another")


def test_a_postmaster_killed_hard_is_repaired_at_the_next_start(home: Path) -> None:
    with Cluster(home) as cluster:
        info = cluster.start()
        write_down(info.owner_url, 2)
        assert cluster.process is not None
        cluster.process.kill()
        cluster.process.wait()
        assert (cluster.data / repair.PID_FILE).exists()
        assert cluster.start() == info
        assert written(info.owner_url) == [2]


def test_a_stale_number_that_a_stranger_has_now_does_not_stop_the_start(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        info = cluster.start()
        pid_file = (cluster.data / repair.PID_FILE).read_text().splitlines()
    account = pwd.getpwuid(cluster.data.stat().st_uid)
    # The same account as the server: to another's number PostgreSQL pays no heed.
    with subprocess.Popen(["/bin/sleep", "600"], user=account.pw_uid, cwd="/") as stranger:
        try:
            (cluster.data / repair.PID_FILE).write_text("\n".join([str(stranger.pid), *pid_file[1:], ""]))
            with Cluster(home, for_tests=True) as again:
                assert again.start() == info
            assert stranger.poll() is None
        finally:
            stranger.kill()


LAUNCHER = """
import pathlib, signal, sys
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.process.child import Account
from beffroi.adapters.process.places import OUT_OF_HOME
with Cluster(pathlib.Path(sys.argv[1]), for_tests=True) as cluster:
    print(cluster.start().owner_url, cluster.process.pid, flush=True)
    signal.pause()
"""


def launch_elsewhere(
    home: Path, user: str | None = None, python: str = sys.executable
) -> tuple[subprocess.Popen[str], str, int]:
    process = subprocess.Popen(
        [python, "-c", LAUNCHER, str(home)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user and pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
    )
    assert process.stdout is not None
    url, pid = process.stdout.readline().split()
    return process, url, int(pid)


def test_the_server_does_not_outlive_a_launcher_killed_hard(home: Path) -> None:
    launcher, url, _ = launch_elsewhere(home)
    with launcher:
        write_down(url, 3)
        with pytest.raises(ClusterInUseError), Cluster(home, for_tests=True) as cluster:
            cluster.start()
        launcher.kill()
    eventually(lambda: not orphans.running_in(home / "postgres" / "data"), "the server ends")
    with Cluster(home, for_tests=True) as cluster:
        cluster.start()
        assert written(url) == [3]


def test_a_server_left_running_is_ended_before_the_next_start(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        info = cluster.start()
        write_down(info.owner_url, 4)
        left = cluster.process
        cluster.process = None  # as a launcher that lost sight of its child
    assert left is not None
    with left, Cluster(home, for_tests=True) as again:
        assert again.start().owner_url == info.owner_url
        assert left.wait(PATIENCE) == 0
        assert written(info.owner_url) == [4]


def test_a_port_taken_meanwhile_is_replaced(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        cluster.start()
        before = notes.read(cluster.notes_file)
    assert before is not None
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before.port))
        squatter.listen()
        with Cluster(home, for_tests=True) as cluster:
            cluster.start()
            after = notes.read(cluster.notes_file)
            assert after is not None
            assert after.port != before.port
            assert cluster.healthy()


def test_an_interrupted_first_start_is_taken_up_again(home: Path) -> None:
    (home / "postgres" / "data.part").mkdir(parents=True)
    (home / "postgres" / "data.part" / "PG_VERSION").write_text("18\n")
    with Cluster(home, for_tests=True) as cluster:
        cluster.start()
        assert cluster.healthy()


def test_damage_is_named(home: Path) -> None:
    (home / "postgres" / "data").mkdir(parents=True)
    with Cluster(home) as cluster, pytest.raises(ClusterUnusableError):
        cluster.start()
    (home / "postgres" / "cluster.json").write_text("{}")
    with Cluster(home) as cluster, pytest.raises(ClusterUnusableError, match="damaged"):
        cluster.start()


@as_root
def test_as_root_the_server_runs_under_another_account(home: Path) -> None:
    with Cluster(home, for_tests=True) as cluster:
        cluster.start()
        assert cluster.process is not None
        assert Path(f"/proc/{cluster.process.pid}").stat().st_uid not in (0, -1)


@as_root
def test_as_root_with_a_closed_home_the_data_lies_where_the_account_can_reach_it(home: Path) -> None:
    home.mkdir(mode=0o700)
    with Cluster(home, for_tests=True) as cluster:
        info = cluster.start()
        elsewhere = cluster.folder
        try:
            assert elsewhere.parent == OUT_OF_HOME
            write_down(info.owner_url, 5)
            cluster.stop()
            assert cluster.start() == info
            assert written(info.owner_url) == [5]
        finally:
            cluster.stop()
            shutil.rmtree(elsewhere)


def python_for(account: Account) -> str:
    """An interpreter like ours that this account may run: ours is often in a closed home."""
    if account.reaches(Path(sys.executable).resolve().parent):
        return sys.executable
    alike = f"/usr/bin/python3.{sys.version_info.minor}"
    if not os.access(alike, os.X_OK):
        pytest.skip(f"{account.name} can't enter {Path(sys.executable).resolve().parent}, and there is no {alike}")
    return alike


@as_root
def test_as_an_ordinary_account_everything_stays_in_the_home(home: Path) -> None:
    account = Account.named("nobody")
    home.mkdir(mode=0o700)
    os.chown(home, account.uid, account.gid)
    launcher, url, pid = launch_elsewhere(home, "nobody", python_for(account))
    with launcher:
        write_down(url, 6)
        assert Path(f"/proc/{pid}").stat().st_uid == account.uid
        assert (home / "postgres" / "data").is_dir()
        launcher.send_signal(signal.SIGKILL)
    eventually(lambda: not orphans.running_in(home / "postgres" / "data"), "the server ends")


def test_a_deep_home_gets_a_short_socket_folder(home: Path) -> None:
    deep = home.joinpath(*["a-folder-with-a-long-name"] * 5)
    with Cluster(deep, for_tests=True) as cluster:
        cluster.start()
        assert cluster.healthy()
