"""`beffroi service`: makes this machine run Beffroi by itself: an account, a home, a unit of systemd. Run again, it changes what differs.

/opt/beffroi/releases/0.5.0    one environment a release; `beffroi upgrade` adds the next
/opt/beffroi/current           the one that runs
/srv/beffroi                   the home: settings.env, database, keys, photographs; the account's alone
/etc/beffroi/home              where that is, for whoever types `beffroi …`
/usr/local/bin/beffroi         the command, which acts as the home's account when root types it
"""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from beffroi.cli.errors import CommandError
from beffroi.cli.service import releases
from beffroi.config import file

ACCOUNT: Final = "beffroi"
HOME: Final = Path("/srv/beffroi")
UNIT: Final = Path("/etc/systemd/system/beffroi.service")
COMMAND: Final = Path("/usr/local/bin/beffroi")
RUNNING: Final = Path("/run/systemd/system")  # sd_booted(3)
# What the unit hides from the service, so that nothing it needs may lie there.
HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108 - not used, refused


class ServiceError(CommandError):
    """The machine can't be given the service; the message says what stands in the way."""

    code = "service"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the service will be: its home, the folders besides where it may write, its program."""

    home: Path
    writes: tuple[Path, ...]
    program: Path

    def unit(self) -> str:
        """The text of the unit."""
        given = {
            "@HOME@": str(self.home),
            "@WRITES@": " ".join(map(str, (self.home, *self.writes))),
            "@PROGRAM@": str(self.program),
            "@ACCOUNT@": ACCOUNT,
        }
        text = files("beffroi.cli.service").joinpath("beffroi.service").read_text(encoding="utf-8")
        for mark, value in given.items():
            text = text.replace(mark, value)
        return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where things are, when not where they usually are."""
    parser.add_argument(
        "--home", type=Path, default=HOME, metavar="FOLDER", help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument(
        "--writes",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="another folder in which the service may write, such as the disk of its backups (may be repeated)",
    )
    parser.add_argument("--print", action="store_true", help="only show the unit, change nothing")


def run(args: argparse.Namespace) -> int:
    """As root, unless only shown."""
    plan = Plan(_plain(args.home), tuple(map(_plain, args.writes)), releases.program())
    if args.print:
        sys.stdout.write(plan.unit())
        return 0
    _refuse(plan)
    changed = [_account(plan.home), _home(plan.home), *_files(plan)]
    for line in filter(None, changed):
        sys.stdout.write(f"{line}\n")
    if RUNNING.exists() and any(changed):
        subprocess.run(["/usr/bin/systemctl", "daemon-reload"], check=True)
    sys.stdout.write(
        "Next: beffroi init --domain beffroi.my-town.fr\n" if not _begun(plan.home) else "All is in place.\n"
    )
    return 0


def _plain(path: Path) -> Path:
    if not path.is_absolute() or any(character.isspace() or character in "%\\'\"" for character in str(path)):
        raise ServiceError(f"{path} can't stand in a unit: a whole path without spaces or signs is needed")
    return Path(os.path.normpath(path))


def _refuse(plan: Plan) -> None:
    if os.geteuid() != 0:
        raise ServiceError("only root can give the machine a service: sudo beffroi service")
    if any(Path(sys.base_prefix).is_relative_to(hidden) for hidden in HIDDEN):
        raise ServiceError(
            f"the Python that this was installed with, {sys.base_prefix}, would be hidden from the service, which sees nothing of "
            f"people's homes: install again with the system's, /usr/bin/python3 -m venv --clear {sys.prefix}"
        )
    needed = [(plan.home, "the home"), (plan.program, "the program")]
    for path, what in (*needed, *((each, "a folder") for each in plan.writes)):
        if any(path.is_relative_to(hidden) for hidden in HIDDEN):
            raise ServiceError(
                f"{what}, {path}, would be hidden from the service, which sees nothing of people's homes: "
                f"install in {releases.ROOT}/releases (docs/operators/install.md), and keep data in /srv"
            )
    if plan.home.exists() and plan.home.stat().st_uid not in _may_own(plan.home):
        raise ServiceError(
            f"{plan.home} belongs to another account. Was it begun before there was a service? Stop what runs, then "
            f"chown -R {ACCOUNT}: {plan.home}, and do this again"
        )


def _may_own(home: Path) -> set[int]:
    """Ours, and root for a folder in which nothing is yet."""
    return _uid() | (set() if any(home.iterdir()) else {0})


def _uid() -> set[int]:
    try:
        return {pwd.getpwnam(ACCOUNT).pw_uid}
    except KeyError:
        return set()


def _account(home: Path) -> str:
    if _uid():
        return ""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        raise ServiceError(f"no useradd here: make the system account {ACCOUNT} yourself, then do this again")
    shell = "/usr/sbin/nologin"
    made = ["--system", "--user-group", "--no-create-home", "--home-dir", str(home), "--shell", shell, ACCOUNT]
    done = subprocess.run([useradd, *made], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode:
        raise ServiceError(f"the account {ACCOUNT} can't be made: {done.stderr.strip()}")
    return f"made the account {ACCOUNT}, which nobody logs in as"


def _home(home: Path) -> str:
    account = pwd.getpwnam(ACCOUNT)
    if home.exists() and home.stat().st_uid == account.pw_uid:
        return ""
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, account.pw_uid, account.pw_gid)
    home.chmod(0o700)
    return f"{home} keeps everything, for {ACCOUNT} alone"


def _files(plan: Plan) -> list[str]:
    said = []
    for path, text in ((UNIT, plan.unit()), (file.POINTER, f"{plan.home}\n")):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)
            said.append(f"wrote {path}")
    if plan.program != COMMAND and (not COMMAND.is_symlink() or COMMAND.readlink() != plan.program):
        if COMMAND.exists() and not COMMAND.is_symlink():
            raise ServiceError(f"{COMMAND} is another program: move it away, then do this again")
        COMMAND.unlink(missing_ok=True)
        COMMAND.symlink_to(plan.program)
        said.append(f"{COMMAND} is {plan.program}")
    return said


def _begun(home: Path) -> bool:
    return file.path_in(home).exists()
