"""Lists that came and couldn't be taken: on record, once each, however often they are brought again."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from beffroi.edge.device.device import Device
from beffroi.protocol.v1.carriage import HELD, TAKEN, Carried, CarryDown
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.event import LIST_REFUSED, LISTS, make_event

NO_NEWS: Final = frozenset(
    {TAKEN, HELD, Reason.KEYSET_NOT_NEWER, Reason.REVOCATIONS_NOT_NEWER, Reason.SOURCES_NOT_NEWER}
)
"""What comes of a list without anything being wrong: it may come by two ways, and late."""


class Refusals:
    """Of one relay, since it started."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._known: dict[str, tuple[bytes, str]] = {}

    def note(self, frame: CarryDown, carried: Carried) -> None:
        """What came of the lists in a frame."""
        for name, outcome in _lists(carried):
            token = frame.get(name) or ""
            found = sha256(token.encode()).digest(), outcome
            if outcome not in NO_NEWS and self._known.get(name) != found:
                self._known[name] = found
                self._record(name, outcome)

    def _record(self, name: str, reason: str) -> None:
        device = self._device
        device.record_refusal(
            lambda: make_event(
                LIST_REFUSED, time=device.holdings.now(), uptime=device.uptime(), list=name, reason=reason
            )
        )


def _lists(carried: Carried) -> Iterable[tuple[str, str]]:
    return (each for each in carried.outcomes if each[0] in LISTS)
