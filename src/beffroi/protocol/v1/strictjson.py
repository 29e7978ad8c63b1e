"""JSON in its one canonical form (RFC 8785, integers only).

Reading re-encodes what was parsed and compares it with what came: whatever is not the canonical text of its value is
refused. A value therefore has one encoding, and two readers can't understand the same bytes in two ways. That comparison
is the fast path; only a text that fails it, or a value that fails its form, is walked again to say why.
"""

import json
from typing import Never

from beffroi.protocol.v1.errors import Reason, RefusalError, refusing

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 8

Body = dict[str, object]
"""A JSON object as parsed; ``members`` reads typed values out of it."""


class _NotIntegerError(ValueError):
    """A number with a fraction or an exponent."""


class _NotJsonError(ValueError):
    """``NaN`` or ``Infinity``, which Python's parser knows and JSON does not."""


def _refuse_float(text: str) -> Never:
    raise _NotIntegerError(text)


def _refuse_constant(text: str) -> Never:
    raise _NotJsonError(text)


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> Body:
    body = dict(pairs)
    if len(body) != len(pairs):
        names = [name for name, _ in pairs]
        raise RefusalError(Reason.JSON_DUPLICATE, next(name for name in names if names.count(name) > 1))
    return body


_decoder = json.JSONDecoder(parse_float=_refuse_float, parse_constant=_refuse_constant)
_decode_pairs = json.JSONDecoder(
    parse_float=_refuse_float, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates
).decode
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: object) -> bytes:
    """The canonical text of a value made of dict, list, tuple, str, int, bool and None, whose member names are ASCII."""
    return _encode(value).encode()


def _parse(text: str) -> object:
    try:
        value: object = _decoder.decode(text)
    except (_NotJsonError, json.JSONDecodeError) as error:
        raise RefusalError(Reason.JSON_SYNTAX) from error
    except RecursionError as error:
        raise RefusalError(Reason.JSON_DEPTH) from error
    except ValueError as error:  # _NotIntegerError, or more digits than Python converts
        raise RefusalError(Reason.JSON_NUMBER) from error
    return value


def _walk(value: object, depth: int) -> None:
    """Refuse what the comparison with the canonical text can't see: depth, and integers that JavaScript would round."""
    if isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise RefusalError(Reason.JSON_DEPTH)
        for item in value.values() if isinstance(value, dict) else value:
            _walk(item, depth + 1)
    elif isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise RefusalError(Reason.JSON_NUMBER)


def examine(value: object) -> None:
    """Raise ``RefusalError`` for a depth or a number that canonical JSON doesn't rule out by itself."""
    _walk(value, 0)


def load(data: bytes, limit: int) -> object:
    """Parse canonical JSON of at most ``limit`` bytes, or raise ``RefusalError``; depth and range are left to ``examine``."""
    if len(data) > limit:
        raise RefusalError(Reason.JSON_SIZE)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(Reason.JSON_UTF8) from error
    value = _parse(text)
    try:
        again = _encode(value)
        again.encode()
    except UnicodeEncodeError as error:
        raise RefusalError(Reason.JSON_STRING) from error
    except RecursionError as error:
        raise RefusalError(Reason.JSON_DEPTH) from error
    if again != text:
        examine(_decode_pairs(text))
        raise RefusalError(Reason.JSON_CANONICAL)
    return value


def load_object(data: bytes, limit: int) -> Body:
    """As ``load``, and the value is an object."""
    value = load(data, limit)
    if not isinstance(value, dict):
        examine(value)
        raise RefusalError(Reason.MEMBER_VALUE, "not an object")
    return value


@refusing
def parse(data: bytes, limit: int = 65536) -> object:
    """Any canonical JSON value, or ``Refused`` with one of the ``json-`` reasons."""
    value = load(data, limit)
    examine(value)
    return value
