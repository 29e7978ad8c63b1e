"""The table of models: what the release knows (`models.json`), and what a town adds in its own file, checked as strictly."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Final, TypeGuard

from beffroi.adapters.sensors.codec import BYTES, ITEMS, LAYOUTS, NAMES, SAYABLE, Field, Item, Model, Uplink
from beffroi.adapters.sensors.saying import NETWORKS, SensorError

CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_CODE: Final = 40
MOST_MODELS: Final = 200
LONGEST_TEXT: Final = 20_000
MOST_PLACES: Final = 242
BEATS: Final = (1, 7 * 24 * 60)  # minutes
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {"says": str, "name": str, "little": bool, "when": (bool, int)}


class TableError(SensorError):
    """A model's description that can't be used; the text says which, and why."""

    def __init__(self, text: str) -> None:
        super().__init__("model", text)


@functools.cache
def released() -> Mapping[str, Model]:
    """Models that this release knows, by code."""
    text = files("beffroi.adapters.sensors").joinpath("models.json").read_text("utf-8")
    return {model.code: model for model in described(json.loads(text))}


def described(told: object) -> list[Model]:
    """Models that a file describes. Raises TableError."""
    if not isinstance(told, list) or len(told) > MOST_MODELS:
        raise TableError(f"models are a list of {MOST_MODELS} at most")
    models = [_model(each) for each in told]
    codes = [model.code for model in models]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise TableError(f"two models are called {', '.join(sorted(twice))}")
    return models


def described_text(text: str) -> Model:
    """The one model that somebody wrote down, as a page takes it. Raises TableError."""
    if len(text) > LONGEST_TEXT:
        raise TableError(f"a model's description has {LONGEST_TEXT} characters at most")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise TableError("a model's description is JSON: { … }") from None
    return _model(told)


def _model(told: object) -> Model:
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        raise TableError("a model is an object with a code")
    code = told["code"]
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise TableError("a model's code is lower case letters, digits and hyphens, 40 at most")
    known = {"code", "vendor", "name", "network", "source", "beat_minutes", "millivolts", "uplinks"}
    _refuse(told, known, f"model {code}")
    words = [told.get(name) for name in ("vendor", "name", "source")]
    if not all(isinstance(each, str) and 0 < len(each) <= 300 for each in words):  # noqa: PLR2004 - an address at most
        raise TableError(f"model {code} needs its vendor, its name, and the source of its description")
    network, beat = told.get("network"), told.get("beat_minutes")
    if network not in NETWORKS:
        raise TableError(f"model {code}: its network is one of {', '.join(NETWORKS)}")
    if not _whole(beat, *BEATS):
        raise TableError(f"model {code}: beat_minutes is from {BEATS[0]} to {BEATS[1]}")
    uplinks = told.get("uplinks")
    if not isinstance(uplinks, list) or not uplinks:
        raise TableError(f"model {code} describes no message")
    vendor, name, source = (str(each) for each in words)
    return Model(
        code=code,
        vendor=vendor,
        name=name,
        network=str(network),
        source=source,
        beat=timedelta(minutes=beat),
        uplinks=[_uplink(each, f"model {code}") for each in uplinks],
        millivolts=_volts(told.get("millivolts"), code),
    )


def _volts(told: object, code: str) -> tuple[int, int] | None:
    if told is None:
        return None
    if isinstance(told, list) and all(_whole(each, 0, 50_000) for each in told) and sorted(set(told)) == told:
        match told:
            case [empty, full]:
                return empty, full
    raise TableError(f"model {code}: millivolts are those of an empty and of a full battery")


def _uplink(told: object, whose: str) -> Uplink:
    if not isinstance(told, dict) or told.get("layout") not in LAYOUTS:
        raise TableError(f"{whose}: a message's layout is one of {', '.join(LAYOUTS)}")
    layout = told["layout"]
    extra = {BYTES: {"given", "least", "fields"}, ITEMS: {"tag", "items"}, NAMES: {"fields"}}[layout]
    _refuse(told, {"layout", "port", *extra}, whose)
    port, given, items = told.get("port"), told.get("given", {}), told.get("items", {})
    if port is not None and not _whole(port, 1, 255):
        raise TableError(f"{whose}: a port is from 1 to 255")
    if not isinstance(given, dict) or not all(
        re.fullmatch(r"\d{1,3}", at) and _whole(value, 0, 255) for at, value in given.items()
    ):
        raise TableError(f"{whose}: given is bytes by their place")
    tag = told.get("tag", 2)
    if not _whole(tag, 1, 4) or not _whole(told.get("least", 0), 0, MOST_PLACES) or not isinstance(items, dict):
        raise TableError(f"{whose}: tag is 1 to 4 bytes, least 0 to {MOST_PLACES}, items an object")
    return Uplink(
        layout=layout,
        port=port,
        least=told.get("least", 0),
        given={int(at): value for at, value in given.items()},
        fields=_fields(told.get("fields", []), whose, named=layout == NAMES),
        tag=tag,
        items={_tag(key, tag, whose): _item(each, whose) for key, each in items.items()},
    )


def _tag(key: str, size: int, whose: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]+", key) or len(key) != 2 * size:
        raise TableError(f"{whose}: a tag is {size} bytes in hexadecimal")
    return bytes.fromhex(key)


def _item(told: object, whose: str) -> Item:
    if not isinstance(told, dict) or not _whole(told.get("length"), 0, MOST_PLACES):
        raise TableError(f"{whose}: an item says its length")
    _refuse(told, {"length", "fields"}, whose)
    return Item(told["length"], _fields(told.get("fields", []), whose, named=False))


def _fields(told: object, whose: str, *, named: bool) -> list[Field]:
    if not isinstance(told, list):
        raise TableError(f"{whose}: fields are a list")
    return [_field(each, whose, named=named) for each in told]


def _field(told: object, whose: str, *, named: bool) -> Field:
    if not isinstance(told, dict) or told.get("says") not in SAYABLE:
        raise TableError(f"{whose}: a field says one of {', '.join(SAYABLE)}")
    places = {"name"} if named else {"at", "size", "mask", "little"}
    _refuse(told, {"says", "when", "scale", "add", *places}, whose)
    for member, value in told.items():
        kind = _KINDS.get(member, int)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TableError(f"{whose}: {member} has another type")
    sound = (
        _whole(told.get("at", 0), 0, MOST_PLACES)
        and _whole(told.get("size", 1), 1, 4)
        and _whole(told.get("mask", 1), 1, 2**32 - 1)
        and _whole(told.get("scale", 1), 1, 10_000)
        and _whole(told.get("add", 0), -100_000, 100_000)
    )
    if not sound or (named and not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", told.get("name", ""))):
        raise TableError(f"{whose}: a field lies outside a message, or has no name")
    return Field(**told)


def _whole(value: object, least: int, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _refuse(told: Mapping[str, object], known: Iterable[str], whose: str) -> None:
    if unknown := sorted(set(told) - set(known)):
        raise TableError(f"{whose} has a member that isn't known: {', '.join(map(str, unknown))}")
