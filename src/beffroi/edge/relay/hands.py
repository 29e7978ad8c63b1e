"""A loopback port for tests and demonstrations: it moves a driven clock, fills the disk, and says how the relay stands.

It is no part of the protocol and nothing on it shows a picture. One JSON object a line in, one out: `{"do": "state"}`.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from beffroi.edge.device.errors import StoreError
from beffroi.edge.device.uptime import DrivenUptime
from beffroi.edge.relay.relay import Relay
from beffroi.protocol.v1.members import UNKNOWN

LINE_LIMIT: Final = 1_024
MAX_ADVANCE: Final = 10 * 366 * 86_400_000

Value = str | int | bool | list[int] | list[str] | None


class BadCommandError(Exception):
    """The line is not a command; the message says why."""


class Hands:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ValueError, ConnectionError):  # readline's ValueError: longer than the limit
                while line := await reader.readline():
                    writer.write(json.dumps(self.answer(line)).encode() + b"\n")
                    await writer.drain()
        finally:
            writer.close()

    def answer(self, line: bytes) -> dict[str, Value]:
        """What the line does, and how things stand then."""
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise BadCommandError("not a JSON object")
            self._do(command)
            return {"ok": True, **self._state()}
        except (BadCommandError, ValueError, RecursionError, StoreError) as fault:
            return {"ok": False, "why": str(fault)}

    def _do(self, command: Mapping[str, object]) -> None:
        match command.get("do"):
            case "state":
                pass
            case "advance":
                self._advance(command.get("milliseconds"))
            case "fill-disk":
                self._relay.store.fill()
            case _:
                raise BadCommandError("do: one of advance, fill-disk, state")

    def _advance(self, milliseconds: object) -> None:
        uptime = self._relay.uptime
        if not isinstance(uptime, DrivenUptime):
            raise BadCommandError("the clock is the machine's: start the relay with --clock hands")
        if not isinstance(milliseconds, int) or isinstance(milliseconds, bool) or not 0 <= milliseconds <= MAX_ADVANCE:
            raise BadCommandError(f"milliseconds: an integer from 0 to {MAX_ADVANCE} is needed")
        uptime.pass_by(milliseconds)
        self._relay.tick()

    def _state(self) -> dict[str, Value]:
        relay, device = self._relay, self._relay.device
        now, trust = device.holdings.now(), device.holdings.trust
        return {
            "device": device.identity.device,
            "time": UNKNOWN if now is None else now,
            "uptime": relay.uptime(),
            "boot": device.journal.boot,
            "last": device.journal.last,
            "waiting": device.journal.waiting,
            "keyset": trust.keys().number,
            "revocations": [0, 0] if trust.revocations is None else list(trust.revocations.order),
            "sources": list(relay.roster.order),
            "gates": list(relay.roster.gates),
            "uses": sorted(relay.uses.live),
            "until": sorted(use.standing.until for use in relay.uses.live.values()),
            "lasted": sum(use.lasted for use in relay.uses.live.values()),
            "unrecorded": device.unrecorded,
        }


async def serve(relay: Relay, port: int) -> asyncio.Server:
    return await asyncio.start_server(Hands(relay).converse, "127.0.0.1", port, limit=LINE_LIMIT)
