"""What a camera says of itself, before anybody reads it on a terminal."""

from typing import Final

NAME_LIMIT: Final = 64


def readable(said: object, limit: int = NAME_LIMIT) -> str:
    """One line of printable characters, no longer than that; nothing for what isn't text."""
    if not isinstance(said, str):
        return ""
    return "".join(each if each.isprintable() else " " for each in said[:limit]).strip()


def number(said: object, most: int) -> int:
    """A whole number from 1 to `most`, 0 for anything else."""
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= most else 0
