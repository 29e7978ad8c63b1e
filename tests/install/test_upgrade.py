"""Another release takes over while people knock, goes back by itself when it does not come up, and goes back when it is told to."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from beffroi.adapters.process.places import free_port
from beffroi.persistence.release import ours
from tests.cli.test_up import eventually
from tests.install import wheel
from tests.install.machine import Machine, machine, sow
from tests.install.test_wheel import DOMAIN, INIT, PASSWORD, SECRET, asked
from tests.shape.tree import ROOT

NEXT, BROKEN = "98.0.0", "99.0.0"
NOBODY = "http://127.0.0.1:1/simple"
STEP = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("persistence", "0003_release")]
    operations = [migrations.RunSQL("ALTER TABLE persistence_change ADD COLUMN colour text", migrations.RunSQL.noop)]
"""


def wheel_of(version: str, folder: Path, **changed: str) -> Path:
    """A release to come: this source under another version, with some files otherwise."""
    source = folder / version
    source.mkdir()
    for name in ("hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    project = (
        (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace(f'version = "{ours()}"', f'version = "{version}"')
    )
    (source / "pyproject.toml").write_text(project, encoding="utf-8")
    shutil.copytree(ROOT / "src/beffroi", source / "src/beffroi", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    release = source / "src/beffroi/persistence/release.py"
    release.write_text(
        re.sub(r'(?<=^OLDEST: Final = )"[\d.]+"', f'"{ours()}"', release.read_text(), flags=re.MULTILINE)
    )
    (source / "src/beffroi/persistence/migrations/0004_colour.py").write_text(STEP)
    for name, text in changed.items():
        (source / "src/beffroi" / f"{name}.py").write_text(text)
    return wheel.build(source, folder / "dist" / version)


@pytest.fixture(scope="module")
def there() -> Iterator[Machine]:
    with machine() as made:
        if made is None:
            pytest.skip("needs root: a mount namespace to install in")
        ours_built = wheel.built()
        folder = Path("/opt/beffroi/releases", wheel.version_of(ours_built))
        wheel.environment(folder, ours_built, python="/usr/bin/python3", there=made.command)
        made.done(folder / "bin/beffroi", "service")
        sow(made)
        made.done("beffroi", *INIT, *SECRET, given=f"{PASSWORD}\n")
        yield made


@contextmanager
def town(there: Machine, said: Path) -> Iterator[int]:
    """`beffroi up` as the unit has it: the account's, without any right of root's."""
    port = free_port()
    there.done("sh", "-c", f"printf 'BEFFROI_PORT={port}\\nBEFFROI_WEB_PROCESSES=1\\n' >> /srv/beffroi/settings.env")
    bare = ("setpriv", "--reuid=beffroi", "--regid=beffroi", "--init-groups", "--bounding-set=-all", "--no-new-privs")
    with said.open("wb") as log:
        process = subprocess.Popen(
            there.command(*bare, "/opt/beffroi/current/bin/beffroi", "up"),
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BEFFROI_HOME": "/srv/beffroi"},
            stdout=log,
            stderr=log,
        )
    with process:
        try:
            eventually(lambda: process.poll() is not None or asked(port, "/healthz")[0] == 200, said.read_text)
            assert process.poll() is None, said.read_text()
            yield port
            assert process.poll() is None, "it is the same process, whichever release it runs"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(wheel.PATIENCE)


class Visitor(threading.Thread):
    """Knocks again and again, and waits for as long as it takes."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.refused, self.served, self.done = port, 0, 0, threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.done.set()
        self.join()

    def run(self) -> None:
        while not self.done.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=wheel.PATIENCE)
            try:
                connection.request("GET", "/login/", headers={"Host": DOMAIN, "X-Forwarded-Proto": "https"})
                self.served += connection.getresponse().status == 200
            except ConnectionRefusedError:
                self.refused += 1
            except (http.client.HTTPException, OSError):
                pass  # it was being answered when its process ended: a browser asks again
            finally:
                connection.close()


def running(there: Machine) -> str:
    return str(json.loads(there.done("cat", "/srv/beffroi/run/status.json"))["release"])


def columns(there: Machine) -> str:
    """Those of the table that the next release changes, as the application sees them."""
    program = (
        "import json, psycopg; from pathlib import Path; n = json.loads(Path('/srv/beffroi/postgres/cluster.json').read_text());"
        "c = psycopg.connect(host='127.0.0.1', port=n['port'], user='beffroi_app', password=n['app_password'], dbname='beffroi');"
        "print([d.name for d in c.execute('select * from persistence_change').description])"
    )
    return there.done("/opt/beffroi/current/bin/python", "-c", program)


def test_a_town_goes_on_through_an_upgrade_a_broken_one_and_the_way_back(there: Machine, tmp_path: Path) -> None:
    newer = wheel.bundled(wheel_of(NEXT, tmp_path), tmp_path)
    broken = wheel_of(BROKEN, tmp_path, **{"cli/worker": "raise SystemExit('this release does not work')\n"})
    with town(there, tmp_path / "said") as port:
        nowhere = there.types("beffroi", "upgrade", "--back")
        assert (nowhere.returncode, "no release before" in nowhere.stderr) == (2, True)
        with Visitor(port) as visitor:
            # What may reach this machine's own programs, and nobody else's: the bundle holds all it needs.
            told = there.done("beffroi", "upgrade", newer, PIP_INDEX_URL=NOBODY, PIP_NO_CACHE_DIR="1")
        assert "would apply persistence.0004_colour" in told
        assert "3. Making a backup" in told
        assert f"{NEXT} works" in told
        assert running(there) == NEXT
        assert "colour" in columns(there)
        assert (visitor.refused, visitor.served > 0) == (0, True)
        assert there.done("beffroi", "upgrade").split() == ["current", NEXT, "previous", ours()]
        kept = there.done("beffroi", "backup", "list")
        assert ours() in kept
        assert NEXT not in kept, "the release that ran made it, before anything was changed"

        failed = there.types("beffroi", "upgrade", broken, "--no-backup")
        assert failed.returncode == 2, failed.stdout
        assert "worker is down" in failed.stderr
        assert f"{NEXT} works again" in failed.stderr
        assert running(there) == NEXT
        assert asked(port, "/healthz")[0] == 200

        refused = there.types("beffroi", "upgrade", wheel.built(), "--no-backup")
        assert (refused.returncode, "is older than" in refused.stderr) == (2, True)
        back = there.done("beffroi", "upgrade", "--back")
        assert f"{ours()} works" in back
        assert running(there) == ours()
        assert asked(port, "/login/")[0] == 200


def test_a_bundle_that_was_altered_changes_nothing(there: Machine, tmp_path: Path) -> None:
    bundle = wheel.bundled(wheel_of("97.0.0", tmp_path), tmp_path)
    whole = bundle.read_bytes()
    at = whole.index(b"beffroi-97.0.0/wheels/beffroi-97.0.0-py3-none-any.whl") + 4096
    bundle.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    refused = there.types("beffroi", "upgrade", bundle)
    assert refused.returncode == 2
    assert "not as made: wheels/beffroi-97.0.0-py3-none-any.whl" in refused.stderr
    assert "97.0.0" not in there.done("ls", "/opt/beffroi/releases")


def test_a_release_that_can_not_be_had_leaves_nothing(there: Machine) -> None:
    refused = there.types("beffroi", "upgrade", "96.0.0", PIP_NO_INDEX="1")
    assert refused.returncode == 2
    assert "can't be installed" in refused.stderr
    assert "96.0.0" not in there.done("ls", "/opt/beffroi/releases")
