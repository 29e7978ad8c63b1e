"""Hands on the metal: a loopback port through which tests and the simulator act on the physical side of a lock.

It is no part of the protocol and nothing on it opens a bolt: hands touch, pull, push, force, and cut the current. One JSON
object a line in, one out: `{"do": "touch"}`, or `{"do": "touch", "device": "…"}` where several locks share the port.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from beffroi.edge.device.errors import StoreError
from beffroi.edge.device.uptime import DrivenUptime, Uptime
from beffroi.edge.lock.metal import FULL, SimulatedMetal

LINE_LIMIT: Final = 1_024
MAX_ADVANCE: Final = 10 * 366 * 86_400

Value = str | int | bool | list[int] | None
State = dict[str, Value]


class Unit(Protocol):
    """What the body needs of a running lock."""

    metal: SimulatedMetal
    uptime: Uptime

    def state(self) -> State: ...

    def tick(self) -> None: ...

    def fill_disk(self) -> None: ...

    def power_cut(self) -> None: ...


class BadCommandError(Exception):
    """The line is not a command; the message says why."""


def integer(command: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = command.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadCommandError(f"{name}: an integer from {low} to {high} is needed")
    return value


def touch(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.touch()


def open_door(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.pull()


def close_door(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.push()


def force(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.force()


def shock(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.shock()


def tamper(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.open_case()


def repair(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.metal.close_case()


def battery(unit: Unit, command: Mapping[str, object]) -> None:
    unit.metal.charge(integer(command, "level", 0, FULL))


def jam(unit: Unit, command: Mapping[str, object]) -> None:
    unit.metal.jam(jammed=command.get("jammed", True) is True)


def advance(unit: Unit, command: Mapping[str, object]) -> None:
    if not isinstance(unit.uptime, DrivenUptime):
        raise BadCommandError("the clock is the machine's: start the lock with --clock body")
    unit.uptime.advance(integer(command, "seconds", 0, MAX_ADVANCE))
    unit.tick()


def fill_disk(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.fill_disk()


def power_cut(unit: Unit, _command: Mapping[str, object]) -> None:
    unit.power_cut()


def state(_unit: Unit, _command: Mapping[str, object]) -> None:
    """Every answer carries the state: asking for it does nothing else."""


COMMANDS: Final[Mapping[str, Callable[[Unit, Mapping[str, object]], None]]] = {
    "advance": advance,
    "battery": battery,
    "close-door": close_door,
    "fill-disk": fill_disk,
    "force": force,
    "jam": jam,
    "open-door": open_door,
    "power-cut": power_cut,
    "repair": repair,
    "shock": shock,
    "state": state,
    "tamper": tamper,
    "touch": touch,
}


class Body:
    """The port. `units` is read at each command, so that a lock whose current was cut is found again after its restart."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ValueError, ConnectionError):  # readline's ValueError: longer than the limit
            pass
        finally:
            writer.close()

    def answer(self, line: bytes) -> dict[str, Value]:
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise BadCommandError("not a JSON object")
            unit = self._unit(command.get("device"))
            do = COMMANDS.get(str(command.get("do")))
            if do is None:
                raise BadCommandError(f"do: one of {', '.join(COMMANDS)}")
            do(unit, command)
            return {"ok": True, **self._unit(command.get("device")).state()}
        except (BadCommandError, ValueError, RecursionError, StoreError) as fault:
            return {"ok": False, "why": str(fault)}

    def _unit(self, device: object) -> Unit:
        if device is None and len(self._units) == 1:
            return next(iter(self._units.values()))
        unit = self._units.get(device) if isinstance(device, str) else None
        if unit is None:
            raise BadCommandError("device: the id of a lock that runs here")
        return unit


async def serve(body: Body, port: int) -> asyncio.Server:
    return await asyncio.start_server(body.converse, "127.0.0.1", port, limit=LINE_LIMIT)
