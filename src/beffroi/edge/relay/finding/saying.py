"""What a camera says of itself, before anybody reads it on a terminal."""

from typing import Final

NAME_LIMIT: Final = 64


def readable(said: object, limit: int = NAME_LIMIT) -> str:
    """One line of printable characters, no longer than that; nothing for what isn't text."""
    if not isinstance(said, str):
        return ""
    return "".join(each if each.isprintable() else " " for each in said[:limit]).strip()


def number(said: object, most: int) -> int:
    """A number from 1 to `most`, rounded; 0 for anything else."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 1 <= said <= most:
        return 0
    return round(said)
