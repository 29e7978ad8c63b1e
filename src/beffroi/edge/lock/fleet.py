"""One lock or many in one process: timers, the radio's port, the body's port, the lines to the broker, and a clean stop."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from beffroi.edge.device.commissioning import Broker
from beffroi.edge.device.errors import CommissioningError
from beffroi.edge.device.mqtt import Line
from beffroi.edge.lock import body, tcp
from beffroi.edge.lock.conversation import Bounds, Conversation
from beffroi.edge.lock.core import Habits
from beffroi.edge.lock.errors import RadioError
from beffroi.edge.lock.unit import Unit
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.grant import LOCAL

logger = logging.getLogger(__name__)

SPARE_THREADS: Final = 4
CUT_STATUS: Final = 9
"""Exit status of a lock whose current was cut."""


@dataclass(frozen=True)
class Plan:
    """What to run. `radio_port` and `hci` are for one lock only; `broker` (host, port) wins over the commissioning documents' own."""

    folders: tuple[Path, ...]
    fleet: bool
    radio_port: int | None
    hci: str | None
    body_port: int | None
    broker: tuple[str, int] | None
    driven: bool
    document: Path | None
    habits: Habits
    bounds: Bounds


class Fleet:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._units: dict[str, Unit] = {}
        self._lines: dict[str, Line] = {}
        self._restarts: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raises DeviceError or OSError when something can't start."""
        # Each line's thread is waited for at the end: all at once, whatever their number.
        threads = ThreadPoolExecutor(len(self._plan.folders) + SPARE_THREADS)
        asyncio.get_running_loop().set_default_executor(threads)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stop)
            for folder in self._plan.folders:
                self._wake(folder)
            await self._listen(stack)
            stopping = asyncio.Event()
            with _signals(stopping):
                logger.info("%d lock(s) running", len(self._units))
                async with asyncio.TaskGroup() as group:
                    timers = [group.create_task(self._keep_time(device)) for device in self._units]
                    await stopping.wait()
                    for timer in timers:
                        timer.cancel()
            logger.info("stopping")

    # Locks

    def _wake(self, folder: Path) -> None:
        unit = Unit(folder, driven=self._plan.driven, habits=self._plan.habits, document=self._plan.document)
        device = unit.identity.device
        if device in self._units:
            unit.close()
            raise CommissioningError("device-other", f"{folder}: {device} runs here already")
        unit.lost_power = lambda: self._cut(device)
        self._units[device] = unit
        broker = self._broker(unit.broker)
        if broker is not None:
            self._lines[device] = Line(unit, broker)
            self._lines[device].start()

    def _broker(self, own: Broker | None) -> Broker | None:
        if own is None or self._plan.broker is None:
            return own
        host, port = self._plan.broker
        return replace(own, host=host, port=port)

    def _cut(self, device: str) -> None:
        """The current is gone: nothing is said or stored any more. A lock among many comes back at once, as if it had
        been away; a lock of its own is ended like a process that lost its power.
        """
        if not self._plan.fleet:
            os._exit(CUT_STATUS)
        unit = self._units.pop(device)
        unit.store.close()
        line = self._lines.pop(device, None)
        if line is not None:
            line.fall_silent()
            task = asyncio.create_task(line.stop())
            self._restarts.add(task)
            task.add_done_callback(self._restarts.discard)
        self._wake(unit.folder)
        unit.stirred.set()

    async def _keep_time(self, device: str) -> None:
        while True:
            unit = self._units[device]
            unit.stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(unit.due_seconds):
                    await unit.stirred.wait()
            if unit is self._units[device]:
                unit.tick()

    async def _stop(self) -> None:
        await asyncio.gather(*(line.stop() for line in self._lines.values()), *self._restarts)
        for unit in self._units.values():
            unit.close()

    # Ports

    async def _listen(self, stack: AsyncExitStack) -> None:
        if self._plan.radio_port is not None:
            radio = tcp.Radio(converse=self._converse, bounds=self._plan.bounds)
            server = await tcp.serve(radio, self._plan.radio_port)
            stack.callback(server.close)
            logger.info("radio on %s", _address(server))
        if self._plan.hci is not None:
            await self._be_on_air(stack, self._plan.hci)
        if self._plan.body_port is not None:
            server = await body.serve(body.Body(self._units), self._plan.body_port)
            stack.callback(server.close)
            logger.info("body on %s", _address(server))

    async def _be_on_air(self, stack: AsyncExitStack, hci: str) -> None:
        try:
            from beffroi.edge.lock.bluetooth import on_air  # noqa: PLC0415 - a stack that few need
        except ModuleNotFoundError as fault:
            raise RadioError("radio-missing", "--hci needs a Bluetooth stack: pip install 'beffroi[radio]'") from fault
        device, unit = next(iter(self._units.items()))
        name = unit.lock.holdings.certificate.name
        bounds = self._plan.bounds
        await stack.enter_async_context(on_air(hci, device=device, name=name, converse=self._converse, bounds=bounds))

    def _converse(self) -> Conversation:
        """What a phone begins that stands before the only lock."""
        (device,) = self._units
        return Conversation(
            answer=lambda data: self._units[device].answer(data, LOCAL),
            refuse=lambda reason: self._refuse(device, reason),
            bounds=self._plan.bounds,
        )

    def _refuse(self, device: str, reason: Reason) -> None:
        self._units[device].lock.refuse(reason, LOCAL)


def _address(server: asyncio.Server) -> str:
    host, port = server.sockets[0].getsockname()
    return f"{host}:{port}"


@contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
