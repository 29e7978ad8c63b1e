"""A setting, as the reference page and `beffroi settings` say it; and the settings that an object of settings holds."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """What a variable is for: its name in the environment, its description, its default in words, whether it hides a secret."""

    variable: str
    description: str
    default: str
    secret: bool = False


def described(variable: str, description: str, default: str, *, secret: bool = False) -> dict[str, Setting]:
    """The metadata of a field that holds it."""
    return {"setting": Setting(variable, description, default, secret)}


def gathered(kind: type) -> dict[str, type]:
    """The metadata of a field that holds an object of settings."""
    return {"settings": kind}


def settings_of(kind: type) -> Iterator[Setting]:
    """Every setting of a class of settings, and of those that its fields hold, in order."""
    for item in fields(kind):
        if "settings" in item.metadata:
            yield from settings_of(item.metadata["settings"])
        else:
            yield item.metadata["setting"]


def values_of(effective: Any) -> Iterator[tuple[Setting, Any]]:
    """The same with their values in force."""
    for item in fields(effective):
        value = getattr(effective, item.name)
        if "settings" in item.metadata:
            yield from values_of(value)
        else:
            yield item.metadata["setting"], value
