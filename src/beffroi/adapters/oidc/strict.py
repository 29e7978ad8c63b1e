"""JSON as a provider sends it, read in one way only: an object, without duplicate members, bounded."""

import json
from typing import Final, Never

from beffroi.adapters.oidc.errors import Unclear

Object = dict[str, object]
LARGEST: Final = 128 * 1024
DEEPEST: Final = 16


class _TwiceError(ValueError):
    """A member is there twice: two readers would take two values."""


def _once(pairs: list[tuple[str, object]]) -> Object:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _TwiceError
    return members


def _no_number(text: str) -> Never:
    raise ValueError(text)


def read_object(text: bytes) -> Object:
    """Raises Unclear."""
    if len(text) > LARGEST:
        raise Unclear("more than anybody needs to say")
    try:
        found: object = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Unclear("not JSON, or a member is there twice") from None
    if not isinstance(found, dict) or _depth(found) > DEEPEST:
        raise Unclear("not a JSON object that we could use")
    return found


def text_of(members: Object, name: str) -> str:
    """A member that is text; empty where it is absent or anything else."""
    found = members.get(name)
    return found if isinstance(found, str) else ""


def texts_of(members: Object, name: str) -> tuple[str, ...] | None:
    """A member that is a text or a list of them; None where it is absent or anything else."""
    found = members.get(name)
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return tuple(found)
    return None


def _depth(value: object, above: int = 0) -> int:
    if above > DEEPEST:
        return above
    if isinstance(value, dict):
        return max((_depth(each, above + 1) for each in value.values()), default=above + 1)
    if isinstance(value, list):
        return max((_depth(each, above + 1) for each in value), default=above + 1)
    return above
