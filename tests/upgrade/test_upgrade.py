"""A town upgrades: a database and a register made by the newest release are taken over by this code, and still verify.

Everything goes by the command line, which is what a release promises to the next: the old code makes an authority and its register,
the new one migrates, exports and verifies it against the old keys and the old checkpoint. Before the first release the old code is
this one: the road is walked, from `init` to `verify`, with nothing to migrate.
"""

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests import database
from tests.shape.tree import ROOT

RELEASES = Path(__file__).with_name("releases.txt")
LINE = re.compile(r"(?P<version>\d+\.\d+\.\d+) (?P<commit>[0-9a-f]{40})")
PATIENCE = 600  # seconds; a slow machine is not a failing one
PASSWORD = "a-belfry-keeps-watch-over-the-town"


def releases() -> list[tuple[str, str]]:
    """(version, commit) of each release of the list."""
    found = []
    for text in RELEASES.read_text(encoding="utf-8").splitlines():
        if text and not text.startswith("#"):
            match = LINE.fullmatch(text)
            assert match, f"{RELEASES.name}: {text!r} is not VERSION COMMIT"
            found.append((match["version"], match["commit"]))
    return found


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_the_list_agrees_with_the_version_and_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    said = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = [release for release, _ in releases()]
    assert listed == sorted(listed, key=numbers)
    assert listed == sorted(said, key=numbers), "a release has its line here and its heading in CHANGELOG.md"
    assert listed or version == "0.1.0", "0.1.0 is the version before the first release"
    assert all(numbers(release) <= numbers(version) for release in listed)


@pytest.fixture
def old_code(tmp_path: Path) -> Path:
    """The newest release's source, taken out of the history; this very source when nothing was released."""
    if not releases():
        return ROOT / "src"
    version, commit = releases()[-1]
    folder = tmp_path / version
    folder.mkdir()
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit, "src"], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder / "src"


@dataclass(frozen=True)
class Installation:
    """One database and one home, run by whichever code is given."""

    home: Path
    app_url: str
    owner_url: str

    def variables(self, code: Path) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DJANGO_"))},
            "PYTHONPATH": str(code),
            "BEFFROI_HOME": str(self.home),
            "DATABASE_URL": self.app_url,
            "BEFFROI_DATABASE_OWNER_URL": self.owner_url,
        }

    def run(self, code: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """`beffroi WORDS`, whatever it answers."""
        command = [sys.executable, "-m", "beffroi", *words]
        return subprocess.run(
            command,
            env=self.variables(code),
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, code: Path, *words: str, given: str = "") -> str:
        """`beffroi WORDS`, which must do well; what it printed."""
        answer = self.run(code, *words, given=given)
        assert answer.returncode == 0, f"beffroi {' '.join(words)}: {answer.stdout}{answer.stderr}"
        return answer.stdout

    def entries(self) -> int:
        """Acts on the record."""
        with psycopg.connect(self.owner_url) as connection:
            row = connection.execute("SELECT count(*) FROM register_entry").fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def installation(tmp_path: Path, worker: str) -> Iterator[Installation]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with database.emptied(f"beffroi_upgrade_{worker}") as info:
        yield Installation(home, info.app_url, info.owner_url)


def verified(installation: Installation, code: Path, file: Path, *more: str) -> int:
    """Export with this code, verify with the keys it prints; how many entries are proven."""
    file.unlink(missing_ok=True)
    installation.done(code, "register", "export", str(file))
    keys = [word for key in installation.done(code, "register", "key").split() for word in ("--key", key)]
    told = installation.done(code, "register", "verify", str(file), *keys, *more)
    proven = re.search(r"^verified: (\d+) entries", told, re.MULTILINE)
    assert proven, told
    return int(proven[1])


def number_all(installation: Installation, code: Path, file: Path) -> None:
    """Let the sequencer work until every act is numbered, published and signed."""
    command = [sys.executable, "-m", "beffroi", "sequencer"]
    with subprocess.Popen(command, env=installation.variables(code)) as sequencer:
        try:
            wanted, end = installation.entries(), time.monotonic() + PATIENCE
            while True:
                answer = installation.run(code, "register", "export", str(file))
                if answer.returncode == 0 and verified(installation, code, file) == wanted:
                    break
                assert sequencer.poll() is None, "the sequencer stopped by itself"
                assert time.monotonic() < end, answer.stderr
                time.sleep(0.2)
        finally:
            sequencer.terminate()
    assert sequencer.returncode == 0


def test_a_town_of_the_newest_release_is_taken_over(installation: Installation, old_code: Path, tmp_path: Path) -> None:
    new_code, file = ROOT / "src", tmp_path / "register.export"
    installation.done(
        old_code,
        *("init", "--authority-name", "Ville de Meaux", "--admin-email", "ada@meaux.example", "--admin-password-stdin"),
        given=f"{PASSWORD}\n",
    )
    number_all(installation, old_code, file)
    before = installation.entries()
    keys = installation.done(old_code, "register", "key")
    checkpoints = sorted(installation.home.glob("register/**/checkpoint"))
    assert before > 0
    assert checkpoints

    kept = []
    for number, checkpoint in enumerate(checkpoints):
        copy = tmp_path / f"checkpoint-{number}"
        copy.write_bytes(checkpoint.read_bytes())
        kept += ["--since", str(copy)]
    installation.done(new_code, "migrate")
    assert "up to date" in installation.done(new_code, "migrate")
    assert installation.done(new_code, "register", "key") == keys, "the keys that others hold are the same"
    assert verified(installation, new_code, file, *kept) == before, "what was proven before is proven still"


def test_the_models_and_the_migrations_agree(installation: Installation) -> None:
    """No change of a model waits for its migration."""
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    variables = {**installation.variables(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "beffroi.config.settings"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
