"""`beffroi doctor` where nothing runs: before `init`, with a database away, for an account that may not look, in a wrong setting."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.adapters.postgres import notes
from beffroi.adapters.process import status
from beffroi.adapters.process.places import free_port

NOBODY = 65_534


def doctor(
    home: Path, *arguments: str, program: tuple[str, ...] = ("-m", "beffroi"), **variables: str
) -> tuple[int, str]:
    """Its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, *program, "doctor", *arguments],
        env={"BEFFROI_HOME": str(home), "PATH": "/usr/bin:/bin"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def findings(said: str) -> dict[str, dict[str, str]]:
    return {each["code"]: each for each in json.loads(said)["findings"]}


def test_before_init_it_says_what_to_do_first(tmp_path: Path) -> None:
    code, said = doctor(tmp_path / "none")
    assert code in (0, 1, 2)
    assert "WATCH" in said
    assert "`beffroi init` makes one" in said
    assert "Room on the disks" in said
    assert "database" not in said.lower(), "there is none yet to look at"


def test_a_database_that_is_away_is_said_with_what_to_do_and_no_password(tmp_path: Path) -> None:
    url = f"postgresql://app:secret-word@127.0.0.1:{free_port()}/town"
    code, said = doctor(tmp_path, "--json", DATABASE_URL=url)
    found = findings(said)
    assert code == 2
    assert json.loads(said)["state"] == "bad"
    assert found["database.silent"]["state"] == "bad"
    assert "PostgreSQL" in found["database.silent"]["todo"]
    assert "messages" not in found, "what reads our tables is left out"
    assert "secret-word" not in said
    code, said = doctor(tmp_path, "--settings", DATABASE_URL=url)
    assert code == 2
    assert "DATABASE_URL                 (set)" in said
    assert "secret-word" not in said


def test_a_mistake_in_the_settings_is_a_finding(tmp_path: Path) -> None:
    code, said = doctor(tmp_path, "--json", BEFFROI_PROT="8001")
    assert code == 2
    assert "BEFFROI_PORT" in findings(said)["settings"]["seen"]


def test_one_that_runs_and_could_not_write_so_is_not_said_to_be_down(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "postgres").mkdir()
    notes.write(tmp_path / "postgres" / "cluster.json", notes.Notes.fresh(free_port(), None))
    status.write(tmp_path, status.Status(os.getpid(), 0.0, "mosquitto", ()))
    assert "Nothing runs from" in findings(doctor(tmp_path, "--json")[1])["home"]["seen"]
    with status.lock_in(tmp_path).open("w", encoding="ascii"):
        found = findings(doctor(tmp_path, "--json")[1])["home"]
    assert found["state"] == "warning"
    assert "has not written down how it is" in found["seen"]


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account: needs root")
def test_another_account_is_told_whom_to_be(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "postgres").mkdir()
    become = f"""if True:
        import argparse, os, sys
        from beffroi.cli import doctor
        os.setegid({NOBODY}); os.seteuid({NOBODY})
        sys.exit(doctor.run(argparse.Namespace(json=True, settings=False, through=None)))
    """
    code, said = doctor(home, "--json", program=("-c", become))
    assert code == 2
    (found,) = findings(said).values()
    assert "can't be read" in found["seen"] or "not for this account" in found["seen"]
    assert found["todo"]
