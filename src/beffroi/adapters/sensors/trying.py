"""A payload that somebody pastes to see how it reads: bytes in hexadecimal, a state in JSON, or a whole event of ChirpStack's."""

import base64
import binascii
import re
from typing import Final

from beffroi.adapters.sensors import strict
from beffroi.adapters.sensors.chirpstack import MOST_BYTES, MOST_PORTS
from beffroi.adapters.sensors.saying import Event, Heard, UnreadableError

LONGEST: Final = 8_000
NOBODY: Final = "0" * 16
_HEXADECIMAL: Final = re.compile(r"(0x)?(([0-9a-f]{2})+)", re.IGNORECASE)


def pasted(text: str, *, network: str, port: int | None) -> Heard:
    """As if it had been heard. Bytes take their `port` from beside them; an event says its own. Raises UnreadableError: "too-long",
    "not-json", "hexadecimal", "data".
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise UnreadableError("too-long", "more than any contact's message")
    if text.startswith("{"):
        told = strict.mapping(strict.read(text.encode("utf-8", "surrogatepass")))
        if "data" in told or "object" in told:
            said, sent = strict.mapping(told.get("object")), strict.count(told.get("fPort", 0), MOST_PORTS)
            return Heard(network, NOBODY, Event.UPLINK, port=sent, data=_decoded(told.get("data", "")), told=said)
        return Heard(network, NOBODY, Event.UPLINK, port=port, told=told)
    found = _HEXADECIMAL.fullmatch(re.sub(r"[\s:-]", "", text))
    if found is None:
        raise UnreadableError("hexadecimal", "neither bytes in hexadecimal nor JSON")
    data = bytes.fromhex(found[2])
    if len(data) > MOST_BYTES:
        raise UnreadableError("too-long", "more than a frame can hold")
    return Heard(network, NOBODY, Event.UPLINK, port=port, data=data)


def _decoded(value: object) -> bytes:
    try:
        found = base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("data", "data is not base64") from None
    if len(found) > MOST_BYTES:
        raise UnreadableError("data", "more than a frame can hold")
    return found
