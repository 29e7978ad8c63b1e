"""A bad day: each fault in turn on one installation. `/healthz` and `beffroi doctor` say it, a page that can't be had says so in plain
words, and nothing has to be pressed when the cause is gone.

The short form is the suite's; `make battery` also waits the minute that the administrators' letter takes.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beffroi.adapters.process.places import free_port
from beffroi.kernel.alerts.tests.outside import Mailbox, mail_server
from tests import database, memory, seed
from tests.cli.test_up import ASKED, PATIENCE, TAKEN, Installation, beffroi, eventually, installation
from tests.edge.street import Hands, Process, run

MAIL = "maire@st-cyr.example"
ROOMY = "size=4g"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own: needs root")

pytestmark = as_root


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A disk of its own, in memory, whose size can be changed."""
    folder = memory.folder("beffroi-bad-day-")
    at = folder / "disk"
    at.mkdir()
    mount("-t", "tmpfs", "-o", f"{ROOMY},mode=0711", "bad-day", str(at))
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def town(disk: Path, box: Mailbox) -> Iterator[Installation]:
    home = disk / "home"
    seed.sow(home, database.migrate)  # that `init` makes the tables too is for test_wheel.py to see
    made = beffroi(home, *ASKED, *TAKEN, given="quatre mots pris au hasard\n")
    assert made.returncode == 0, made.stderr
    with mail_server(box) as url, installation(home, BEFFROI_SMTP_URL=url) as found:
        yield found


def bad(town: Installation) -> set[str]:
    """What does not work, by /healthz."""
    try:
        code, said = town.ask()
    except (OSError, http.client.HTTPException):
        return set()
    found = {str(each["code"]) for each in said["findings"] if each["state"] == "bad"}
    assert (code == 503) is bool(found)
    return found


def doctor(town: Installation) -> tuple[int, str]:
    done = beffroi(town.home, "doctor", BEFFROI_PORT=str(town.port))
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def page(town: Installation, path: str, language: str = "fr") -> tuple[int, str]:
    """A page as somebody elsewhere gets it."""
    asked = http.client.HTTPConnection("localhost", town.port, timeout=PATIENCE)
    try:
        asked.request("GET", path, headers={"Accept-Language": language})
        answer = asked.getresponse()
        return answer.status, answer.read().decode()
    finally:
        asked.close()


@contextmanager
def fault(town: Installation, mend: Callable[[], None], *codes: str) -> Iterator[None]:
    """One of these is said everywhere inside; afterwards all is well, by itself."""
    try:
        eventually(lambda: bool(bad(town) & set(codes)), lambda: f"one of {codes} is said: {town.unwell()}")
        code, said = doctor(town)
        assert code == 2, said
        assert "BAD" in said
        assert "→" in said, "what to do"
        yield
    finally:
        mend()
    eventually(lambda: town.well() and not bad(town), town.unwell)
    # It reads what the supervisor last wrote of itself. A machine whose clock nobody holds is to be watched.
    eventually(lambda: doctor(town)[0] in (0, 1), lambda: doctor(town)[1])


def stopped(town: Installation, part: str) -> Callable[[], None]:
    """A part that hangs; what it gives has it go on."""
    pid = town.part(part)["pid"]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def test_a_broker_that_hangs(town: Installation) -> None:
    with fault(town, stopped(town, "broker"), "broker.silent"):
        assert page(town, "/login/")[0] == 200, "pages don't need it"


def test_a_database_that_hangs_or_ends(town: Installation) -> None:
    with fault(town, stopped(town, "database"), "database.silent"):
        pass
    pid = town.part("database")["pid"]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: town.part("database")["pid"] not in (None, pid), "it is started again")
    eventually(town.well, town.unwell)


def fill(disk: Path) -> Callable[[], None]:
    """No room is left; what it gives makes some."""
    used = os.statvfs(disk)
    mount("-o", f"remount,size={(used.f_blocks - used.f_bfree) * used.f_frsize}", str(disk))
    return lambda: mount("-o", f"remount,{ROOMY}", str(disk))


def test_a_disk_that_is_full(town: Installation, disk: Path, box: Mailbox, request: pytest.FixtureRequest) -> None:
    with fault(town, fill(disk), "disk.home"):
        eventually(lambda: bool(bad(town) & {"writing.full", "database.silent"}), town.unwell)
        for language, words in (("fr", "Traceback"), ("en", "Traceback")):
            code, said = page(town, "/", language)
            assert code in (200, 503)
            assert words not in said
        if request.config.getoption("--kill-rounds", default=1) > 1:
            eventually(lambda: bool(len(box.letters) % 2), "an administrator is written to")
            assert box.letters[-1]["To"] == MAIL
    if box.letters:
        eventually(lambda: len(box.letters) % 2 == 0, "and told when it is over")


# Events: more than are ever on their way.
UNSIGNED = 30
LOCK = "7d0a4c5e-2b1f-4a52-9d70-5a1c6f0d0047"


@contextmanager
def lock_in_service(town: Installation, folder: Path) -> Iterator[Hands]:
    """A lock, whose memory isn't on the server's disk: certified as an officer has it, on the line to the town's broker."""
    request, document = folder / "request.json", folder / "commissioning.json"
    request.write_text(run("--store", str(folder / "lock"), "--request", LOCK), encoding="ascii")
    made = beffroi(
        town.home, "device", "commission", "--request", str(request), "--name", "Armoire 7", "--out", str(document)
    )
    assert made.returncode == 0, made.stderr
    process = Process("--store", str(folder / "lock"), "--commission", str(document), "--body", "0")
    try:
        hands = Hands(int(process.wait_for(r"body on 127\.0\.0\.1:(\d+)")[1]))
        yield hands
        hands.close()
    finally:
        process.end()


def test_a_lock_that_speaks_while_the_disk_is_full_keeps_it_all(
    town: Installation, disk: Path, box: Mailbox, tmp_path: Path
) -> None:
    with lock_in_service(town, tmp_path) as hands:

        def waiting() -> int:
            """How many events the server has not signed for."""
            return int(str(hands.do("state")["waiting"]))

        def spoken() -> bool:
            for act in ("tamper", "repair"):
                hands.do(act)
            return waiting() >= UNSIGNED

        eventually(lambda: waiting() == 0, "the server signs for what the lock says as it starts")
        with fault(town, fill(disk), "disk.home"):
            # What the database has room for in its own files is still stored, and signed for; then nothing is.
            eventually(spoken, "the server signs for no more")
            eventually(lambda: bool(bad(town) & {"writing.full", "database.silent"}), town.unwell)
            assert waiting() >= UNSIGNED
        eventually(lambda: waiting() == 0, "it is all signed for, by itself")
        last = hands.do("state")["last"]
    listed = beffroi(town.home, "device", "list").stdout
    assert f"stored {last}, missing nothing " in listed
    # So that nobody is told later of its silence.
    assert beffroi(town.home, "device", "retire", LOCK, "--reason", "removed").returncode == 0
    if box.letters:  # a fault that lasts is written of, and its end
        eventually(lambda: len(box.letters) % 2 == 0, "what was told is told to be over")


def test_a_mail_server_that_refuses(town: Installation) -> None:
    done = beffroi(town.home, "doctor", "--json", BEFFROI_SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    (found,) = (each for each in json.loads(done.stdout)["findings"] if each["code"] == "mail")
    assert found["state"] == "warning"
    assert "BEFFROI_SMTP_URL" in found["todo"]
