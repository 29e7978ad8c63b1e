"""A town of the newest release is taken over by this code while programs and locks write to it: nothing acknowledged is lost.

In the suite: tests/upgrade/test_upgrade.py (the same release's tables and register), tests/install/test_upgrade.py (people who knock).
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
import pytest

from beffroi.adapters.postgres import notes
from beffroi.adapters.process.places import free_port
from tests import memory
from tests.shape.tree import ROOT
from tests.upgrade.test_upgrade import PATIENCE, releases

NEW = ROOT / "src"
CABINETS = "5"
PROGRAMS = 3
# What an administrator does on a page: a key for each program that reports.
GIVE_KEYS = """
import sys
from beffroi.cli import installation
from beffroi.config.environment import environment
with installation.opened(environment()):
    from beffroi.kernel.territory.models import Authority
    from beffroi.lib.clock import utc_now
    from beffroi.systems.reports.actions.keys import give_key
    for number, secret in enumerate(sys.argv[2:]):
        authority = Authority.objects.get(slug=sys.argv[1])
        give_key(authority=authority.pk, name=f"Programme {number}", secret=secret, by=None, now=utc_now())
"""


def until(condition: Callable[[], object], what: str | Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never: {what if isinstance(what, str) else what()}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def former() -> Iterator[Path]:
    """The newest release's source, with a front end: pages need one, whichever."""
    _version, commit = releases()[-1]
    folder = memory.folder("beffroi-former-")
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit, "src"], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    built = "beffroi/web/static/built"
    shutil.copytree(NEW / built, folder / "src" / built)
    yield folder / "src"
    shutil.rmtree(folder)


class Home:
    """A demonstration's home, run by whichever code is given."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port(following=1)

    def variables(self, code: Path) -> dict[str, str]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BEFFROI_", "DATABASE_", "DJANGO_"))
        }
        return clean | {"PYTHONPATH": str(code), "BEFFROI_HOME": str(self.folder), "BEFFROI_PORT": str(self.port)}

    def done(self, code: Path, *words: str) -> str:
        """A command that must do well, beside what runs."""
        command = [sys.executable, *words]
        done = subprocess.run(
            command, env=self.variables(code), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def town(self, code: Path) -> Iterator[None]:
        """Its people work, its locks speak."""
        said = self.folder.parent / f"{code.parent.name}.log"
        with said.open("wb") as log:
            command = [sys.executable, "-m", "beffroi", "demo", "--cabinets", CABINETS, "--mobilised", "5"]
            process = subprocess.Popen(command, env=self.variables(code), stdout=log, stderr=log)
        with process:
            try:
                until(lambda: process.poll() is not None or self.answer("GET", "/healthz")[0] == 200, said.read_text)
                assert process.poll() is None, said.read_text()
                yield
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)

    def answer(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Status and text; 0 when nobody answers."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the tables hold."""
        known = notes.read(self.folder / "postgres" / "cluster.json")
        assert known is not None
        with psycopg.connect(known.connection().owner_url) as connection:
            return connection.execute(query.encode()).fetchall()


class Program(threading.Thread):
    """Posts reports one after the other, each until it is acknowledged; what it was answered."""

    def __init__(self, home: Home, code: str, key: str) -> None:
        super().__init__(daemon=True)
        self.home, self.code, self.key, self.stopped = home, code, key, threading.Event()
        self.acknowledged: dict[str, str] = {}

    def run(self) -> None:
        while not self.stopped.is_set():
            said = f"Trou {uuid4().hex}"
            form = urlencode(
                {"api_key": self.key, "service_code": self.code, "lat": "48.96", "long": "2.88", "description": said}
            )
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": str(uuid4())}
            while not self.stopped.is_set():
                status, text = self.home.answer("POST", "/open311/meaux/v2/requests.json", form, **headers)
                if status in (200, 201):
                    self.acknowledged[str(json.loads(text)[0]["service_request_id"])] = said
                    break
                self.stopped.wait(0.2)


def events(home: Home) -> int:
    return int(str(home.rows("SELECT count(*) FROM devices_deviceevent")[0][0]))


def test_nothing_that_was_acknowledged_is_lost(former: Path) -> None:
    folder = memory.folder("beffroi-load-")
    home = Home(folder / "home")
    keys = [uuid4().hex for _ in range(PROGRAMS)]
    with home.town(former):
        home.done(former, "-c", GIVE_KEYS, "meaux", *keys)
        code = str(json.loads(home.answer("GET", "/open311/meaux/v2/services.json")[1])[0]["service_code"])
        programs = [Program(home, code, key) for key in keys]
        for each in programs:
            each.start()

        def more(than: int) -> bool:
            return sum(len(each.acknowledged) for each in programs) >= than

        until(lambda: more(30), "programs report to the former release")
        spoken = events(home)
        applied = home.done(NEW, "-m", "beffroi", "migrate")
        assert "Applying" in applied
        begun = sum(len(each.acknowledged) for each in programs)
        until(lambda: more(begun + 30), "the former release takes reports on the newer tables")
        until(lambda: events(home) > spoken, "locks speak to the former release on the newer tables")
    with home.town(NEW):
        begun, spoken = sum(len(each.acknowledged) for each in programs), events(home)
        until(lambda: more(begun + 30), "programs report to this release")
        until(lambda: events(home) > spoken, "locks speak to this release")
        for each in programs:
            each.stopped.set()
        for each in programs:
            each.join()
        numbered = "to_char(since AT TIME ZONE 'Europe/Paris', 'YY') || '-' || lpad(number::text, 6, '0')"
        kept = {
            str(reference): str(text) for reference, text in home.rows(f"SELECT {numbered}, text FROM reports_report")
        }
        acknowledged = {reference: text for each in programs for reference, text in each.acknowledged.items()}
        assert {reference: kept.get(reference) for reference in acknowledged} == acknowledged
        twice = "SELECT text FROM reports_report WHERE text LIKE 'Trou %' GROUP BY text HAVING count(*) > 1"
        assert home.rows(twice) == []
        gaps = (
            "SELECT device_id, count(*), max(sequence) - min(sequence) + 1 FROM devices_deviceevent "
            "GROUP BY device_id HAVING count(*) <> max(sequence) - min(sequence) + 1"
        )
        until(lambda: home.rows(gaps) == [], "every lock's log is whole")
        verified(home, folder / "register")
    shutil.rmtree(folder)


def verified(home: Home, file: Path) -> None:
    """Every act until now is numbered, published, signed and proven, by the keys that are printed."""
    wanted = int(str(home.rows("SELECT count(*) FROM register_entry")[0][0]))
    until(lambda: int(str(home.rows("SELECT count(*) FROM register_leaf")[0][0])) >= wanted, "acts are numbered")

    def proven() -> bool:
        file.unlink(missing_ok=True)
        home.done(NEW, "-m", "beffroi", "register", "export", str(file))
        printed = home.done(NEW, "-m", "beffroi", "register", "key").split()
        told = home.done(
            NEW, "-m", "beffroi", "register", "verify", str(file), *(word for key in printed for word in ("--key", key))
        )
        return int(told.split("verified: ")[1].split()[0]) >= wanted

    until(proven, "the register is proven")
