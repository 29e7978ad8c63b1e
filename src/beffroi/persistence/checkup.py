"""What an installation looks at in itself: a certificate, a disk, a broker. Each app says its own checks in `ready()`.

The same findings are what `/healthz` details, what `beffroi doctor` prints, what administrators read and are told of, and what is measured.
How to add a check: docs/developers/checkup.md.
"""

import logging
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import DatabaseError
from django.utils.formats import localize
from django.utils.functional import Promise, lazy
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

Words = str | Promise
CODE: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")
# What the check of the database says when it does not answer: those that read our tables are then left out.
SILENT: Final = "database.silent"
AT_ONCE: Final = 8
# How much is looked at anew: nothing that is remembered; what asks no stranger; everything.
REMEMBERED, QUICK, ALL = -1.0, 2.0, float("inf")


class State(StrEnum):
    """`WARNING`: it works, and will not for ever. `BAD`: something doesn't work now; `/healthz` answers 503."""

    WELL = "well"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `code` is the check's own, or that and more after a dot ("disk.media"): it tells findings of one check apart, and never holds a name or
    a figure, so that the same trouble keeps its code for as long as it lasts. `seen` says what there is; `todo` what to do, needed unless
    all is well; both without secrets, and in words that are found when they are read (`gettext_lazy`, `said`). `more` is where
    docs/operators says more ("trouble.md#disks"). `values` are figures, by a name with its unit, for those who measure ("free_bytes",
    "left_seconds"). `authority`: what is one authority's own business; None is the installation's. `chosen`: somebody set it up so and
    knows it; it is shown, and nobody is told.
    """

    code: str
    state: State
    seen: Words
    todo: Words = ""
    more: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    authority: UUID | None = None
    chosen: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError when a trouble doesn't say what to do."""
        if self.state is not State.WELL and not self.todo:
            raise ValueError(f"the finding {self.code} is {self.state} and doesn't say what to do")


Look = Callable[[datetime], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """`title` names what is looked at ("Disks"). `look` takes the moment, gives a finding for each thing it looked at, well ones too, and
    none where there is nothing to look at (no mail server is set up). It lasts a few seconds at most whatever has befallen the other side,
    and changes nothing.

    `good_for`: so many seconds its findings are repeated from memory; more than 2 for what asks a stranger's server. `needs_database`: it
    reads our tables, by Django; it is then left out while the database is away. One that doesn't need it runs in a thread of its own
    and never uses Django's connection. `order` is its place in lists: 10 the database, 20 disks and clock, 30 our programs, 40 what
    others run, 50 the rest. `told_elsewhere`: its app tells people of it by an alert of its own, so that the watch tells nobody.
    """

    code: str
    title: Words
    look: Look
    order: int = 50
    good_for: float = 2.0
    needs_database: bool = False
    told_elsewhere: bool = False


CHECKS: dict[str, Check] = {}


def register_check(check: Check) -> None:
    """Make a check known; a code is one check, with no dot in it."""
    if not CODE.fullmatch(check.code) or "." in check.code:
        raise ValueError(f"{check.code!r} can't be the code of a check")
    if CHECKS.setdefault(check.code, check) is not check:
        raise ValueError(f"two checks are called {check.code}")


def checks() -> list[Check]:
    """All there are, in order."""
    return sorted(CHECKS.values(), key=lambda check: (check.order, check.code))


def title_of(code: str) -> Words:
    """What a finding's check is called; the code itself once nobody looks at such a thing any more."""
    check = CHECKS.get(code.split(".", 1)[0])
    return check.title if check else code


def told_elsewhere(code: str) -> bool:
    """Whether people are told of this finding by another alert than the watch's."""
    check = CHECKS.get(code.split(".", 1)[0])
    return check is not None and check.told_elsewhere


def said(text: Words, **values: object) -> str:
    """`text` with its %(names)s filled in, both in the language of whoever reads; numbers and times as that language writes them, and
    moments by the town's clock.
    """

    def spoken() -> str:
        return str(text) % {name: localize(_by_our_clock(value)) for name, value in values.items()}

    return lazy(spoken, str)()


def _by_our_clock(value: object) -> object:
    return localtime(value) if isinstance(value, datetime) and is_aware(value) else value


def worst(findings: Iterable[Finding]) -> State:
    """The state of a whole; well where there is nothing."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.BAD, State.WARNING) if state in states), State.WELL)


class Checkup:
    """Looks, and remembers what was seen for as long as each check says. One a process; safe from any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._remembered: dict[str, tuple[float, tuple[Finding, ...]]] = {}
        self._looking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._looks: Counter[str] = Counter()

    def examine(self, now: datetime, *, only: Sequence[str] = (), fresh: float = REMEMBERED) -> tuple[Finding, ...]:
        """All findings, in the checks' order; of the checks named `only`, where some are. Those good for `fresh` seconds at most are
        looked at whatever is remembered.
        """
        return tuple(finding for _check, found in self.examined(now, only=only, fresh=fresh) for finding in found)

    def examined(
        self, now: datetime, *, only: Sequence[str] = (), fresh: float = REMEMBERED
    ) -> Iterator[tuple[Check, tuple[Finding, ...]]]:
        """The same, check by check, as they are done. A check that breaks is a warning of its own, and stops no other."""
        chosen = [check for check in checks() if not only or check.code in only]
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="checkup") as pool:
            looking = {
                check.code: pool.submit(self._findings, check, now, fresh=check.good_for <= fresh)
                for check in chosen
                if not check.needs_database and (check.good_for <= fresh or self._recalled(check) is None)
            }
            away = False
            for check in chosen:
                if check.needs_database and away:
                    continue
                asked = looking.get(check.code)
                found = asked.result() if asked else self._findings(check, now, fresh=check.good_for <= fresh)
                away = away or any(finding.code == SILENT for finding in found)
                yield check, found

    def forget(self) -> None:
        """As at first."""
        self._remembered.clear()

    def _recalled(self, check: Check) -> tuple[Finding, ...] | None:
        at, found = self._remembered.get(check.code, (0.0, None))
        return found if found is not None and self._monotonic() - at <= check.good_for else None

    def _findings(self, check: Check, now: datetime, *, fresh: bool) -> tuple[Finding, ...]:
        """From memory, or by looking: several who ask at a time have it looked at once."""
        looks = self._looks[check.code]
        with self._looking[check.code]:
            recalled = self._recalled(check)
            if recalled is not None and (not fresh or self._looks[check.code] > looks):
                return recalled
            found = _looked(check, now)
            self._remembered[check.code] = (self._monotonic(), found)
            self._looks[check.code] += 1
            return found


def _looked(check: Check, now: datetime) -> tuple[Finding, ...]:
    try:
        found = tuple(check.look(now))
        if strange := [each.code for each in found if each.code.split(".", 1)[0] != check.code]:
            raise ValueError(f"the check {check.code} speaks of {strange}")
    except DatabaseError as fault:
        log.warning("the check %s could not be made: %s", check.code, type(fault).__name__)
        return (_unmade(check, fault),)
    except Exception as fault:  # supervises checks: one that breaks must not hide what the others see
        log.exception("the check %s broke", check.code)
        return (_unmade(check, fault),)
    return found


def _unmade(check: Check, fault: Exception) -> Finding:
    return Finding(
        check.code,
        State.WARNING,
        said(_("This could not be looked at (%(fault)s)."), fault=type(fault).__name__),
        _("Look at the log: it says why."),
    )


HERE: Final = Checkup()
