"""The topics between server and devices, version 1: `beffroi/1/<authority>/<device>/<channel>`.

| channel | who publishes | what |
|---|---|---|
| `up/events` | device | a signed batch of events |
| `up/ask` | device | asks for a stamp bound to its nonce, for newer lists |
| `up/beat` | device | a signed beat: which uses live there |
| `up/gone` | the broker, as the device's will | nothing: its connection broke |
| `down/receipt` | server | a signed receipt: stored up to n, missing a-b |
| `down/trust` | server | key set, revocation list, stamp |
| `down/command` | server | a signed command |
| `relay/req/<correlation>` | server | a frame of an exchange, for the gate |
| `relay/rep/<correlation>` | device | the gate's frame in answer |
"""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from beffroi.adapters.mqtt.errors import NotATopicError

ROOT: Final = "beffroi/1"
UP_EVENTS: Final = "up/events"
UP_ASK: Final = "up/ask"
UP_BEAT: Final = "up/beat"
UP_GONE: Final = "up/gone"
DOWN_RECEIPT: Final = "down/receipt"
DOWN_TRUST: Final = "down/trust"
DOWN_COMMAND: Final = "down/command"
RELAY_REQUEST: Final = "relay/req"
RELAY_REPLY: Final = "relay/rep"

# What the server listens to, of all devices. `SHARED` before one of them divides the work between ingest processes.
SHARED: Final = "$share/ingest/"
EVERY_EVENT: Final = f"{ROOT}/+/+/{UP_EVENTS}"
EVERY_ASK: Final = f"{ROOT}/+/+/{UP_ASK}"
EVERY_BEAT: Final = f"{ROOT}/+/+/{UP_BEAT}"
EVERY_GONE: Final = f"{ROOT}/+/+/{UP_GONE}"
EVERY_REPLY: Final = f"{ROOT}/+/+/{RELAY_REPLY}/+"

# What a device may publish to and read, below its own root.
DEVICE_PUBLISHES: Final = ("up/#", f"{RELAY_REPLY}/+")
DEVICE_READS: Final = ("down/#", f"{RELAY_REQUEST}/+")

SHAPE: Final = re.compile(
    rf"{ROOT}/(?P<authority>[0-9a-f-]{{36}})/(?P<device>[0-9a-f-]{{36}})/"
    rf"(?:(?P<plain>{UP_EVENTS}|{UP_ASK}|{UP_BEAT}|{UP_GONE}|{DOWN_RECEIPT}|{DOWN_TRUST}|{DOWN_COMMAND})"
    rf"|(?P<relay>{RELAY_REQUEST}|{RELAY_REPLY})/(?P<correlation>[A-Za-z0-9_-]{{1,64}}))"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart; `correlation` only on the relay's channels."""

    authority: UUID
    device: UUID
    channel: str
    correlation: str | None = None

    def __str__(self) -> str:
        plain = f"{root(self.authority, self.device)}/{self.channel}"
        return plain if self.correlation is None else f"{plain}/{self.correlation}"


def root(authority: UUID, device: UUID) -> str:
    """What every topic of this device begins with."""
    return f"{ROOT}/{authority}/{device}"


def parse(topic: str) -> Topic:
    """Raises NotATopicError."""
    found = SHAPE.fullmatch(topic)
    if found is None:
        raise NotATopicError(f"{topic!r} is not a topic of version 1")
    try:
        return Topic(
            UUID(found["authority"]), UUID(found["device"]), found["plain"] or found["relay"], found["correlation"]
        )
    except ValueError as error:
        raise NotATopicError(f"{topic!r} names no authority and device") from error


def matches(topic: str, pattern: str) -> bool:
    """Whether a topic (or a subscription, level by level no wider) lies within an MQTT pattern."""
    wanted, given = pattern.split("/"), topic.split("/")
    for level, part in enumerate(wanted):
        if part == "#":
            return True
        if level >= len(given) or given[level] == "#" or (part != "+" and part != given[level]):
            return False
    return len(wanted) == len(given)
