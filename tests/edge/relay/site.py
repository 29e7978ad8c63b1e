"""A site for the relay's tests: its cameras (the simulator's), the relay as a process of its own, and a server it speaks to by Mosquitto.

Nothing here waits for a length of time: it waits for lines, answers, parts and exits, with a bound that only a hang reaches.
"""

import asyncio
import ssl
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from beffroi.edge.device import commissioning, home
from beffroi.edge.relay.relay import KIND
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.frames import Response
from beffroi.protocol.v1.grant import NETWORK, Policy
from beffroi.protocol.v1.sources import Source
from beffroi.simulator.cameras.control import Control
from beffroi.simulator.cameras.server import Plan
from beffroi.simulator.cameras.server import Server as Film
from beffroi.simulator.phone import Meeting
from beffroi.simulator.screen import ACTION, Look, Place, Screen
from tests.edge.relay.cameras import CLIPS, SMALL
from tests.edge.server import Broker, Server
from tests.edge.street import PATIENCE, Hands, Process, State
from tests.edge.town import CAMERA, HOUR, NOW, OTHER_CAMERA, RELAY, Technician, Town, allow

ORIGIN = "https://video.meaux.example"
LIST_AGE = 900
OPTIONS = ("--listen", "127.0.0.1:0", "--origin", ORIGIN, "--hands", "0")


class Cameras:
    """The simulator's cameras in a thread of their own, so that a test may wait for other things meanwhile."""

    def __init__(self, count: int = 2) -> None:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._film: Future[Film] = Future()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run(count)), daemon=True)
        self._thread.start()
        self.film = self._film.result(PATIENCE)

    async def _run(self, count: int) -> None:
        film = Film(Plan(count=count, recipe=SMALL), CLIPS.get, utc_now)
        await film.listen()
        self._film.set_result(film)
        await self._over.wait()
        await film.close()

    def place(self, gate: str, number: int) -> Source:
        """A camera, as the server's list names it."""
        account = self.film.account
        return Source(gate, f"Caméra {number}", self.film.url(number), account.user, account.password)

    def viewers(self, number: int) -> int:
        """How many connections play that camera's picture."""

        async def count() -> int:
            return len(self.film.camera(number).viewers)

        return asyncio.run_coroutine_threadsafe(count(), self._loop).result(PATIENCE)

    def fault(self, number: int, name: str) -> None:
        """Something is wrong with that camera from now on; "none": nothing any more."""
        order = {"camera": number, "fault": name}
        asyncio.run_coroutine_threadsafe(Control(self.film).do(order), self._loop).result(PATIENCE)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)
        self._loop.close()


