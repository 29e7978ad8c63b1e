"""JSON from outside, read with bounds: a type that isn't there is not guessed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from beffroi.adapters.sensors.saying import LARGEST, UnreadableError

LONGEST_NAME: Final = 120
_MILLISECONDS: Final = 1000


def read(payload: bytes, *, most: int = LARGEST) -> object:
    """Raises UnreadableError, whatever the bytes are."""
    if len(payload) > most:
        raise UnreadableError("too-long", "a message is longer than any contact's")
    try:
        found: object = json.loads(payload)
    except (ValueError, RecursionError):
        raise UnreadableError("not-json", "a message is not JSON") from None
    return found


def mapping(value: object) -> Mapping[str, object]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object, most: int = LONGEST_NAME) -> str:
    """Words that a page can show and a database keep, or none."""
    if not isinstance(value, str):
        return ""
    return "".join(each for each in value[:most] if each.isprintable() and not "\ud800" <= each <= "\udfff").strip()


def count(value: object, most: int) -> int | None:
    """A whole number from 0 up."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value <= most else None


def moment(value: object) -> datetime | None:
    """RFC 3339 with its zone, or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / _MILLISECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def percent(value: object) -> int | None:
    """From 0 to 100, rounded."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:  # noqa: PLR2004 - percent
        return None
    return round(value)
