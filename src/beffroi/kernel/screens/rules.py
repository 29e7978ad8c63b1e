"""How long a code and a session last, and what a code looks like."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

# Nothing that is read for something else: no 0, O, 1, I, L, U or V.
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH: Final = 8
CODE_LASTS: Final = timedelta(minutes=10)
SESSION_LASTS: Final = timedelta(minutes=5)
# Unpaired screens of a whole installation that show a code at one time.
MOST_WAITING: Final = 200
NAME_LENGTH: Final = 80


class Chance(Protocol):
    """The part of `secrets` that is used."""

    def choice(self, seq: Sequence[str], /) -> str: ...


def make_code(chance: Chance) -> str:
    """A fresh code, as it is kept: without its hyphen."""
    return "".join(chance.choice(LETTERS) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """A code as it is kept, whatever was put between its letters."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[: LENGTH + 1]


def shown_code(code: str) -> str:
    """A code as the wall shows it."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