@dataclass
class Site:
    """A relay of a town, running, with what it needs to know. `folder` outlives the process."""

    town: Town
    folder: Path
    server: Server
    cameras: Cameras
    device: str
    certificate: Certificate
    gates: tuple[str, ...]
    options: tuple[str, ...]
    process: Process = field(init=False)
    hands: Hands = field(init=False)
    port: int = field(init=False)
    trusted: ssl.SSLContext | None = None
    lists: int = 0
    commands: int = 0
    heard: int = 0
    """How often the processes before the one that runs have asked."""
    broken: int = 0
    """How often the line had broken when it began."""

    @classmethod
    def build(
        cls,
        town: Town,
        folder: Path,
        broker: Broker,
        cameras: Cameras,
        *options: str,
        device: str = RELAY,
        gates: tuple[str, ...] = (CAMERA, OTHER_CAMERA),
    ) -> Self:
        """Make the key, certify it, commission, start, and bring time, a list and the sources."""
        request = home.request(folder, KIND, device)
        address = {"host": "127.0.0.1", "port": broker.port, "username": device, "password": "not used here"}
        certificate = town.commission(request, folder / commissioning.FILE, broker=address)
        server = Server(broker.port, town, device)
        server.certificate = certificate
        site = cls(town, folder, server, cameras, device, certificate, gates, options)
        site.start()
        site.bring_all()
        return site

    def start(self) -> None:
        """Start the process on the folder."""
        self.heard, self.broken = len(self.server.asks), self.server.gone
        self.process = Process("--home", str(self.folder), *OPTIONS, *self.options, program="beffroi.edge.relay")
        self.port = int(self.process.wait_for(r"watch on 127\.0\.0\.1:(\d+)")[1])
        self.hands = Hands(int(self.process.wait_for(r"hands on 127\.0\.0\.1:(\d+)")[1]))

    def restart(self) -> None:
        """Again, once nothing more can be heard of the process before; then it knows everything but the time."""
        self.hands.close()
        self.process.end()
        self.server.until(lambda: self.server.gone > self.broken)
        self.start()

    # What is brought

    def bring_all(self) -> None:
        self.set_time(NOW)
        self.bring(revocation=self.town.revocations(1))
        self.bring_sources(*(self.cameras.place(gate, number) for number, gate in enumerate(self.gates, 1)))
        self.hands.until(lambda state: state["sources"] == [self.town.number, self.lists])

    def nonces(self) -> list[str]:
        """What the process that runs wants its time bound to; whoever knows the time, as the one before did, sends none."""
        return [ask.nonce for ask in self.server.asks[self.heard :] if ask.nonce is not None]

    def set_time(self, time: int) -> None:
        """Answer its fresh nonce with a bound stamp."""
        self.server.until(lambda: bool(self.nonces()))
        stamp = self.town.stamp(time, nonce=self.nonces()[-1], device=self.device)
        self.bring(stamp=stamp)
        self.hands.until(lambda state: state["time"] != "unknown")

    def asked_again(self) -> None:
        """Have it ask once more, as a server does by a command."""
        before = len(self.server.asks)
        self.commands += 1
        command = self.town.command("report", number=self.commands, device=self.device)
        self.server.down("down/command", self.device, command=command)
        self.server.until(lambda: len(self.server.asks) > before)

    def bring(self, **tokens: str) -> None:
        self.server.down("down/trust", self.device, **tokens)

    def bring_sources(self, *sources: Source) -> None:
        self.lists += 1
        sealing = self.server.asks[-1].sealing
        assert sealing is not None
        ordered = sorted(sources, key=lambda source: source.gate)
        self.bring(sources=self.town.sources(self.certificate, sealing, *ordered, number=self.lists))

    # Who watches

    def officer(self, **grant: object) -> Technician:
        """Somebody with a right to look, from an hour ago until two hours from now, unless said otherwise."""
        terms: dict[str, object] = {
            "resources": (CAMERA,),
            "actions": (ACTION,),
            "end": NOW + 2 * HOUR,
            "policy": Policy((NETWORK,), greatest_age=LIST_AGE),
        }
        return self.town.technician(**terms | grant)  # type: ignore[arg-type]  # passed on as it came

    @property
    def place(self) -> Place:
        return Place(self.port, self.device, ORIGIN, patience=PATIENCE, trusted=self.trusted)

    def screen(self, officer: Technician | None = None) -> Screen:
        return Screen((officer or self.officer()).phone(), self.place)

    def look(self, gate: str = CAMERA, officer: Technician | None = None) -> Look:
        """An admitted look; its picture has begun."""
        look = allow(self.screen(officer).look(gate))
        assert allow(look.result()).admitted, look.result()
        return look

    def watch(self, gate: str = CAMERA, officer: Technician | None = None, *, frames: int = 5) -> Look:
        """An admitted look of which some pictures have come."""
        look = self.look(gate, officer)
        look.until(lambda picture: picture.frames >= frames)
        return look

    def refused(self, gate: str = CAMERA, officer: Technician | None = None) -> str:
        """The reason for which a look is refused, as the signed result or the gate's frame says it."""
        look = self.screen(officer).look(gate)
        if not isinstance(look, Look):
            return str(look.reason)
        with look:
            return look.refusal()

    def answered(self, officer: Technician, meeting: Meeting, response: Response) -> Look:
        """A response put to this relay, wherever its challenge came from."""
        return Look(officer.phone(), self.place, meeting, response)

    def state(self) -> State:
        return self.hands.do("state")

    def close(self) -> None:
        self.hands.close()
        self.process.end()
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
