"""A lock on the air of an emulated Bluetooth adapter: what Chromium's own Web Bluetooth writes and reads reaches the lock's side
of the profile (docs/spec/gate.md, section 9).

The browser must have been started with `FLAG`. The adapter is emulated by Chromium itself, over its debugging protocol; the list in which
somebody chooses a lock is answered for them, as a finger would.
"""

import base64
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from playwright.sync_api import CDPSession, Page

from beffroi.edge.lock.gatt import IN, OUT, SERVICE

FLAG: Final = "--enable-features=WebBluetooth"
ADDRESS: Final = "09:09:09:09:09:09"
DONE: Final = 0
FAILED: Final = 0x80  # an application's own error (Bluetooth Core, volume 3, part F, 3.4.1.1)
Event = dict[str, str]


class Lock(Protocol):
    """What is at the other end of a link: a `Talk`, or a lock's own process (`tests/journeys/air.py`)."""

    def write(self, data: bytes) -> bool: ...

    def read(self) -> bytes | None: ...


@dataclass
class Air:
    """What one browser hears. `meet` begins a conversation for each link; `written` counts what the phone said."""

    devtools: CDPSession
    meet: Callable[[], Lock]
    near: bool = True
    links: int = 0
    written: int = 0
    talk: Lock | None = None
    names: dict[str, str] = field(default_factory=dict)

    def linked(self, event: Event) -> None:
        """A link comes about, or its services are asked for."""
        if event["type"] == "connection" and self.near:
            self.talk, self.links = self.meet(), self.links + 1
        answer = {"address": event["address"], "type": event["type"], "code": DONE if self.near else FAILED}
        self.devtools.send("BluetoothEmulation.simulateGATTOperationResponse", answer)

    def spoken(self, event: Event) -> None:
        """A part is written, or the next one read."""
        answer = {"characteristicId": event["characteristicId"], "type": event["type"], "code": DONE}
        talk, inward = self.talk, self.names[event["characteristicId"]] == str(IN)
        if talk is None or inward != (event["type"] == "write"):
            answer["code"] = FAILED
        elif inward:
            data = base64.b64decode(event["data"])
            self.written += len(data)
            answer["code"] = DONE if talk.write(data) else FAILED
        elif (part := talk.read()) is None:
            answer["code"] = FAILED
        else:
            answer["data"] = base64.b64encode(part).decode()
        self.devtools.send("BluetoothEmulation.simulateCharacteristicOperationResponse", answer)


@contextlib.contextmanager
def on_air(page: Page, name: str, meet: Callable[[], Lock]) -> Iterator[Air]:
    """Put a lock of that name beside the phone whose page this is; whoever is asked there to choose chooses it."""
    browser = page.context.browser
    assert browser is not None
    devtools = browser.new_browser_cdp_session()
    air = Air(devtools, meet)
    devtools.on("BluetoothEmulation.gattOperationReceived", air.linked)
    devtools.on("BluetoothEmulation.characteristicOperationReceived", air.spoken)
    devtools.send("BluetoothEmulation.enable", {"state": "powered-on", "leSupported": True})
    try:
        _stand(air, name)
        _choose(page)
        yield air
    finally:
        devtools.send("BluetoothEmulation.disable")
        devtools.detach()


def _stand(air: Air, name: str) -> None:
    devtools = air.devtools
    known = {"address": ADDRESS, "name": name, "manufacturerData": [], "knownServiceUuids": [str(SERVICE)]}
    devtools.send("BluetoothEmulation.simulatePreconnectedPeripheral", known)
    offered = {"address": ADDRESS, "serviceUuid": str(SERVICE)}
    service = devtools.send("BluetoothEmulation.addService", offered)["serviceId"]
    for uuid, properties in ((IN, {"write": True}), (OUT, {"read": True})):
        asked = {"serviceId": service, "characteristicUuid": str(uuid), "properties": properties}
        added = devtools.send("BluetoothEmulation.addCharacteristic", asked)
        air.names[added["characteristicId"]] = str(uuid)


def _choose(page: Page) -> None:
    chooser = page.context.new_cdp_session(page)
    chooser.send("DeviceAccess.enable")
    chosen: set[str] = set()

    def pick(event: dict[str, object]) -> None:
        """Each list comes twice: once empty of answers, once more when the device is in it. Choosing twice ends the browser."""
        prompt, devices = str(event["id"]), event["devices"]
        assert isinstance(devices, list)
        if prompt in chosen or not devices:
            return
        chosen.add(prompt)
        chooser.send("DeviceAccess.selectPrompt", {"id": prompt, "deviceId": devices[0]["id"]})

    chooser.on("DeviceAccess.deviceRequestPrompted", pick)
