"""Typed values out of parsed JSON. Whatever is missing, of another type or too much raises ValueError with the member's name."""

import json
import re
from collections.abc import Iterable
from typing import Final, Never

GREATEST_INTEGER: Final = 2**53 - 1
LONGEST_PATH: Final = 400
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Members = dict[str, object]


def canonical(value: object) -> bytes:
    """The one spelling of a value: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refused(text: str) -> Never:
    raise ValueError(f"{text} is no whole number")


def parsed(data: bytes) -> object:
    """The value of a canonical text; raises ValueError for any other spelling of it."""
    try:
        value: object = json.loads(data.decode(), parse_float=_refused, parse_constant=_refused)
        same = canonical(value) == data
    except (RecursionError, UnicodeError) as error:
        raise ValueError("no text of ours") from error
    if not same:
        raise ValueError("not in the one spelling of its value")
    return value


def members(value: object, names: Iterable[str]) -> Members:
    """The object with exactly these members."""
    if not isinstance(value, dict):
        raise ValueError("an object is needed")  # noqa: TRY004 - whatever is wrong with what came is one kind of error
    wanted = set(names)
    if wrong := sorted(wanted ^ set(value)):
        raise ValueError(f"{wrong[0]} is {'missing' if wrong[0] in wanted else 'unknown'}")
    return value


def text(value: object, name: str, form: re.Pattern[str] | None = None) -> str:
    """A text without control characters, of this form."""
    if not isinstance(value, str) or _UNPRINTABLE.search(value) or (form is not None and not form.fullmatch(value)):
        raise ValueError(f"{name} can't be that")
    return value


def number(value: object, name: str) -> int:
    """A whole number from 0 to 2**53 - 1."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= GREATEST_INTEGER:
        raise ValueError(f"{name} is no number that it can be")
    return value


def sha256(value: object, name: str) -> str:
    """A SHA-256 in hexadecimal."""
    return text(value, name, _SHA256)


def listed(value: object, name: str) -> list[object]:
    """A list."""
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")  # noqa: TRY004 - as above
    return value


def mapped(value: object, name: str) -> Members:
    """An object with any members."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 - as above
    return {text(key, name): each for key, each in value.items()}


def path_inside(value: object, name: str = "path") -> str:
    """A relative path in its one spelling that stays where it is put: no root, no `..`, no empty or dotted step."""
    path = text(value, name)
    steps = path.split("/")
    if len(path.encode()) > LONGEST_PATH or "\\" in path or any(step in {"", ".", ".."} for step in steps):
        raise ValueError(f"{name} leads elsewhere")
    return path
