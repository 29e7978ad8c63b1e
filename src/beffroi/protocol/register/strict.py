"""JSON as these formats read it: no duplicate member, no number that is not an integer, nothing too deep to parse."""

import json
from collections.abc import Callable
from typing import NoReturn

from .errors import RegisterFormatError

_GREATEST_DIGITS = 20


class BadJson(RegisterFormatError, ValueError):
    """Not JSON, or JSON that two readers could take for two things."""

    code = "bad-json"


def parse_object(data: bytes | str) -> dict[str, object]:
    """One JSON object; raises BadJson."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        raw: object = json.loads(
            text,
            object_pairs_hook=_members,
            parse_float=_refused("a number with a fraction"),
            parse_constant=_refused("not a number"),
            parse_int=_integer,
        )
    except BadJson:
        raise
    except (ValueError, RecursionError) as error:
        raise BadJson("not JSON") from error
    if not isinstance(raw, dict):
        raise BadJson("not a JSON object")
    return raw


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson("a member is there twice")
    return members


def _integer(text: str) -> int:
    if len(text) > _GREATEST_DIGITS or text == "-0":
        raise BadJson("a number out of range")
    return int(text)


def _refused(message: str) -> Callable[[str], NoReturn]:
    def refuse(_text: str) -> NoReturn:
        raise BadJson(message)

    return refuse
