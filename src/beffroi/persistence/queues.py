"""What waits for a program of ours to take it up: messages, deadlines, events, entries. Each app says its own in `ready()`.

How many wait and since when the first does is measured (docs/operators/watching.md), and a check of the installation warns of a queue whose
first has waited for longer than it ever should.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import lazy
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said

CODE: Final = re.compile(r"[a-z]+(-[a-z]+)*")
CHECK: Final = "queues"
A_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """How many wait at a moment, and since when the one that has waited longest; None when none does."""

    waiting: int
    since: datetime | None = None

    def age(self, now: datetime) -> float:
        """Seconds that the oldest has waited, 0 when none does."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class Queue:
    """`title` names what waits, `look` counts it by an index (it is asked every few seconds), `patience` is how long the first may wait
    where all is well, `taker` the program that takes it up.
    """

    code: str
    title: Words
    look: Callable[[datetime], Standing]
    patience: timedelta
    taker: str


QUEUES: dict[str, Queue] = {}


def register_queue(queue: Queue) -> None:
    """Make a queue known; a code is one queue."""
    if not CODE.fullmatch(queue.code):
        raise ValueError(f"{queue.code!r} can't be the code of a queue")
    if QUEUES.setdefault(queue.code, queue) is not queue:
        raise ValueError(f"two queues are called {queue.code}")


def queues() -> list[Queue]:
    """All there are, by their codes."""
    return [QUEUES[code] for code in sorted(QUEUES)]


def spoken(seconds: float) -> Words:
    """A duration as people say it, in the language of whoever reads; its two greatest units."""
    since = datetime(2000, 1, 1)  # noqa: DTZ001 - two moments of no zone, to be subtracted
    return lazy(
        lambda: (
            gettext("less than a minute")
            if seconds < A_MINUTE
            else timesince(since, since + timedelta(seconds=seconds), depth=2)
        ),
        str,
    )()


def look(now: datetime) -> Iterator[Finding]:
    """A finding a queue: a warning of each whose first has waited too long."""
    for queue in queues():
        standing = queue.look(now)
        age = standing.age(now)
        late = age > queue.patience.total_seconds()
        seen = _("%(what)s: %(count)s, the oldest for %(age)s.") if standing.waiting else _("%(what)s: none.")
        yield Finding(
            f"{CHECK}.{queue.code}",
            State.WARNING if late else State.WELL,
            said(seen, what=queue.title, count=standing.waiting, age=spoken(age)),
            said(
                _("The program “%(program)s” does not keep up, or stands still: look at its log."), program=queue.taker
            )
            if late
            else "",
            "watching.md#queues",
            {"waiting": standing.waiting, "oldest_seconds": age},
        )


def register_own() -> None:
    """The check, once for the process."""
    register_check(Check(CHECK, _("What waits"), look, order=30, good_for=5.0, needs_database=True))
