"""Door contacts that aren't there, and the software that hears them: what ChirpStack v4 and Zigbee2MQTT publish, on a real broker.

A contact counts its frames, joins again when its battery was out, and speaks by itself at its beat; what it says is its maker's bytes.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import uuid4


class Publish(Protocol):
    """Hands a message to the broker; `retain` has it keep the last one."""

    def __call__(self, topic: str, payload: str, *, retain: bool = False) -> None: ...


@dataclass
class LoRaContact:
    """A Milesight WS301 behind ChirpStack: `device_eui` is 16 hexadecimal digits."""

    device_eui: str
    name: str
    publish: Publish
    clock: Callable[[], datetime]
    open: bool = False
    battery: int = 100
    frames: int = field(default=0, init=False)

    def begin(self) -> None:
        """It comes into the network."""
        self.join()

    def join(self) -> None:
        """Its battery is put in: the network lets it in, and its count begins."""
        self.frames = 0
        self._event("join", {"devAddr": "00189440"})
        self._uplink(bytes([0xFF, 0x0B, 0xFF, 0xFF, 0x01, 0x01]))

    def swing(self, *, opened: bool) -> None:
        """Its door opens or is shut."""
        self.open = opened
        self._uplink(bytes([0x03, 0x00, opened]))

    def take_off(self, *, off: bool) -> None:
        """Its case is opened, or it is back in its place."""
        self._uplink(bytes([0x04, 0x00, off]))

    def beat(self) -> None:
        """What it says by itself: battery and door."""
        self._uplink(bytes([0x01, 0x75, self.battery, 0x03, 0x00, self.open]))

    def _uplink(self, data: bytes) -> None:
        said: dict[str, object] = {"devAddr": "00189440", "adr": True, "dr": 5, "fPort": 85}
        if self.frames:  # a zero is left out, as ChirpStack's JSON does
            said["fCnt"] = self.frames
        said["data"] = base64.b64encode(data).decode()
        said["rxInfo"] = [{"gatewayId": "0016c001f153a14c", "rssi": -87, "snr": 8.2}]
        self.frames += 1
        self._event("up", said)

    def _event(self, event: str, said: dict[str, object]) -> None:
        about = {
            "deduplicationId": str(uuid4()),
            "time": self.clock().isoformat(),
            "deviceInfo": {
                "tenantName": "ChirpStack",
                "applicationName": "portes",
                "deviceProfileName": "Milesight WS301",
                "deviceName": self.name,
                "devEui": self.device_eui,
            },
        }
        application = "9d1f3cd4-2e30-41f2-a9a4-4f5f8b9f4d0a"
        self.publish(f"application/{application}/device/{self.device_eui}/event/{event}", json.dumps({**about, **said}))


@dataclass
class ZigbeeBridge:
    """A Zigbee2MQTT with one Aqara MCCGQ11LM: `address` is 16 hexadecimal digits."""

    address: str
    name: str
    publish: Publish
    clock: Callable[[], datetime]
    open: bool = False
    battery: int = 97

    def begin(self) -> None:
        """It comes up."""
        self.start()

    def start(self) -> None:
        """It says that it is there, and whom it hears."""
        self.publish("zigbee2mqtt/bridge/state", json.dumps({"state": "online"}), retain=True)
        known = {"model": "MCCGQ11LM", "vendor": "Aqara", "description": "Door and window sensor"}
        devices = [
            {
                "ieee_address": "0x00124b0024c9a1f1",
                "type": "Coordinator",
                "friendly_name": "Coordinator",
                "definition": None,
            },
            {"ieee_address": f"0x{self.address}", "type": "EndDevice", "friendly_name": self.name, "definition": known},
        ]
        self.publish("zigbee2mqtt/bridge/devices", json.dumps(devices), retain=True)

    def stop(self) -> None:
        """Its last will."""
        self.publish("zigbee2mqtt/bridge/state", json.dumps({"state": "offline"}), retain=True)

    def swing(self, *, opened: bool) -> None:
        """The door opens or is shut."""
        self.open = opened
        self.beat()

    def beat(self) -> None:
        """The whole state, as it is published each time."""
        state = {
            "contact": not self.open,
            "battery": self.battery,
            "voltage": 2995,
            "linkquality": 144,
            "last_seen": self.clock().isoformat(),
        }
        self.publish(f"zigbee2mqtt/{self.name}", json.dumps(state))
