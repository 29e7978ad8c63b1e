"""Hands: one JSON line to a lock's body port, one back."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

ACTS: Final = frozenset({"state", "touch", "open-door", "close-door", "force", "repair"})
PATIENCE: Final = 5.0
LINE: Final = 4_096


class NobodyThereError(Exception):
    """The lock's process doesn't answer: it is stopped, or starting."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What anybody on the pavement sees of a cabinet, and how many events its lock still keeps for the server."""

    door: str
    latch: str
    waiting: int
    clock: bool


async def put(port: int, act: str) -> Seen:
    """Do something to the metal; raises NobodyThereError, and ValueError for what hands can't do here."""
    if act not in ACTS:
        raise ValueError(act)
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE)
            try:
                writer.write(json.dumps({"do": act}).encode() + b"\n")
                await writer.drain()
                answer = json.loads(await reader.readline())
            finally:
                writer.close()
        return Seen(str(answer["door"]), str(answer["latch"]), int(answer["waiting"]), answer["time"] != "unknown")
    except (OSError, TimeoutError, ValueError, KeyError, TypeError) as fault:
        raise NobodyThereError(str(port)) from fault
