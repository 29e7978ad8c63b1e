"""What Zigbee2MQTT publishes: `<base>/<friendly name>` with the state, `…/availability`, `<base>/bridge/state` and `…/bridge/devices`.

Source: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html. A message names its device by the friendly name that somebody
gave it; whose address that is, the bridge says in `bridge/devices`, which the broker keeps.
"""

import re
from typing import Final

from beffroi.adapters.sensors import strict
from beffroi.adapters.sensors.saying import ZIGBEE, Event, Gateway, Heard, UnreadableError

BASE: Final = "zigbee2mqtt"
MOST_DEVICES: Final = 1000
LARGEST_LIST: Final = 16 * 1024 * 1024
_ADDRESS: Final = re.compile(r"0x([0-9a-fA-F]{16})")


def _address(value: object) -> str | None:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return found[1].lower() if found else None


class Zigbee:
    """One Zigbee2MQTT, whose topics begin with `base`; it remembers which address bears which friendly name."""

    def __init__(self, base: str = BASE) -> None:
        self._base = base
        self._known: dict[str, tuple[str, str]] = {}

    @property
    def topics(self) -> list[str]:
        """What to subscribe to; the list of devices first, so that names are known before they are used."""
        return [f"{self._base}/bridge/devices", f"{self._base}/bridge/state", f"{self._base}/#"]

    def read(self, topic: str, payload: bytes, *, stored: bool) -> Heard | Gateway | None:
        """None for what is no contact's business. Raises UnreadableError."""
        prefix = f"{self._base}/"
        if not topic.startswith(prefix):
            raise UnreadableError("topic", "a topic is not this Zigbee2MQTT's")
        inside = topic.removeprefix(prefix)
        if inside == "bridge/devices":
            self._learn(payload)
            return None
        if inside == "bridge/state":
            return Gateway(_state(payload) == "online")
        name, _, last = inside.rpartition("/")
        if inside.startswith("bridge/") or last in ("set", "get"):
            return None
        if name and last == "availability":
            address, model = self._who(name)
            there = _state(payload) != "offline"
            return None if there else Heard(ZIGBEE, address, Event.CUT, name=name, model=model, stored=stored)
        return self._state_of(inside, payload, stored=stored)

    def _state_of(self, name: str, payload: bytes, *, stored: bool) -> Heard | None:
        told = strict.read(payload)
        if not isinstance(told, dict):
            return None  # `zigbee2mqtt/<name>/contact` and the like, where attributes are published one by one
        address, model = self._who(name)
        at = strict.moment(told.get("last_seen"))
        return Heard(
            ZIGBEE,
            address,
            Event.UPLINK,
            at=at,
            told=told,
            name=strict.text(name),
            model=model,
            stored=stored and at is None,
        )

    def _who(self, name: str) -> tuple[str, str]:
        if name in self._known:
            return self._known[name]
        if address := _address(name):
            return address, ""
        raise UnreadableError("name", "a friendly name that the list of devices doesn't have")

    def _learn(self, payload: bytes) -> None:
        listed = strict.read(payload, most=LARGEST_LIST)
        if not isinstance(listed, list):
            raise UnreadableError("devices", "the list of devices is not a list")
        known: dict[str, tuple[str, str]] = {}
        for each in map(strict.mapping, listed[:MOST_DEVICES]):
            name, address = each.get("friendly_name"), _address(each.get("ieee_address"))
            if isinstance(name, str) and address:
                kind = strict.mapping(each.get("definition"))
                model = f"{strict.text(kind.get('vendor'), 40)} {strict.text(kind.get('model'), 40)}"
                known[name] = address, model.strip()
        self._known = known


def _state(payload: bytes) -> str:
    """`{"state": "online"}`, or the bare word as older releases say it."""
    if payload in (b"online", b"offline"):
        return payload.decode()
    return strict.text(strict.mapping(strict.read(payload)).get("state"), 16)
