"""The statements that took longest, as the log of this machine has them: `beffroi doctor` shows five, the database away or not."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, register_check, said

CODE: Final = "statements"
SHOWN: Final = 5
CUT: Final = 90
# So many in an hour are no hazard of one busy moment.
MANY: Final = 60
# What is looked at, of the end of the log: some ten thousand lines.
TAIL: Final = 2_000_000
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
_TEXT: Final = re.compile(r"(\S+) .*?\bWARNING beffroi\.slow (\d{1,9}) ms: (.*)")


def look(now: datetime) -> Iterator[Finding]:
    """The slowest of the last day; a warning where there were many in the last hour. None where no log is kept here."""
    path = Path(settings.BEFFROI_HOME) / "log" / "beffroi.log"
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return
    longest, lately = dict[str, int](), 0
    for at, milliseconds, shape in read(lines):
        if now - at < DAY:
            longest[shape] = max(longest.get(shape, 0), milliseconds)
            lately += now - at < HOUR
    worst = sorted(longest.items(), key=lambda each: -each[1])[:SHOWN]
    told = "; ".join(f"{milliseconds} ms {shape[:CUT]}" for shape, milliseconds in worst)
    many = lately > MANY
    yield Finding(
        CODE,
        State.WARNING if many else State.WELL,
        said(_("The longest of the day: %(longest)s."), longest=told)
        if told
        else _("None took more than half a second today."),
        _("The database is slow: look at its disk and its memory, then at what else runs on this machine.")
        if many
        else "",
        "watching.md",
        {"last_hour": float(lately)},
    )


def read(lines: Iterable[str]) -> Iterator[tuple[datetime, int, str]]:
    """(when, milliseconds, shape) of each statement that a log speaks of, for people or for programs; other lines are passed over."""
    for line in lines:
        if "beffroi.slow" not in line:
            continue
        with contextlib.suppress(ValueError, KeyError, TypeError):
            if line.startswith("{"):
                told = json.loads(line)
                yield datetime.fromisoformat(told["time"]).astimezone(UTC), int(told["ms"]), str(told["shape"])
            elif found := _TEXT.fullmatch(line):
                yield datetime.fromisoformat(found[1]).astimezone(UTC), int(found[2]), found[3]


def register_own() -> None:
    """The check, once for the process."""
    register_check(Check(CODE, _("Slow statements"), look, order=50, good_for=30.0))
