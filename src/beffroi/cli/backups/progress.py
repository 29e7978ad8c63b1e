"""How far something long has come: one line that changes on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable
from typing import Final, TextIO

_ON_TERMINAL: Final = 0.2  # seconds between two changes of the line
_IN_LOG: Final = 30.0
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_THOUSAND: Final = 1000
_SURE_AFTER: Final = 2.0  # seconds: before, what is left is a guess
_MINUTE, _HOUR = 60, 3600


class Progress:
    """Says what is being done. `step` begins something, `told` says so many more bytes (or rows) of it are done."""

    def __init__(self, out: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._monotonic = monotonic
        self._alive = out.isatty()
        self._words = ""
        self._total: int | None = None
        self._done = 0
        self._began = self._said = 0.0
        self._in_bytes = True

    def step(self, words: str, total: int | None = None, *, in_bytes: bool = True) -> None:
        """What comes now, and how much it is where that is known."""
        self.close()
        self._words, self._total, self._done, self._in_bytes = words, total, 0, in_bytes
        self._began = self._said = self._monotonic()
        if self._alive:
            self._draw("\r")

    def told(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        now = self._monotonic()
        if now - self._said >= (_ON_TERMINAL if self._alive else _IN_LOG):
            self._said = now
            self._draw("\r" if self._alive else "")

    def close(self) -> None:
        """What was begun is done."""
        if self._words:
            self._total = None
            self._draw("\r" if self._alive else "")
            if self._alive:
                self._out.write("\n")
            self._words = ""

    def say(self, line: str) -> None:
        """A line of its own."""
        self.close()
        self._out.write(f"{line}\n")
        self._out.flush()

    def _draw(self, start: str) -> None:
        text = f"{self._words}: {self._amount()}"
        if self._alive:
            self._out.write(f"{start}\x1b[2K{text}")
        else:
            self._out.write(f"{text}\n")
        self._out.flush()

    def _amount(self) -> str:
        size = size_in_words if self._in_bytes else _count_in_words
        gone = self._monotonic() - self._began
        if not self._total:
            return f"{size(self._done)}, {span_in_words(gone)}" if self._done else span_in_words(gone)
        share = min(self._done / self._total, 1.0)
        left = f", {span_in_words(gone / share - gone)} left" if share and gone >= _SURE_AFTER else ""
        return f"{size(self._done)} of {size(self._total)}, {share:.0%}{left}"


def size_in_words(count: int) -> str:
    """1536000 is "1.5 MB"."""
    value, unit = float(count), 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value, unit = value / _THOUSAND, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def span_in_words(seconds: float) -> str:
    """95 is "1 min 35 s"."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


def _count_in_words(count: int) -> str:
    return f"{count:,}"
