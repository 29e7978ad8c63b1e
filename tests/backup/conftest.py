"""One installation for all these tests: begun from the command line, some acts on its register, two media; and backups of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import database, memory, seed
from tests.commands import well

PASSWORD = "une-phrase-longue-et-sure-42"
PATIENCE = 600
ACTS = """
import sys, uuid
from django.db import transaction
from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.models import Authority
authority = Authority.objects.get(slug="essai").pk
for number in range(int(sys.argv[1])):
    with transaction.atomic(durable=True):
        record(kind="export.asked", authority=authority, by=None, fields={"export": uuid.uuid4()})
"""
SEQUENCE = """
from beffroi.kernel.register.queries.published import key_ring, shelf
from beffroi.kernel.register.sequencer.lock import try_lock
from beffroi.kernel.register.sequencer.loop import Sequencer
assert try_lock()
place = shelf()
one = Sequencer(place, key_ring(place))
one.begin()
while one.look():
    pass
"""
WITHIN = """
import sys
from beffroi.cli.installation import opened
from beffroi.config.environment import environment
with opened(environment()):
    exec(compile(sys.stdin.read(), "acts", "exec"))
"""


@dataclass(frozen=True)
class Town:
    """An installation in a folder, spoken to by its commands only."""

    home: Path
    roots: tuple[Path, ...] = ()

    def command(self, *words: str | Path, given: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        """One of our commands; whatever it answers."""
        return self._runs("-m", "beffroi", *words, given=given, **variables)

    def _runs(self, *words: str | Path, given: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *map(str, words)],
            env={"BEFFROI_HOME": str(self.home), "PATH": os.environ["PATH"], **variables},
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *words: str | Path, given: str = "", **variables: str) -> str:
        """One that must do well; what it said."""
        return well(self.command(*words, given=given, **variables))

    def within(self, program: str, *words: str) -> str:
        """A program over its database, as the application's role."""
        return well(self._runs("-c", WITHIN, *words, given=program))

    def acts(self, count: int) -> None:
        """So many entries, numbered and published."""
        self.within(ACTS, str(count))
        self.within(SEQUENCE)

    def verified(self, aside: Path, *since: Path) -> str:
        """Its register exported, and verified as a stranger would; what the verifier said."""
        export = aside / f"{self.home.name}.export"
        self.done("register", "export", export)
        keys = [part for key in self.done("register", "key").split() for part in ("--key", key)]
        kept = [part for path in since for part in ("--since", str(path))]
        return self.command("register", "verify", export, *keys, *kept).stdout

    @property
    def root(self) -> tuple[str, ...]:
        """As commands are told of it."""
        return ("--root", str(self.roots[0]))


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    folder = memory.folder("beffroi-backup-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def town(place: Path) -> Town:
    """The town's officer has put the roots away, and a copy of one lies at hand."""
    home = place / "town"
    seed.sow(home, database.migrate)  # that `init` makes the tables too is for test_wheel.py to see
    town = Town(home)
    asked = ("--domain", "essai.example", "--authority-name", "Ville d'Essai", "--authority-slug", "essai")
    town.done("init", *asked, "--admin-email", "a@essai.example", "--admin-password-stdin", given=PASSWORD)
    away = place / "safe"
    away.mkdir()
    roots = tuple(Path(shutil.move(path, away / path.name)) for path in sorted(home.glob("keys/*/roots/root-*.jwk")))
    medium = home / "media" / "essai" / "one"
    medium.parent.mkdir(parents=True)
    medium.write_bytes(b"first")
    (medium.parent / "two").write_bytes(bytes(100_000))
    town = Town(home, roots)
    town.acts(300)
    return town


@pytest.fixture(scope="session")
def backups(town: Town, place: Path) -> Path:
    """A folder with one backup of it."""
    folder = place / "backups"
    town.done("backup", "--to", folder)
    return folder


@pytest.fixture
def copied(backups: Path, tmp_path: Path) -> Path:
    """The same, to be spoiled."""
    return Path(shutil.copytree(backups, tmp_path / "backups"))


@pytest.fixture
def empty(place: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home that is not there yet, where a database's account may pass; taken away afterwards."""
    folder = place / request.node.name[:40]
    folder.mkdir()
    folder.chmod(0o711)
    yield folder / "new"
    shutil.rmtree(folder, ignore_errors=True)
