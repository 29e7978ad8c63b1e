"""What systemd is told of a service (sd_notify): when it is ready, that it still lives, what to show of it."""

import os
import socket
from collections.abc import MutableMapping

from beffroi.adapters.process.status import PartStatus

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Notifier:
    """Silent where nobody asked to be told. Takes what systemd said out of the environment: our children are not the service."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        # For whoever goes on in our place, under the same number.
        self.variables = {name: environment.pop(name) for name in VARIABLES if name in environment}
        self._address = self.variables.get(VARIABLES[0], "")
        self._ready = False

    def tell(self, parts: tuple[PartStatus, ...], essential: frozenset[str]) -> None:
        """We live, and so many parts do. Ready is said once, when the essential parts are: the others come back by themselves."""
        unwell = [part.name for part in parts if not part.well]
        lines = ["WATCHDOG=1", f"STATUS={'not yet well: ' + ', '.join(unwell) if unwell else 'all parts are well'}"]
        if not self._ready and essential.isdisjoint(unwell):
            self._ready = True
            lines.insert(0, "READY=1")
        self._send("\n".join(lines))

    def refuse(self, reason: str) -> None:
        """Why we end at once, as `systemctl status` shows it."""
        self._send(f"STATUS={' '.join(reason.split())}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.connect(address)
                line.send(message.encode())
            except OSError:  # systemd's own restart; what we do doesn't depend on its hearing us
                return
