"""Faults of cameras that run, by those who share their process and, a line of JSON at a time, by other processes of this machine.

An order is an object. {"camera": 3, "fault": "slow", "value": 2.5} for one camera, several ([1, 2]) or "all"; without a value the
fault is on, false or 0 puts it off, "none" puts off all, "jump" sends the timestamps that many seconds on. {"server": "down"} and
{"server": "up"}: nobody answers on the port at all. Without "fault" an order only looks. The answer is how the cameras are, or
{"error": why}.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from beffroi.simulator.cameras.faults import JUMP, MOST, UnknownFaultError, present, with_fault
from beffroi.simulator.cameras.server import Server

HOST: Final = "127.0.0.1"
LARGEST: Final = 4_096
PATIENCE: Final = 30.0
"""Seconds that another process waits: a fault may have a clip to draw."""
MEMBERS: Final = frozenset({"camera", "fault", "value", "server"})

Order = Mapping[str, object]


class Standing(NamedTuple):
    """How a camera is."""

    camera: int
    connections: int
    viewers: int
    """Of these, how many play."""
    faults: dict[str, bool | float]


class UnknownOrderError(ValueError):
    """Nothing that can be done."""


class Control:
    """Does to a server's cameras what it is told."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._one_at_a_time = asyncio.Lock()

    async def do(self, order: Order) -> list[Standing]:
        """One order; how the cameras that it speaks of are afterwards. Raises UnknownOrderError and UnknownFaultError."""
        if not order.keys() <= MEMBERS:
            raise UnknownOrderError(f"members are {', '.join(sorted(MEMBERS))}")
        numbers = self._numbers(order.get("camera", "all"))
        async with self._one_at_a_time:
            await self._turn(order.get("server"))
            for number in numbers if "fault" in order else ():
                await self._fault(number, str(order["fault"]), order.get("value", True))
        return [self._standing(number) for number in numbers]

    async def _turn(self, server: object) -> None:
        match server:
            case None:
                return
            case "down":
                await self._server.close()
            case "up":
                await self._server.listen()
            case _:
                raise UnknownOrderError("the server goes down or up")

    def _numbers(self, told: object) -> list[int]:
        there = self._server.numbers
        if told == "all":
            return list(there)
        numbers = [each for each in (told if isinstance(told, list) else [told]) if type(each) is int and each in there]
        if not numbers or (isinstance(told, list) and len(numbers) < len(told)):
            raise UnknownOrderError(f"cameras are {there[0]} to {there[-1]}")
        return numbers

    async def _fault(self, number: int, name: str, value: object) -> None:
        camera = self._server.camera(number)
        if name != JUMP:
            await self._server.fault(number, with_fault(camera.faults, name, value))
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST:
            camera.jump(value)
        else:
            raise UnknownFaultError(f"{JUMP}: seconds expected, not {value!r}")

    def _standing(self, number: int) -> Standing:
        camera = self._server.camera(number)
        return Standing(number, self._server.connections(number), len(camera.viewers), present(camera.faults))


@asynccontextmanager
async def listening(control: Control, port: int = 0) -> AsyncIterator[int]:
    """Take orders from this machine's other processes; yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await _answered(control, line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
                if "error" in answer:
                    return
        except (ValueError, ConnectionError):  # a line without an end; whoever asked has gone
            return
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, HOST, port, limit=LARGEST)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


async def _answered(control: Control, line: bytes) -> dict[str, object]:
    try:
        order = json.loads(line)
        if not isinstance(order, dict):
            raise UnknownOrderError("an object is expected")
        return {"cameras": [each._asdict() for each in await control.do(order)]}
    except (ValueError, RecursionError, OSError) as error:
        return {"error": str(error) or type(error).__name__}


class Remote:
    """The same orders, from another process."""

    def __init__(self, port: int) -> None:
        self._port = port

    def do(self, order: Order) -> list[Standing]:
        """One order; how the cameras that it speaks of are afterwards. Raises UnknownOrderError when it was refused, and OSError."""
        with socket.create_connection((HOST, self._port), PATIENCE) as line:
            line.sendall(json.dumps(order).encode() + b"\n")
            with line.makefile("rb") as said:
                answer = json.loads(said.readline())
        if "error" in answer:
            raise UnknownOrderError(str(answer["error"]))
        return [Standing(**each) for each in answer["cameras"]]
