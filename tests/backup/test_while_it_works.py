"""Backups of a town that goes on working, and backups that are killed: one instant, whole or not there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from beffroi.adapters.postgres.launcher import Cluster
from tests.backup.conftest import ACTS, PATIENCE, SEQUENCE, WITHIN, Town
from tests.backup.test_backup import newest, own_the_same

# Acts one after another, numbered and published every few, until somebody closes what it reads.
WORK = f"""
import os, select, sys
acts, sequence = {ACTS!r}, {SEQUENCE!r}
sys.argv = ["work", "3"]
print("working", flush=True)
while not select.select([9], [], [], 0)[0]:
    exec(acts)
    exec(sequence)
"""


@pytest.fixture
def busy(town: Town, place: Path) -> Iterator[Town]:
    """The town, its database running, and an authority that has keys and no roots yet."""
    home = place / "busy"
    shutil.copytree(town.home, home, ignore=shutil.ignore_patterns("socket", "launcher.lock"))
    own_the_same(town.home, home)
    keys = home / "keys" / str(uuid4()) / "checkpoint"
    keys.mkdir(parents=True)
    (keys / "early.jwk").write_text("made before its roots")
    with Cluster(home) as cluster:
        cluster.start()
        yield Town(home, town.roots)
    shutil.rmtree(home)


def works(town: Town, told: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", f"import os; os.dup2({told}, 9)\n{WITHIN}"],
        env={"BEFFROI_HOME": str(town.home), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[told],
    )
    assert process.stdin is not None
    process.stdin.write(WORK)
    process.stdin.close()
    return process


def test_what_is_backed_up_is_one_instant_of_a_town_that_goes_on(busy: Town, empty: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = works(busy, reading)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "working\n"
        said = busy.command("backup", "--to", tmp_path / "backups")
    finally:
        os.close(writing)
        code = process.wait(PATIENCE)
        os.close(reading)
        process.stdout.close()
    assert (said.returncode, code) == (0, 0), said.stderr
    assert "1 authority without roots are sealed to the installation's" in said.stderr
    witness = tmp_path / "witness"
    shutil.copy(max(busy.home.glob("register/*-*")) / "checkpoint", witness)
    manifest = json.loads((newest(tmp_path / "backups") / "manifest.json").read_text())
    assert int(witness.read_text().splitlines()[1]) > max(log["size"] for log in manifest["logs"]), "it went on"

    new = Town(empty, busy.roots)
    new.done("restore", tmp_path / "backups", *busy.root, "--home", empty)
    assert [path.read_text() for path in empty.glob("keys/*/checkpoint/early.jwk")] == ["made before its roots"]
    assert "taken-back" in new.done("register", "resume", "--tiles", busy.home)
    new.acts(1)
    assert "verified: " in new.verified(tmp_path, witness)


def killed(town: Town, folder: Path, after: str) -> None:
    """A backup that is killed as soon as it has said this of a step."""
    process = subprocess.Popen(
        [sys.executable, "-m", "beffroi", "backup", "--to", folder],
        env={"BEFFROI_HOME": str(town.home), "PATH": os.environ["PATH"]},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if line.startswith(after):
                process.kill()
    assert process.wait(PATIENCE) == -9, f"it never said {after}"


def test_one_that_is_killed_is_never_taken_for_whole_and_the_next_sweeps_it(busy: Town, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for after in ("register", "database", "what came in meanwhile"):
        killed(busy, folder, after)
        assert "No backup" in busy.done("backup", "list", folder)
        refused = busy.command("backup", "verify", folder)
        assert "manifest.json is missing" in refused.stderr
    left = {path.name for path in folder.glob("objects/*/*.age")}
    assert left
    assert list(folder.glob("*.partial"))
    busy.done("backup", "--to", folder)
    assert not list(folder.glob("*.partial"))
    assert not left & {path.name for path in folder.glob("objects/*/*.age")}, "what nobody needs takes no room"
    assert "is whole" in busy.done("backup", "verify", folder)
