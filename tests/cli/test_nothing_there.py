"""Commands where there is no installation, or no database that answers: a line that says so, and nothing begun."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.adapters.process.places import free_port
from tests.cli.test_up import beffroi, empty_folder


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_folder() as folder:
        yield folder


def test_where_there_is_no_installation_none_is_begun_by_another_command(home: Path) -> None:
    for words in (("register", "resume"), ("backup",), ("organisation", "list"), ("retention", "check")):
        done = beffroi(home, *words)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert "no installation" in done.stderr
        assert not (home / "postgres").exists(), "a restore needs an empty folder"


def test_a_database_that_can_t_be_reached_is_said_in_one_line(home: Path) -> None:
    url = f"postgresql://app:secret-word@127.0.0.1:{free_port()}/town"
    home.mkdir(exist_ok=True)
    for words in (("migrate",), ("backup",), ("register", "resume")):
        done = beffroi(home, *words, DATABASE_URL=url)
        assert done.returncode == 2
        assert "can't be reached" in done.stderr
        assert "Traceback" not in done.stderr
        assert "secret-word" not in done.stderr + done.stdout
    assert "can't be reached" in json.loads((home / "backup.json").read_text())["reason"]
