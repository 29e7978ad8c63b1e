"""One log for all parts, on the terminal and whole days also in a file: aligned `time part message`, in colour; or objects for programs."""

import logging
import logging.handlers
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from beffroi.lib import logged

LONGEST_LINE = 8_000
KEPT_FILES = 7
FILE_BYTES = 10_000_000
# A part's text may come from outside: nothing in it may drive the terminal or forge another line.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
COLOURS = (36, 35, 34, 32, 33, 96, 95, 94, 92, 93)


class ReadableLog:
    """Writes one line a fact. `width` is the longest part's name; `wall` the clock that lines are dated by."""

    def __init__(self, terminal: TextIO, folder: Path | None, *, width: int, wall: Callable[[], datetime]) -> None:
        self._terminal: TextIO | None = terminal
        self._width = width
        self._wall = wall
        self._colourful = terminal.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, int] = {}
        self._file: logging.handlers.RotatingFileHandler | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "beffroi.log"
            self._file = logging.handlers.RotatingFileHandler(
                path, maxBytes=FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
            )
            path.chmod(0o600)

    def say(self, part: str, message: str) -> None:
        """One fact about a part; what can't be printed is replaced, a very long line is cut."""
        text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", message.rstrip())
        now = self._wall()
        kept, shown = self._lines(part, text, now)
        if self._file is not None:
            self._file.emit(logging.LogRecord("beffroi", logging.INFO, "", 0, kept, None, None))
        if self._terminal is None:
            return
        try:
            self._terminal.write(f"{shown}\n")
            self._terminal.flush()
        except OSError:  # nobody reads us any more; the file goes on
            self._terminal = None

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            self._file.close()

    def _lines(self, part: str, text: str, now: datetime) -> tuple[str, str]:
        """What the file keeps, what the terminal shows."""
        cut = text[:LONGEST_LINE]
        kept = f"{now.isoformat(timespec='milliseconds')} {part:<{self._width}} {cut}"
        return kept, f"{now:%H:%M:%S} {self._painted(part)} {cut}"

    def _painted(self, part: str) -> str:
        name = f"{part:<{self._width}}"
        if not self._colourful:
            return name
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\x1b[{colour}m{name}\x1b[0m"


class JsonLog(ReadableLog):
    """The same for programs: one object a line (`lib.logged`), our own programs' as they wrote it, others' words as a message."""

    def _lines(self, part: str, text: str, now: datetime) -> tuple[str, str]:
        line = logged.line(text, part=part, seconds=now.timestamp())
        return line, line
