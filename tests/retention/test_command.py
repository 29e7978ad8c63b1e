"""`beffroi retention`, as whoever keeps the installation types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.retention.models import DurationSet, Hold
from beffroi.persistence.keeping import KEPT
from tests.retention.town import OpenedOnce


class Terminal:
    """A terminal on that town."""

    def __init__(self, home: Path, info: ConnectionInfo) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
        self.environment = kept | {"BEFFROI_HOME": str(home), "DATABASE_URL": info.app_url}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "beffroi", "retention", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)


@pytest.fixture
def retention(opened_once: OpenedOnce, own_database: ConnectionInfo, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, own_database)


def test_the_schedule_is_listed_and_agrees(retention: Terminal) -> None:
    listed = retention("list")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        *sorted(code for code, kept in KEPT.items() if not kept.installation),
        *sorted(code for code, kept in KEPT.items() if kept.installation),
    ]
    agreed = retention("check")
    assert (agreed.returncode, agreed.stdout) == (0, "Disk, tables and register agree.\n")
    assert retention("run").stdout == "0 destroyed in all.\n"


def test_durations_are_set_within_their_rule(retention: Terminal) -> None:
    done = retention("set", "territory.people", "24")
    assert (done.returncode, done.stdout) == (0, "territory.people: 24 months, from now on.\n"), done.stderr
    assert DurationSet.objects.get().authority_id is None
    assert "already" in retention("set", "territory.people", "24").stdout
    refused = retention("set", "cabinets.uses", "48")
    assert refused.returncode == 2
    assert "not between 6 and 36 months" in refused.stderr
    assert "(cabinets.doors)" in retention("set", "cabinets.doors", "3").stderr


def test_things_are_held_and_released(retention: Terminal, opened_once: OpenedOnce) -> None:
    key = str(opened_once.use.id)
    held = retention("hold", "cabinets.uses", key, "--reason", "judicial-request", "--until", "2027-12-31")
    assert held.stdout == "cabinets.uses: 1 held until 2027-12-31.\n"
    unknown = retention("hold", "cabinets.uses", "somewhere", "--reason", "dispute", "--until", "2027-12-31")
    assert unknown.returncode == 2
    assert "cabinets.uses: not an identifier" in unknown.stderr
    assert retention("release", "cabinets.uses", key).stdout == "cabinets.uses: 1 held no more.\n"
    assert not Hold.objects.filter(released_at=None).exists()
