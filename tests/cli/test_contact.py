"""`beffroi contact` and `beffroi bridge --check` by the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sensors.table import released
from beffroi.cli.main import main
from beffroi.config.environment import environment
from beffroi.kernel.contacts.models import Contact
from beffroi.kernel.territory.factories import make_authority


@pytest.fixture
def observed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that names one broker, where nobody answers."""
    broker = {
        "name": "campus",
        "authority": "meaux",
        "kind": "chirpstack",
        "url": "mqtt://127.0.0.1:1",
        "password": "s3cret",
    }
    path = tmp_path / "observe.json"
    path.write_text(json.dumps({"brokers": [broker]}))
    path.chmod(0o600)
    monkeypatch.setenv("BEFFROI_HOME", str(tmp_path))
    monkeypatch.setenv("BEFFROI_OBSERVE", str(path))
    environment.cache_clear()
    yield path
    environment.cache_clear()


def test_models_are_listed_with_their_sources(observed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contact", "models"]) == 0
    said = capsys.readouterr().out
    assert all(model.code in said and model.source in said for model in released().values())


def test_a_file_that_others_may_read_is_refused_by_every_command(
    observed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    observed.chmod(0o644)
    environment.cache_clear()
    assert main(["contact", "models"]) == 2
    assert "chmod 600" in capsys.readouterr().err


def test_without_a_file_the_bridge_says_where_to_begin(
    observed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BEFFROI_OBSERVE")
    environment.cache_clear()
    assert main(["bridge"]) == 2
    assert "docs/operators/observe.md" in capsys.readouterr().err


def test_a_room_is_put_on_the_map_as_it_is_registered(own_database: ConnectionInfo, observed: Path) -> None:
    make_authority("meaux")
    contact = ("--authority", "meaux", "--label", "24e124538b223213", "--model", "milesight-ws301", "--name", "Gymnase")

    def add(*more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", "contact", "add", *contact, *more],
            env=os.environ | {"DATABASE_URL": own_database.app_url, "BEFFROI_DATABASE_OWNER_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    assert "latitude, then longitude" in add("--at", "2.8785", "48.9602").stderr
    assert not Contact.objects.exists()
    done = add("--at", "48.9602", "2.8785")
    assert (done.returncode, done.stderr) == (0, "")
    row = Contact.objects.get()
    assert (row.latitude, row.longitude) == (48.9602, 2.8785)
