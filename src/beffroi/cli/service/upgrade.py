"""`beffroi upgrade`: the next release beside the one that runs, checked before, with a way back.

The town stays open: the new release is installed in an environment of its own and brings the tables up to date while the former works;
then the supervisor goes on as the new one, keeping the door, so that whoever knocks meanwhile waits a few seconds and is refused
nothing. When what was well before isn't well after, the former takes over again by itself.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from beffroi.cli.errors import CommandError
from beffroi.cli.service import releases, sources
from beffroi.cli.service.succession import Installation
from beffroi.config.environment import environment
from beffroi.persistence.release import numbers

NEEDED: Final = 1_500_000_000  # bytes: an environment, and room to unpack what makes it


class UpgradeError(CommandError):
    """The upgrade stopped; the message says where, what still runs and what to do."""

    code = "upgrade"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing given: which releases are here."""
    parser.add_argument(
        "source",
        nargs="?",
        metavar="RELEASE",
        help="the file of a release (a wheel), an offline bundle, or a version for pip to fetch; left out: list the releases that are here",
    )
    parser.add_argument("--back", action="store_true", help="let the release before this one take over again")
    parser.add_argument(
        "--no-backup", action="store_true", help="make no backup before (there is one of this very hour)"
    )


def run(args: argparse.Namespace) -> int:
    """As root, on a machine whose releases lie side by side."""
    root = releases.root()
    if root is None:
        raise UpgradeError(
            f"this is not one of several releases under {releases.ROOT}/releases: see “Another way” in docs/operators/install.md"
        )
    if not os.access(root / "releases", os.W_OK):
        raise UpgradeError("only who installed the releases can add one: sudo beffroi upgrade …")
    if args.back:
        return _back(root)
    if not args.source:
        return _show(root)
    return _forward(root, sources.named(args.source), backup=not args.no_backup)


def _show(root: Path) -> int:
    for link in ("current", "previous"):
        release = releases.named(root / link)
        _say(f"{link:<9} {release.name if release else '(none)'}")
    return 0


def _forward(root: Path, source: sources.Source, *, backup: bool) -> int:
    former = releases.named(root / "current")
    if former is None:
        raise UpgradeError(f"{root}/current names no release: `beffroi service` by the one that should run mends it")
    if numbers(source.version) < numbers(former.name):
        raise UpgradeError(
            f"{source.version} is older than {former.name}, which runs: `beffroi upgrade --back` goes back one"
        )
    if source.version == former.name:
        _say(f"{former.name} is what runs already.")
        return 0
    free = shutil.disk_usage(root).free
    if free < NEEDED:
        raise UpgradeError(f"{root} has {free // 10**6} MB free, and {NEEDED // 10**6} are needed: nothing was changed")
    _say(f"1. Installing {source.version} beside {former.name}")
    release = _installed(root, source, former)
    _say("2. Checking what it would do")
    _asked(release, "migrate", "--plan")
    _say("3. Making a backup" if backup else "3. No backup, as you say")
    if backup:
        _asked(former, "backup")
    _say(f"4. Bringing the tables up to date; {former.name} goes on working")
    _asked(release, "migrate")
    _say(f"5. {source.version} takes over")
    _take_over(root, release, former)
    _prune(root)
    return 0


def _installed(root: Path, source: sources.Source, former: Path) -> Path:
    """An environment that begins with the packages of the former one: pip fetches only what differs. It has the same extras."""
    release = root / "releases" / source.version
    if (release / releases.READY).exists():
        return release
    with tempfile.TemporaryDirectory(dir=root) as opened:
        steps = source.pip_steps(releases.extras(former), Path(opened))  # what is refused leaves nothing
        shutil.rmtree(release, ignore_errors=True)
        base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        _done(
            [str(base), "-m", "venv", str(release)], "an environment can't be made (Debian: apt install python3-venv)"
        )
        _say(f"   Copying the packages of {former.name}")
        shutil.copytree(releases.packages(former), releases.packages(release), symlinks=True, dirs_exist_ok=True)
        pip = [str(release / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _say("   Taking up what differs")
        try:
            for words in steps:
                _done([*pip, *words], "it can't be installed; without the Internet use the offline bundle")
            (release / releases.READY).touch()
        finally:
            if not (release / releases.READY).exists():  # half a gigabyte that nothing runs and nothing names
                shutil.rmtree(release, ignore_errors=True)
    return release


def _asked(release: Path, *words: str) -> None:
    """One of the release's own commands, which must do well."""
    _done([str(release / "bin" / "beffroi"), *words], f"`beffroi {' '.join(words)}` of {release.name} says no")


def _done(command: list[str], problem: str) -> None:
    """Runs a program to its end, its words after ours. Raises UpgradeError."""
    with subprocess.Popen(  # noqa: S603 - programs of ours and of the environment that we make, a list
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},  # what lasts says so while it lasts
    ) as running:
        for line in running.stdout or ():
            _say(f"   {line.rstrip()}")
    if running.returncode != 0:
        raise UpgradeError(f"{problem}. Nothing was switched: what ran goes on as before")


def _take_over(root: Path, release: Path, former: Path) -> None:
    """Raises UpgradeError once the former one works again."""
    settings = environment()
    town = Installation(settings)
    before, earlier = town.unwell(), releases.named(root / "previous")
    releases.point(root / "previous", former)
    releases.point(root / "current", release)
    if not town.renew():
        _say(f"   {release.name} is in place. Nothing runs now: `systemctl start beffroi` starts it.")
        return
    problem = town.await_well(release.name, before, _say)
    if not problem:
        _say(f"   {release.name} works. `beffroi upgrade --back` lets {former.name} take over again.")
        return
    _say(f"   {problem}: {former.name} takes over again")
    releases.point(root / "current", former)
    if earlier is not None:
        releases.point(root / "previous", earlier)
    if not town.renew():
        town.revive()
    again = town.await_well(former.name, before, _say)
    raise UpgradeError(
        f"{release.name} did not come up ({problem}); {former.name} {'does not either: ' + again if again else 'works again'}. "
        f"Its lines are in {settings.home}/log/beffroi.log"
    )


def _back(root: Path) -> int:
    current, previous = releases.named(root / "current"), releases.named(root / "previous")
    if current is None or previous is None or previous == current:
        raise UpgradeError("there is no release before this one here")
    _say(f"1. Asking {previous.name} whether it runs on these tables")
    _asked(previous, "migrate", "--plan")
    _say(f"2. {previous.name} takes over")
    _take_over(root, previous, current)
    return 0


def _prune(root: Path) -> None:
    """Two releases are enough: the one that runs and the way back."""
    kept = {releases.named(root / link) for link in ("current", "previous")}
    for each in (root / "releases").iterdir():
        if each.is_dir() and each.resolve() not in kept:
            shutil.rmtree(each, ignore_errors=True)
            _say(f"   removed {each.name}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
