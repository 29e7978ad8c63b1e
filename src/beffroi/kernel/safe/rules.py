"""What a code of the safe looks like; pure functions."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beffroi.kernel.territory.rules import ALPHABET

CODES: Final = 8
LOCATOR: Final = 6
SECRET: Final = 10  # 31 letters and figures: 49 bits, behind five tries
TRIES: Final = 5
SESSION: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is printed, once: the codes, of whom and in which colour, since when."""

    authority: str
    colour: str
    codes: tuple[str, ...]
    at: datetime


def new_code(choose: Callable[[str], str] = secrets.choice) -> tuple[str, str]:
    """Its two halves: the one that finds it, the one that proves."""
    letters = "".join(choose(ALPHABET) for _position in range(LOCATOR + SECRET))
    return letters[:LOCATOR], letters[LOCATOR:]


def written(locator: str, secret: str) -> str:
    """Four groups of four."""
    letters = locator + secret
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def read_code(text: str) -> tuple[str, str] | None:
    """The halves of what somebody typed, however they spaced it; None when it can't be a code."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    if len(letters) != LOCATOR + SECRET or set(letters) - set(ALPHABET):
        return None
    return letters[:LOCATOR], letters[LOCATOR:]
