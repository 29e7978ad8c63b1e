"""Values as people type them: each reader returns what a setting means, or raises SettingError with words for whoever typed it."""

from collections.abc import Collection


class SettingError(ValueError):
    """A variable of the environment that cannot be used; the message says which, why and what would do."""


def whole(name: str, text: str, *, most: int) -> int:
    """A whole number from 1 up."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise SettingError(f"{name} is {text!r}: a whole number from 1 to {most} is needed")
    return int(text)


def flag(name: str, text: str) -> bool:
    """Yes or no."""
    if text not in ("0", "1", ""):
        raise SettingError(f"{name} is {text!r}: 1 (yes) or 0 (no) is needed")
    return text == "1"


def one_of(name: str, text: str, choices: Collection[str]) -> str:
    """One of the choices, or nothing."""
    if text and text not in choices:
        raise SettingError(f"{name} is {text!r}: one of {', '.join(choices)} is needed, or nothing")
    return text


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(each.strip() for each in text.split(",") if each.strip())
