"""Thirty-two octets as groups that somebody reads on paper and types, so that a slip is found in its group.

Thirteen groups hold the octets, the fourteenth a digest of them. A group is four characters of Crockford's alphabet (no I, L, O, U) and a
fifth that checks them and the group's place: a sum in GF(32), weighted by powers of x. It finds one wrong character, two
neighbours exchanged, and two groups exchanged, always; anything else thirty-one times in thirty-two, and then the digest finds it.
"""

import hashlib
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OCTETS: Final = 32
GROUPS: Final = 14
SIGNS: Final = 5
_DIGITS: Final = SIGNS - 1
_GROUP_BITS: Final = 5 * _DIGITS
_SPARE_BITS: Final = (GROUPS - 1) * _GROUP_BITS - 8 * OCTETS
_FIELD: Final = 0b100101  # x^5 + x^2 + 1
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


class TypedError(Exception):
    """What was typed is not what was printed; `groups` are those that have a slip, from 1, none when it can't be said."""

    def __init__(self, message: str, groups: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.groups = groups


def spell(octets: bytes) -> tuple[str, ...]:
    """The groups of 32 octets; raises ValueError for another length."""
    if len(octets) != OCTETS:
        raise ValueError(f"{OCTETS} octets are needed, not {len(octets)}")
    number = int.from_bytes(octets) << _SPARE_BITS
    parts = [number >> (_GROUP_BITS * place) & (1 << _GROUP_BITS) - 1 for place in reversed(range(GROUPS - 1))]
    return tuple(_group(part, place) for place, part in enumerate([*parts, _digest(octets)], start=1))


def read(text: str) -> bytes:
    """The octets, from groups in whatever case, with spaces, hyphens and lines between them; raises TypedError."""
    groups = _groups(text)
    wrong = tuple(place for place, group in enumerate(groups, start=1) if not _agrees(group, place))
    if wrong:
        named = ", ".join(str(place) for place in wrong)
        raise TypedError(f"there is a slip in group {named}: compare it with the paper", wrong)
    values = [_value(group) for group in groups]
    number = 0
    for value in values[:-1]:
        number = number << _GROUP_BITS | value
    octets = (number >> _SPARE_BITS).to_bytes(OCTETS)
    if _digest(octets) != values[-1] or number & (1 << _SPARE_BITS) - 1:
        raise TypedError("each group could be right, but not all of them together: compare them all with the paper")
    return octets


def _groups(text: str) -> list[str]:
    words = text.upper().translate(_ALIKE).replace("-", " ").split()
    together = "".join(words)
    if len(words) != GROUPS and len(together) == GROUPS * SIGNS:
        words = [together[at : at + SIGNS] for at in range(0, len(together), SIGNS)]
    for place, word in enumerate(words, start=1):
        if len(word) != SIGNS and place <= GROUPS:
            raise TypedError(f"group {place} has {len(word)} characters, not {SIGNS}", (place,))
    if len(words) != GROUPS:
        raise TypedError(f"{len(words)} groups were typed, not {GROUPS}")
    return words


def _agrees(group: str, place: int) -> bool:
    return all(sign in ALPHABET for sign in group) and group == _group(_value(group), place)


def _value(group: str) -> int:
    value = 0
    for sign in group[:_DIGITS]:
        value = value << 5 | ALPHABET.index(sign)
    return value


def _group(value: int, place: int) -> str:
    digits = [value >> 5 * at & len(ALPHABET) - 1 for at in reversed(range(_DIGITS))]
    check = place
    for weight, digit in enumerate(digits, start=1):
        check ^= _raised(digit, weight)
    return "".join(ALPHABET[digit] for digit in (*digits, check))


def _raised(digit: int, weight: int) -> int:
    """The digit times x to that power."""
    for _step in range(weight):
        digit <<= 1
        if digit >= len(ALPHABET):
            digit ^= _FIELD
    return digit


def _digest(octets: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"beffroi paper 1" + octets).digest()) >> (256 - _GROUP_BITS)
