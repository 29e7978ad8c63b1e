"""How cameras speak, and what may be wrong with it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Ill(StrEnum):
    """What is wrong with how they speak."""

    NOTHING = "nothing"
    SILENT = "silent"
    """Questions are taken, and never answered."""
    GARBAGE = "garbage"
    EMPTY = "empty"
    """The right element, with nothing in it."""
    BOMB = "bomb"
    ELSEWHERE = "elsewhere"
    """An entity that names a file of whoever reads it."""
    ENDLESS = "endless"
    REDIRECT = "redirect"
    PASSWORD = "password"  # noqa: S105 - what is wrong
    """It was changed: nobody knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How they speak, short of anything being wrong."""

    ahead: timedelta = timedelta()
    """Their clock, before that of everybody."""
    names_host: str = ""
    """In each address that they give: not that at which they were asked."""
    names_account: bool = False
    """In the address of a picture."""
    old: bool = False
    """They know GetCapabilities only."""
    modern: bool = False
    """They have the second media service alone, which knows H.265."""
    by_http: bool = False
    """Who asks is proven by HTTP's Digest, not in the message."""
