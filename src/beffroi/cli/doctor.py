"""`beffroi doctor`: looks an installation over and says what to do; with the database, the broker and everything else down, before `init`,
as another account. Changes nothing.
"""

import argparse
import json
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.errors import PostgresError
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.process import status
from beffroi.cli.installation import variables_for
from beffroi.cli.settings import in_force
from beffroi.config.environment import Environment, SettingError, environment

if TYPE_CHECKING:
    from beffroi.persistence.checkup import Finding

WELL, WARNING, BAD = "well", "warning", "bad"
MARKS = {WELL: "well ", WARNING: "WATCH", BAD: "BAD  "}
CODES = {WELL: 0, WARNING: 1, BAD: 2}
WIDTH = 100
# What can be looked at before there is an installation.
BEFOREHAND = ("disk", "clock")


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as it is printed, or one of the command's own."""

    code: str
    title: str
    state: str
    seen: str
    todo: str = ""
    more: str = ""
    authority: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes its arguments."""
    parser.add_argument("--json", action="store_true", help="one object for programs, instead of lines")
    parser.add_argument(
        "--through",
        metavar="URL",
        nargs="?",
        const="",
        help="only ask this installation, while it runs, by the address that people type (default: BEFFROI_PUBLIC_URL), and say whether a "
        "proxy passes on what it should: name, HTTPS, visitors' addresses, streams, photographs",
    )
    parser.add_argument("--settings", action="store_true", help="list every setting in force first, secrets hidden")


def run(args: argparse.Namespace) -> int:
    """0: all is well; 1: something is to be watched; 2: something doesn't work."""
    found: list[Line] = []
    lines = _lines(show_settings=args.settings and not args.json) if args.through is None else _through(args.through)
    for line in lines:
        found.append(line)
        if not args.json:
            sys.stdout.write(_printed(line))
            sys.stdout.flush()
    state = max((line.state for line in found), key=CODES.__getitem__, default=WELL)
    if args.json:
        findings = [{name: getattr(line, name) for name in Line.__slots__} for line in found]
        sys.stdout.write(json.dumps({"state": state, "findings": findings}, indent=1, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_summed_up(found, state))
    return CODES[state]


def _printed(line: Line) -> str:
    text = _filled(f"{line.title}: {line.seen}", f"{MARKS[line.state]}  ", " " * 7)
    if line.state != WELL:
        text += "\n" + _filled(line.todo, "       → ", " " * 9)
        text += f"\n         docs/operators/{line.more}" if line.more else ""
    return f"{text}\n"


def _filled(text: str, first: str, then: str) -> str:
    """Within the width, but what somebody copies (a path, a command) is never cut."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )


def _summed_up(found: list[Line], state: str) -> str:
    if state == WELL:
        return "\nAll well.\n"
    bad, warned = (sum(line.state == each for line in found) for each in (BAD, WARNING))
    return f"\n{bad} that do not work, {warned} to be watched.\n"


def _lines(*, show_settings: bool) -> Iterator[Line]:
    try:
        effective = environment()
    except SettingError as error:
        yield Line("settings", "Settings", BAD, str(error), "Mend that setting, then ask again.")
        return
    if show_settings:
        for variable, value in in_force(effective):
            sys.stdout.write(f"{variable:<28} {value}\n")
        sys.stdout.write("\n")
    try:
        made = _located(effective)
    except PermissionError:
        yield Line(
            "home",
            "Folder",
            BAD,
            f"{effective.home} can't be read by this account.",
            "Ask again as the account that runs the server (systemctl show beffroi -p User), or as root.",
        )
        return
    except PostgresError as error:
        yield Line("home", "Folder", BAD, str(error), "Put that file back from your backup: `beffroi restore --help`.")
        return
    yield from _of_the_folder(effective, made=made)
    yield from _of_django(effective)
    yield from _of_checks(() if made else BEFOREHAND)


def _located(effective: Environment) -> bool:
    """Whether there is an installation; its own database's address then is this process's. Raises PermissionError, PostgresError."""
    if effective.database_url is not None:
        return True
    known = notes.read(Cluster(effective.home).notes_file)
    if known is None:
        return False
    os.environ.update(variables_for(known.connection()))
    environment.cache_clear()
    return True


def _of_the_folder(effective: Environment, *, made: bool) -> Iterator[Line]:
    if not made:
        yield Line(
            "home",
            "Folder",
            WARNING,
            f"No installation lies in {effective.home} yet.",
            "`beffroi init` makes one, `beffroi up` runs it. If yours is elsewhere, set BEFFROI_HOME.",
        )
        return
    if effective.database_url is None:
        told = status.read(effective.home)
        if told is not None and told.stale(time.time()) and status.holds(effective.home, told):
            yield Line(
                "home",
                "Folder",
                WARNING,
                f"It runs from {effective.home}, and has not written down how it is for {time.time() - told.written:.0f} s.",
                "Make room where the disks are full. If they are not, its log says what keeps it.",
            )
            return
        if told is None or told.stale(time.time()):
            yield Line(
                "home",
                "Folder",
                BAD,
                f"Nothing runs from {effective.home} now.",
                "Start it: `systemctl start beffroi`, or `beffroi up`.",
            )
            return
    yield Line("home", "Folder", WELL, f"The installation lies in {effective.home}.")


def _of_django(effective: Environment) -> Iterator[Line]:
    """What Django's own checks find; those for a deployment once people reach us over HTTPS."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    import django  # noqa: PLC0415 - the settings are read only now
    from django.core import checks  # noqa: PLC0415 - as above

    django.setup()
    for found in checks.run_checks(include_deployment_checks=effective.secure):
        if found.is_silenced():
            continue
        if found.is_serious() or str(found.id).startswith("security."):
            hint = str(
                found.hint or "The log of Django's checks says more: this is to be told to whoever maintains Beffroi."
            )
            yield Line("settings", "Settings", WARNING, f"{found.msg} ({found.id})", hint)


def _of_checks(only: tuple[str, ...]) -> Iterator[Line]:
    """What applications look at: none of it needs anything to run."""
    from django.utils import translation  # noqa: PLC0415 - Django is ready only now

    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.persistence.checkup import ALL, HERE  # noqa: PLC0415 - as above

    with translation.override("en"):
        for _check, findings in HERE.examined(utc_now(), only=only, fresh=ALL):
            yield from map(_line, findings)


def _through(address: str) -> Iterator[Line]:
    """The way from the address that people type to this server, at length."""
    effective = environment()
    _located(effective)
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    import django  # noqa: PLC0415 - the settings are read only now

    django.setup()
    from django.utils import translation  # noqa: PLC0415 - as above

    from beffroi.web.https.through import thorough  # noqa: PLC0415 - as above

    url = address.rstrip("/") or effective.public_url
    sys.stderr.write(f"Asking {url} what arrives here…\n")
    with translation.override("en"):
        yield from map(_line, thorough(url))


def _line(finding: "Finding") -> Line:
    from beffroi.persistence.checkup import title_of  # noqa: PLC0415 - Django is ready only now

    return Line(
        code=finding.code,
        title=str(title_of(finding.code)),
        state=str(finding.state),
        seen=str(finding.seen),
        todo=str(finding.todo),
        more=finding.more,
        authority=str(finding.authority) if finding.authority else None,
    )
