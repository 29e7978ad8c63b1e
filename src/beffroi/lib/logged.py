"""The log for programs: one JSON object a line, whoever writes it.

`time` (RFC 3339, UTC), `level`, `part` (the program), `logger`, `message`; `exception`; `request` (its number, while one is answered); and
what was given besides, of the names below and no other: whatever else a record carries might be somebody's.
"""

import contextvars
import json
import logging
import re
from datetime import UTC, datetime
from typing import Final

REQUEST: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("beffroi_request", default="")
EXTRA: Final = ("route", "method", "status", "ms", "shape")
LONGEST: Final = 3_000
PATHS: Final = frozenset({"django.request", "django.security.csrf"})
# Where PostgreSQL repeats the row that it refuses.
_DETAIL: Final = re.compile(r"^(DETAIL|CONTEXT):.*\n?", re.MULTILINE)


class JsonFormatter(logging.Formatter):
    """A record as a line; the message and the trace are cut, the trace at its beginning."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "time": moment(record.created),
            "level": record.levelname,
            "part": self.part,
            "logger": record.name,
            "message": _message(record)[:LONGEST],
        }
        if record.exc_info:
            said["exception"] = _DETAIL.sub("", self.formatException(record.exc_info))[-LONGEST:]
        if number := REQUEST.get():
            said["request"] = number
        said |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        return json.dumps(said, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """Django's own lines on a request end with its address, which may name somebody: their reason is said, the route stands beside."""
    if record.name in PATHS and isinstance(record.args, tuple) and record.args:
        return str(record.args[0])
    return record.getMessage()


def moment(seconds: float) -> str:
    """A time of the wall clock as RFC 3339 has it, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(text: str, *, part: str, seconds: float) -> str:
    """What a part said, as an object: its own when it is one already, under the name that the supervisor knows it by."""
    said: object = None
    if text.startswith("{"):
        try:
            said = json.loads(text)
        except ValueError:
            said = None
    if isinstance(said, dict) and {"time", "level", "message"} <= said.keys():
        return json.dumps({**said, "part": part}, ensure_ascii=False)
    plain: dict[str, object] = {"time": moment(seconds), "level": "INFO", "part": part, "message": text[:LONGEST]}
    return json.dumps(plain, ensure_ascii=False)
