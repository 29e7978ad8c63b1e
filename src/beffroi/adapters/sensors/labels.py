"""What is printed on a contact: a DevEUI, an IEEE address, or a QR as the LoRa Alliance's TR005 has it:
LW:D0:<JoinEUI>:<DevEUI>:<ProfileID>, then what the maker adds.
"""

import re
from dataclasses import dataclass
from typing import Final

from beffroi.adapters.sensors.saying import LORAWAN, ZIGBEE, SensorError

LONGEST: Final = 400
_TR005: Final = re.compile(r"LW:D0:([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{8})(?::[!-9;-~]{1,128})*", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(0x)?([0-9a-fA-F]{16})")


@dataclass(frozen=True, slots=True)
class Label:
    """Who it is, and on which network when the label says so."""

    address: str
    network: str | None


def read_label(said: str) -> Label:
    """Spaces, colons and hyphens between the digits are let go. Raises SensorError."""
    said = said.strip()
    if len(said) <= LONGEST:
        if found := _TR005.fullmatch(said):
            return Label(found[2].lower(), LORAWAN)
        if found := _PLAIN.fullmatch(re.sub(r"[\s:.-]", "", said)):
            return Label(found[2].lower(), ZIGBEE if found[1] else None)
    raise SensorError("label", "an address is 16 digits from 0 to f, or the text of the QR code (LW:D0:…)")
