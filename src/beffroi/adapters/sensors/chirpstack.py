"""What ChirpStack v4 publishes by MQTT: `application/<id>/device/<devEui>/event/<event>`, its JSON integration.

Source: https://www.chirpstack.io/docs/chirpstack/integrations/events.html. Its JSON leaves out whatever has its type's zero value: a first
frame has no `fCnt`.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from beffroi.adapters.sensors import strict
from beffroi.adapters.sensors.saying import LORAWAN, Event, Heard, UnreadableError

TOPICS: Final = "application/+/device/+/event/+"
_TOPIC: Final = re.compile(r"application/[^/]{1,64}/device/([0-9a-fA-F]{16})/event/([a-z]{1,16})")
_EVENTS: Final = {"up": Event.UPLINK, "join": Event.JOIN, "status": Event.STATUS}
MOST_FRAMES: Final = 2**32 - 1
MOST_PORTS: Final = 255
# What LoRaWAN carries at most in one frame.
MOST_BYTES: Final = 242


def read(topic: str, payload: bytes) -> Heard | None:
    """None for what is no contact's business (acknowledgements, logs, positions). Raises UnreadableError."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise UnreadableError("topic", "a topic is not ChirpStack's")
    event = _EVENTS.get(found[2])
    if event is None:
        return None
    said = strict.mapping(strict.read(payload))
    device = strict.mapping(said.get("deviceInfo"))
    address = found[1].lower()
    if strict.text(device.get("devEui")).lower() != address:
        raise UnreadableError("address", "a message names another device than its topic")
    return Heard(
        network=LORAWAN,
        address=address,
        event=event,
        at=strict.moment(said.get("time")),
        counter=strict.count(said.get("fCnt", 0), MOST_FRAMES) if event is Event.UPLINK else None,
        message=strict.text(said.get("deduplicationId"), 64),
        port=strict.count(said.get("fPort", 0), MOST_PORTS),
        data=_bytes(said.get("data", "")),
        told=strict.mapping(said.get("object")),
        name=strict.text(device.get("deviceName")),
        model=strict.text(device.get("deviceProfileName")),
        battery=_battery(said) if event is Event.STATUS else None,
    )


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise UnreadableError("data", "a message's data is not base64")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("data", "a message's data is not base64") from None
    if len(found) > MOST_BYTES:
        raise UnreadableError("data", "a message holds more than a LoRaWAN frame can")
    return found


def _battery(said: Mapping[str, object]) -> int | None:
    if said.get("externalPowerSource") is True or said.get("batteryLevelUnavailable") is True:
        return None
    return strict.percent(said.get("batteryLevel"))
