"""What a gateway says became of a message that it took, when it calls back: where its words stand is said beside its address.

    "reports": {"key": "…", "reference": "refClient", "state": "status.value", "arrived": ["DELIVERED"], "failed": ["UNDELIVERABLE"]}

`key` is the last part of the address it calls; `reference` and `state` are names, or paths of names and places joined by dots, of the
JSON (or the form) that it sends.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LARGEST: Final = 16_384
MOST: Final = 100
KEY: Final = re.compile(r"[A-Za-z0-9_-]{24,128}")
PATH: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,5}")
INDEX: Final = re.compile(r"[0-9]{1,3}")
WORD: Final = re.compile(r"[\x20-\x7e]{1,60}")
MEMBERS: Final = frozenset({"key", "reference", "state", "arrived", "failed"})


class Fate(StrEnum):
    """What became of a message."""

    ARRIVED = "arrived"  # the telephone has it
    FAILED = "failed"  # it never will


@dataclass(frozen=True, slots=True)
class Report:
    """One message's; `reference` is what we called it."""

    reference: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Wording:
    """How a gateway reports. A state that is in neither list (on its way, buffered) says nothing."""

    key: str = field(repr=False)
    reference: str = "reference"
    state: str = "state"
    arrived: frozenset[str] = frozenset({"delivered"})
    failed: frozenset[str] = frozenset({"failed"})

    @classmethod
    def described(cls, told: object) -> "Wording | None":
        """As its file says it; None for what can't be that."""
        if not isinstance(told, dict) or set(told) - MEMBERS:
            return None
        key, texts = told.get("key"), [told.get("reference", "reference"), told.get("state", "state")]
        arrived, failed = _words(told.get("arrived", ["delivered"])), _words(told.get("failed", ["failed"]))
        if not isinstance(key, str) or not KEY.fullmatch(key) or arrived is None or failed is None or arrived & failed:
            return None
        paths = [text for text in texts if isinstance(text, str) and PATH.fullmatch(text)]
        return cls(key, paths[0], paths[1], arrived, failed) if len(paths) == len(texts) else None

    def read(self, body: bytes, form: Mapping[str, str]) -> list[Report] | None:
        """What a call says, of one message or of several; None for what can't be read."""
        if form:
            found: object = dict(form)
        elif len(body) > LARGEST:
            return None
        else:
            try:
                found = json.loads(body)
            except (ValueError, RecursionError):
                return None
        many = found if isinstance(found, list) else [found]
        if len(many) > MOST or not all(isinstance(one, dict) for one in many):
            return None
        return [report for one in many if (report := self._report(one)) is not None]

    def _report(self, told: object) -> Report | None:
        reference, state = _at(told, self.reference), _at(told, self.state)
        if not isinstance(reference, str) or not isinstance(state, str):
            return None
        if state in self.arrived:
            return Report(reference, Fate.ARRIVED)
        return Report(reference, Fate.FAILED) if state in self.failed else None


def _words(told: object) -> frozenset[str] | None:
    if not isinstance(told, list) or not told:
        return None
    words = frozenset(word for word in told if isinstance(word, str) and WORD.fullmatch(word))
    return words if len(words) == len(told) else None


def _at(told: object, path: str) -> object:
    """What stands there; None where nothing does."""
    found = told
    for name in path.split("."):
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and INDEX.fullmatch(name) and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found
