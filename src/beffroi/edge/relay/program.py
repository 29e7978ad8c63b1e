"""The relay as it runs: its port, its line to the server, its beats, its timers, and a clean stop."""

import asyncio
import logging
import signal
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from beffroi.edge.device.commissioning import Broker
from beffroi.edge.device.errors import CommissioningError
from beffroi.edge.device.mqtt import Line
from beffroi.edge.relay import hands
from beffroi.edge.relay.beats import Beats
from beffroi.edge.relay.http import DEFAULT_BOUNDS, READ_BYTES, Bounds, Door
from beffroi.edge.relay.relay import Relay
from beffroi.edge.relay.source import DEFAULT_PACE, Pace
from beffroi.edge.relay.watching import Watching

logger = logging.getLogger(__name__)

KEEP_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0
BACKLOG: Final = 512


@dataclass(frozen=True)
class Plan:
    """What to run. `broker` (host, port) wins over the commissioning document's own; `certificate` and `key` are PEM files."""

    folder: Path
    listen: tuple[str, int]
    origins: frozenset[str]
    certificate: Path | None = None
    key: Path | None = None
    broker: tuple[str, int] | None = None
    document: Path | None = None
    hands_port: int | None = None
    driven: bool = False
    bounds: Bounds = DEFAULT_BOUNDS
    pace: Pace = DEFAULT_PACE


async def run(plan: Plan) -> None:
    """Run until SIGTERM or SIGINT. Raises DeviceError or OSError when something can't start."""
    relay = Relay(plan.folder, driven=plan.driven, document=plan.document, pace=plan.pace)
    async with AsyncExitStack() as stack:
        stack.callback(relay.close)
        line = _line(relay, plan)
        if line is not None:
            stack.push_async_callback(line.stop)
        watching = Watching(relay)
        await _listen(plan, relay, watching, stack)
        beats = Beats(relay.device, relay.uses, relay.stirred)
        stack.push_async_callback(_end_viewings, relay, watching, beats, line)
        if line is not None:
            line.start()
        stopping = asyncio.Event()
        with _signals(stopping):
            async with asyncio.TaskGroup() as group:
                chores = [
                    group.create_task(_keep(relay)),
                    group.create_task(beats.run(line.beat if line is not None else _nowhere)),
                ]
                await stopping.wait()
                for chore in chores:
                    chore.cancel()
        logger.info("stopping")


def _nowhere(_token: str) -> None:
    """A relay without a line says nothing."""


async def _keep(relay: Relay) -> None:
    while True:
        await asyncio.sleep(KEEP_SECONDS)
        relay.tick()


async def _end_viewings(relay: Relay, watching: Watching, beats: Beats, line: Line | None) -> None:
    """Nothing is shown any more, and the server hears of it before the line ends."""
    relay.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await watching.none_left()
    if line is not None:
        line.flush()
        line.beat(beats.beat())


def _line(relay: Relay, plan: Plan) -> Line | None:
    own = relay.broker
    if own is None:
        return None
    return Line(relay, _elsewhere(own, plan.broker), relayed=False)


def _elsewhere(own: Broker, broker: tuple[str, int] | None) -> Broker:
    return own if broker is None else replace(own, host=broker[0], port=broker[1])


async def _listen(plan: Plan, relay: Relay, watching: Watching, stack: AsyncExitStack) -> None:
    door = Door(watching, plan.origins, plan.bounds, _over_tls(plan))
    host, port = plan.listen
    server = await asyncio.start_server(door.converse, host, port, limit=READ_BYTES, backlog=BACKLOG)
    stack.callback(server.close)
    logger.info("watch on %s", _address(server))
    if plan.hands_port is not None:
        server = await hands.serve(relay, plan.hands_port)
        stack.callback(server.close)
        logger.info("hands on %s", _address(server))


def _over_tls(plan: Plan) -> ssl.SSLContext | None:
    if plan.certificate is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(plan.certificate, plan.key)
    except (OSError, ssl.SSLError) as fault:
        raise CommissioningError("tls-certificate", f"{plan.certificate}: {fault}") from fault
    return made


def _address(server: asyncio.Server) -> str:
    host, port = server.sockets[0].getsockname()[:2]
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
