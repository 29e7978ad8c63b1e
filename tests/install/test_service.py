"""The machine runs it by itself: an account, a home, a unit that systemd finds sound and closed; root who types acts as that account."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.adapters.process.status import PartStatus
from beffroi.cli.service.install import Plan
from beffroi.cli.service.notify import Notifier
from tests.install import wheel
from tests.install.machine import Machine, machine, sow
from tests.install.test_wheel import INIT, PASSWORD, SECRET

# How open a service is to what would break in: 0 to 10, in tenths; systemd's own "OK" ends at 50.
EXPOSURE = "22"


@pytest.fixture(scope="module")
def there() -> Iterator[Machine]:
    with machine() as made:
        if made is None:
            pytest.skip("needs root: a mount namespace to install in")
        made_of = wheel.built()
        folder = Path("/opt/beffroi/releases", wheel.version_of(made_of))
        # The system's Python: a person's own lies in a home, where no service looks.
        wheel.environment(folder, made_of, python="/usr/bin/python3", there=made.command)
        yield made


@pytest.fixture(scope="module")
def first(there: Machine) -> str:
    """What the service's first making says, whichever test comes first."""
    said = there.done(f"{release(there)}/bin/beffroi", "service")
    sow(there)
    return said


def release(there: Machine) -> str:
    return there.done("sh", "-c", "echo /opt/beffroi/releases/*").strip()


def test_a_machine_is_given_the_service_once(there: Machine, first: str) -> None:
    program = f"{release(there)}/bin/beffroi"
    assert "made the account beffroi" in first
    assert "Next: beffroi init --domain" in first
    assert there.done("stat", "-c", "%U:%G %a", "/srv/beffroi").strip() == "beffroi:beffroi 700"
    assert there.done("cat", "/etc/beffroi/home") == "/srv/beffroi\n"
    assert there.done("readlink", "/usr/local/bin/beffroi").strip() == "/opt/beffroi/current/bin/beffroi"
    assert there.done("readlink", "-f", "/opt/beffroi/current").strip() == release(there)
    assert re.search(
        r"^beffroi:[^:]*:\d+:\d+:[^:]*:/srv/beffroi:/usr/sbin/nologin$", there.done("cat", "/etc/passwd"), re.MULTILINE
    )
    again = there.done(program, "service")
    assert len(again.splitlines()) == 1, "nothing differs"
    changed = there.done(program, "service", "--writes", "/mnt/backups")
    assert changed.startswith("wrote /etc/systemd/system/beffroi.service\n")
    assert "ReadWritePaths=/srv/beffroi /mnt/backups\n" in there.done("cat", "/etc/systemd/system/beffroi.service")


@pytest.mark.usefixtures("first")
def test_systemd_finds_the_unit_sound_and_closed(there: Machine) -> None:
    unit = "/etc/systemd/system/beffroi.service"
    verified = there.types("systemd-analyze", "verify", unit)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    looked = there.types("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", unit)
    assert looked.returncode == 0, looked.stdout


@pytest.mark.usefixtures("first")
def test_root_who_types_acts_as_the_account(there: Machine) -> None:
    said = there.done("beffroi", *INIT, *SECRET, given=f"{PASSWORD}\n")
    assert "sudo systemctl enable --now beffroi" in said
    owners = set(there.done("find", "/srv/beffroi", "-printf", "%u\n").split())
    assert owners == {"beffroi"}
    _what_the_account_may_not(there)
    stranger = there.types("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "beffroi", "doctor")
    assert stranger.returncode == 2
    assert "sudo" in stranger.stdout + stranger.stderr


def _what_the_account_may_not(there: Machine) -> None:
    root = there.done("sh", "-c", "echo /srv/beffroi/keys/*/roots/root-1.jwk").strip()
    there.done("install", "-m", "600", root, "/etc/root-1.jwk")
    for words in (("keys", "check", "/etc/root-1.jwk"), ("keys", "paper", root, "--out", "/etc/page.html")):
        refused = there.types("beffroi", *words)
        assert refused.returncode == 2
        assert "Permission denied\nWhat root types is done as the account beffroi" in refused.stderr
        assert "install -o beffroi -m 600 FILE" in refused.stderr
    there.done("beffroi", "backup")
    # Beside the home, where only root may write, there is no room for it.
    assert "with no log of the register begun" in there.done("beffroi", "backup", "drill", "--root", root)
    assert "beffroi-drill" not in there.done("ls", "/srv", "/srv/beffroi")
    refused = there.types("beffroi", "restore", "/srv/beffroi/backups", "--root", root, "--home", "/srv/next")
    assert refused.returncode == 2
    assert "/srv/next can't be made: Permission denied. Nothing was touched\n" in refused.stderr
    assert "install -d -o beffroi -m 700" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--home", "/home/beffroi"), "would be hidden from the service"),
        (("--home", "beffroi"), "a whole path"),
        (("--home", "/srv/bef froi"), "without spaces"),
        (("--writes", "/home/backups"), "would be hidden"),
    ],
)
def test_what_the_service_could_not_use_is_refused(there: Machine, words: tuple[str, ...], said: str) -> None:
    refused = there.types(f"{release(there)}/bin/beffroi", "service", *words)
    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_home_that_is_somebody_else_s_is_left_alone(there: Machine) -> None:
    there.done("sh", "-c", "mkdir -p /srv/other && touch /srv/other/settings.env")
    refused = there.types(f"{release(there)}/bin/beffroi", "service", "--home", "/srv/other")
    assert refused.returncode == 2
    assert "chown -R beffroi: /srv/other" in refused.stderr
    assert there.done("stat", "-c", "%U", "/srv/other").strip() == "root"


def test_a_service_is_not_root_s_whatever_is_shown() -> None:
    unit = Plan(Path("/srv/beffroi"), (), Path("/opt/beffroi/current/bin/beffroi")).unit()
    assert "@" not in re.sub(r"@(system-service|privileged)", "", unit)
    assert "\nUser=beffroi\n" in unit
    assert f"\nKillSignal={signal.SIGINT.name}\n" in unit


def test_systemd_is_told_when_the_essential_is_there_and_that_we_live(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        environment = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "60000000", "PATH": "/bin"}
        notifier = Notifier(environment)
        assert environment == {"PATH": "/bin"}, "our children are not the service"
        parts = [PartStatus("database", "starting", 1, 0), PartStatus("web", "backing off", None, 3)]
        heard = []
        for state in ("starting", "running", "running"):
            parts[0] = PartStatus("database", state, 1, 0)
            notifier.tell(tuple(parts), frozenset({"database"}))
            heard.append(systemd.recv(4096).decode().split("\n"))
    assert heard == [
        ["WATCHDOG=1", "STATUS=not yet well: database, web"],
        ["READY=1", "WATCHDOG=1", "STATUS=not yet well: web"],
        ["WATCHDOG=1", "STATUS=not yet well: web"],
    ]
    notifier.tell((), frozenset())  # nobody listens any more
    Notifier({}).tell((), frozenset())
