"""The mark that a release leaves on the tables: older code is refused, the one before goes on."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.persistence import release
from beffroi.persistence.release import Mark


@given(
    st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)),
    st.sampled_from(["", ".dev3", "rc1", "+town"]),
)
def test_a_release_is_compared_by_its_numbers(version: tuple[int, int, int], tail: str) -> None:
    assert release.numbers(".".join(map(str, version)) + tail) == version


def test_code_is_refused_only_when_a_newer_release_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "ours", lambda: "0.9.0")
    assert not release.refusal(None)
    assert not release.refusal(Mark("0.8.0", "0.7.0"))
    assert not release.refusal(Mark("0.9.0", "0.8.0"))
    assert not release.refusal(Mark("0.10.0", "0.9.0"))
    refused = release.refusal(Mark("0.11.0", "0.10.0"))
    assert "0.11.0" in refused
    assert "this is 0.9.0" in refused
    assert "beffroi restore" in refused


def beffroi(info: ConnectionInfo, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "beffroi", *words],
        env={"BEFFROI_HOME": str(home), "DATABASE_URL": info.app_url, "BEFFROI_DATABASE_OWNER_URL": info.owner_url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_leaves_and_heeds_the_mark(own_database: ConnectionInfo, tmp_path: Path) -> None:
    assert beffroi(own_database, tmp_path, "migrate").returncode == 0
    with psycopg.connect(own_database.owner_url, autocommit=True) as connection:
        marks = connection.execute("SELECT version, oldest FROM persistence_release").fetchall()
        assert marks == [(release.ours(), release.OLDEST)]

        connection.execute("INSERT INTO persistence_release VALUES ('99.1.0', '0.0.1')")
        beside = beffroi(own_database, tmp_path, "migrate")
        assert (beside.returncode, "newer release" in beside.stdout) == (0, True)
        former = beffroi(own_database, tmp_path, "keys", "show")
        assert "name the authority" in former.stderr, "the former release goes on: it came to its own work"

        connection.execute("INSERT INTO persistence_release VALUES ('99.2.0', '99.1.0')")
        for words in (("migrate",), ("migrate", "--plan"), ("web",), ("worker",)):
            refused = beffroi(own_database, tmp_path, *words)
            assert refused.returncode == 2, words
            assert f"99.1.0 or later runs; this is {release.ours()}" in refused.stderr
    with psycopg.connect(own_database.app_url) as application, pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("DELETE FROM persistence_release")
