"""What a contact said, whatever network carried it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

LORAWAN: Final = "lorawan"
ZIGBEE: Final = "zigbee"
NETWORKS: Final = (LORAWAN, ZIGBEE)
# One message of a door contact is some hundred bytes; one with every gateway of a town that heard it, some thousand.
LARGEST: Final = 65_536


class SensorError(ValueError):
    """Something from outside can't be used; `code` is stable, the text is for whoever looks after it and repeats nothing of what came."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class UnreadableError(SensorError):
    """A message that isn't what its network's software publishes."""


class NotUnderstoodError(SensorError):
    """What a contact said doesn't fit its model's description."""


class Event(StrEnum):
    """Why a network says something of a contact."""

    UPLINK = "uplink"  # the contact spoke
    JOIN = "join"  # it came (back) into the network: its counter begins again
    STATUS = "status"  # the network asked how its battery is
    CUT = "cut"  # the network says that it doesn't hear it any more


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. `address`: 16 hexadecimal digits, lower case. `at`: when the network heard it, if it says so. `counter`: of the
    frames of one session, LoRaWAN only. `told`: what the network's own software made of it. `stored`: the broker had kept it, so that
    it says how things are and not that the contact spoke now. `battery`: percent, from the network itself.
    """

    network: str
    address: str
    event: Event
    at: datetime | None = None
    counter: int | None = None
    message: str = ""
    port: int | None = None
    data: bytes = b""
    told: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    model: str = ""
    stored: bool = False
    battery: int | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """The network's software says whether it is there."""

    there: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model's description makes of a message: None is "not said". `battery` in percent."""

    open: bool | None = None
    tampered: bool | None = None
    battery: int | None = None
    battery_low: bool | None = None
