"""From a browser's emulated Bluetooth to a lock's own process: what the page writes and reads goes over HCI, L2CAP and GATT as from a phone
in the street (`beffroi.simulator.air`), and nothing of the lock's side runs in the test.

    with Air(patience=PATIENCE) as air:
        lock = Process("--store", folder, "--hci", air.controller(), ...)
        lock.wait_for("bluetooth on")
        with reaching(air, gate) as meet, on_air(page, name, meet):  # tests/radio.py
            ...

`meet` makes a connection for each link of the page's, and ends the one before. A machine that is slow may let 10 s pass between a page's
link and its first word: `--frame-seconds` gives the lock more patience.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from beffroi.simulator.air import Air, GattConnection
from beffroi.simulator.phone import PhoneError


@dataclass
class Reached:
    """The lock at the other end of a connection; it answers as a `Talk` does."""

    connection: GattConnection

    def write(self, data: bytes) -> bool:
        """Whether the lock took this part."""
        try:
            self.connection.write(data)
        except PhoneError:
            return False
        return True

    def read(self) -> bytes | None:
        """The next part of its answer; None when the connection has ended."""
        try:
            return self.connection.hear()
        except PhoneError:
            return None


@contextlib.contextmanager
def reaching(air: Air, gate: str) -> Iterator[Callable[[], Reached]]:
    """How a link to that lock begins; the last one ends with this."""
    with contextlib.ExitStack() as links:

        def meet() -> Reached:
            links.close()
            return Reached(links.enter_context(air.connect(gate)))

        yield meet
