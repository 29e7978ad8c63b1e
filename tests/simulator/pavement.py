"""Cabinets without a town: the metal of the real lock, with its real body port."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beffroi.edge.device.uptime import DrivenUptime, Uptime
from beffroi.edge.lock.body import Body, State
from beffroi.edge.lock.metal import SimulatedMetal


class Bare:
    """A cabinet's metal alone: what a lock's core would decide is the test's to say."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.metal = SimulatedMetal(folder)
        self.uptime: Uptime = DrivenUptime()

    def state(self) -> State:
        door, latch = ("open" if self.metal.door_open else "closed"), ("locked" if self.metal.bolt_out else "unlocked")
        return {"door": door, "latch": latch, "waiting": 0, "time": 0}

    def tick(self) -> None: ...

    def fill_disk(self) -> None: ...

    def power_cut(self) -> None: ...


@contextmanager
def pavement(units: dict[str, Bare]) -> Iterator[int]:
    """The body port of these cabinets."""
    body = Body(units)

    class Hands(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                answer = body.answer(line)
                self.wfile.write(json.dumps(answer).encode() + b"\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hands) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()
