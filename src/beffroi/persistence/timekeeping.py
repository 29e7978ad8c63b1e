"""The machine's clock: rights, receipts and deadlines live by it, and a wrong one is noticed late by people."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, register_check, said
from beffroi.persistence.servers import connected

MORE: Final = "trouble.md#clock"
# A jump of less is what a time service does; a database that answers late is no other clock.
A_JUMP: Final = timedelta(seconds=5)
APART: Final = timedelta(seconds=5)
FAR_APART: Final = timedelta(minutes=2)
# A jump stays said for so long: whoever comes in the morning reads of it.
REMEMBERED: Final = timedelta(hours=12)
UNSYNCHRONISED: Final = 0x0040  # STA_UNSYNC of <sys/timex.h>
WORD: Final = ctypes.sizeof(ctypes.c_long)
# struct timex begins: modes (an int, filled up to a word), offset, freq, maxerror, esterror (a word each), status (an int).
STATUS: Final = slice(5 * WORD, 5 * WORD + ctypes.sizeof(ctypes.c_int))
ROOM: Final = 64 * WORD  # more than the whole struct


def synchronised() -> bool | None:
    """What the kernel says of its clock (adjtimex(2), which only reads when `modes` is 0); None where it can't be asked."""
    told = ctypes.create_string_buffer(ROOM)
    try:
        answered = ctypes.CDLL(None).adjtimex(told)
    except (OSError, AttributeError):
        return None
    return None if answered < 0 else not int.from_bytes(told.raw[STATUS], sys.byteorder) & UNSYNCHRONISED


class Watch:
    """Compares the clock with the seconds that passed since it was last looked at: `steady` doesn't stop while the machine sleeps."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._last: tuple[float, datetime] | None = None
        self._back: tuple[datetime, timedelta] | None = None
        self._lock = threading.Lock()

    def went_back(self, now: datetime) -> tuple[datetime, timedelta] | None:
        """When the clock was last seen to have gone back, and by how much; None when it hasn't, lately. A jump forward isn't told: it is
        how a clock that was late is put right.
        """
        with self._lock:
            seconds = self._steady()
            if self._last is not None:
                late = timedelta(seconds=seconds - self._last[0]) - (now - self._last[1])
                if late > A_JUMP:
                    self._back = (now, late)
            self._last = (seconds, now)
            if self._back is not None and not timedelta(0) <= now - self._back[0] <= REMEMBERED:
                self._back = None
            return self._back


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


HERE: Final = Watch(_since_boot)


def database_clock() -> datetime | None:
    """What time it is for the database; None when it doesn't say."""
    with suppress(psycopg.Error), connected() as fresh:
        row = fresh.execute("SELECT clock_timestamp()").fetchone()
        if row is not None and isinstance(row[0], datetime):
            return row[0].astimezone(UTC)
    return None


def look(now: datetime) -> Iterator[Finding]:
    """Three questions: does a time service hold it, has it gone back, does the database agree."""
    troubles = [*unheld(synchronised()), *gone_back(HERE.went_back(now)), *apart_from(database_clock(), now)]
    yield from troubles or [Finding("clock", State.WELL, _("Nothing says that it is wrong."))]


def unheld(held: bool | None) -> Iterator[Finding]:
    """From what the kernel says."""
    if held is False:
        yield Finding(
            "clock.unsynchronised",
            State.WARNING,
            _("No time service holds this machine’s clock: it goes its own way, some seconds a day."),
            _(
                "Install one (Debian: `apt install systemd-timesyncd`, or chrony) and let it reach a server; "
                "`timedatectl` says how it stands."
            ),
            MORE,
        )


def gone_back(back: tuple[datetime, timedelta] | None) -> Iterator[Finding]:
    """From what the watch saw."""
    if back is not None:
        yield Finding(
            "clock.back",
            State.WARNING,
            said(
                _(
                    "The clock went back by %(seconds)s s on %(when)s: rights given around then may have begun or ended at another time."
                ),
                seconds=round(back[1].total_seconds()),
                when=back[0],
            ),
            _(
                "See who set it (the log of the time service), and look over what was opened around then. "
                "This goes away after twelve hours."
            ),
            MORE,
        )


def apart_from(there: datetime | None, now: datetime) -> Iterator[Finding]:
    """From what time it is for the database."""
    apart = abs(there - now) if there is not None else timedelta(0)
    if apart > APART:
        yield Finding(
            "clock.apart",
            State.BAD if apart > FAR_APART else State.WARNING,
            said(
                _("This machine’s clock and the database’s are %(seconds)s s apart."),
                seconds=round(apart.total_seconds()),
            ),
            _("Have both machines follow the same time service."),
            MORE,
            {"apart_seconds": apart.total_seconds()},
        )


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check("clock", _("Clock"), look, order=20, good_for=15.0))
