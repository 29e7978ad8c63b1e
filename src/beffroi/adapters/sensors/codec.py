"""How a model's messages are read: a description in data, never a program (docs/spec/observe.md). What can't be described so is not read.

A *layout* says where fields lie: "bytes" (fixed places), "items" (one after the other, each behind its tag: the tags must be known to be
walked past) or "names" (members of what the network's own software made of the message).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from beffroi.adapters.sensors.saying import Heard, NotUnderstoodError, Reading

BYTES: Final = "bytes"
ITEMS: Final = "items"
NAMES: Final = "names"
LAYOUTS: Final = (BYTES, ITEMS, NAMES)
# What a field may say.
OPEN, TAMPERED, BATTERY, BATTERY_LOW, MILLIVOLTS = "open", "tampered", "battery", "battery_low", "millivolts"
SAYABLE: Final = (OPEN, TAMPERED, BATTERY, BATTERY_LOW, MILLIVOLTS)
FULL: Final = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a message says: `size` bytes from `at` (or a member called `name`), of which `mask` counts, times `scale` plus `add`.
    `when`: the value that means yes; any but 0 when it is None.
    """

    says: str
    at: int = 0
    size: int = 1
    mask: int | None = None
    little: bool = False
    scale: int = 1
    add: int = 0
    when: int | bool | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What follows a tag: how many bytes, and what they say, counted from the first of them."""

    length: int
    fields: Sequence[Field] = ()


@dataclass(frozen=True, slots=True)
class Uplink:
    """Messages of one port (None: of any). `least` bytes; `given`: bytes that must have these values for the description to hold."""

    layout: str
    port: int | None = None
    least: int = 0
    given: Mapping[int, int] | None = None
    fields: Sequence[Field] = ()
    tag: int = 2
    items: Mapping[bytes, Item] | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A contact as it is sold. `source`: its maker's document. `beat`: how often it speaks when nothing happens. `millivolts`: of an
    empty and of a full battery, where it says volts and not percents.
    """

    code: str
    vendor: str
    name: str
    network: str
    source: str
    beat: timedelta
    uplinks: Sequence[Uplink]
    millivolts: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.vendor} {self.name}"

    def read(self, heard: Heard) -> Reading:
        """What the message says. Raises NotUnderstoodError."""
        if heard.port == 0 or (not heard.data and not heard.told):
            return Reading()  # the network's own business, or an empty frame: a sign of life
        fitting = [each for each in self.uplinks if each.port in (None, heard.port)]
        if not fitting:
            raise NotUnderstoodError("port", "its description has no such port")
        for uplink in fitting:
            if uplink.layout == NAMES or _given(uplink, heard.data):
                return self._said(_values(uplink, heard))
        raise NotUnderstoodError("form", "its description has no message of this form")

    def _said(self, values: Mapping[str, int | bool]) -> Reading:
        battery = values.get(BATTERY)
        if MILLIVOLTS in values and self.millivolts is not None:
            empty, full = self.millivolts
            battery = round((values[MILLIVOLTS] - empty) * FULL / (full - empty))
            battery = min(max(battery, 0), FULL)
        elif battery is not None and not 0 <= battery <= FULL:
            battery = None  # "not measured yet" has many spellings
        return Reading(
            open=_flag(values, OPEN),
            tampered=_flag(values, TAMPERED),
            battery=None if battery is None else int(battery),
            battery_low=_flag(values, BATTERY_LOW),
        )


def _flag(values: Mapping[str, int | bool], name: str) -> bool | None:
    return bool(values[name]) if name in values else None


def _given(uplink: Uplink, data: bytes) -> bool:
    if len(data) < uplink.least:
        return False
    return all(at < len(data) and data[at] == value for at, value in (uplink.given or {}).items())


def _values(uplink: Uplink, heard: Heard) -> dict[str, int | bool]:
    if uplink.layout == NAMES:
        return _named(uplink.fields, heard.told)
    if uplink.layout == ITEMS:
        return _walked(uplink, heard.data)
    return _placed(uplink.fields, heard.data)


def _placed(fields: Sequence[Field], data: bytes) -> dict[str, int | bool]:
    """Fields that lie beyond the end are not said: makers shorten their messages."""
    return {each.says: _value(each, data) for each in fields if each.at + each.size <= len(data)}


def _value(field: Field, data: bytes) -> int | bool:
    raw = int.from_bytes(data[field.at : field.at + field.size], "little" if field.little else "big")
    if field.mask:
        raw = (raw & field.mask) >> ((field.mask & -field.mask).bit_length() - 1)
    if field.says in (OPEN, TAMPERED, BATTERY_LOW):
        return raw != 0 if field.when is None else raw == field.when
    return raw * field.scale + field.add


def _walked(uplink: Uplink, data: bytes) -> dict[str, int | bool]:
    """Up to the first tag that isn't known, since nobody can say how long what follows is; at least one must be."""
    items, values, at = uplink.items or {}, dict[str, int | bool](), 0
    while at < len(data):
        item = items.get(data[at : at + uplink.tag])
        body = data[at + uplink.tag : at + uplink.tag + item.length] if item else b""
        if item is None or len(body) < item.length:
            if at == 0:
                raise NotUnderstoodError("form", "its description has no message of this form")
            break
        values |= _placed(item.fields, body)
        at += uplink.tag + item.length
    return values


def _named(fields: Sequence[Field], told: Mapping[str, object]) -> dict[str, int | bool]:
    values: dict[str, int | bool] = {}
    for field in fields:
        found = _member(told, field.name)
        if field.says in (OPEN, TAMPERED, BATTERY_LOW):
            if isinstance(found, bool):
                values[field.says] = found if field.when is None else found == field.when
        elif isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1_000_000:  # noqa: PLR2004 - no infinity
            values[field.says] = round(found) * field.scale + field.add
    return values


def _member(told: Mapping[str, object], path: str) -> object:
    found: object = told
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
