"""Hands: one JSON line to a lock's body port, one back."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What hands do, in the words of the body port. A crowbar takes two blows before the door gives way.
ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "state": ("state",),
    "touch": ("touch",),
    "open-door": ("open-door",),
    "close-door": ("close-door",),
    "break-in": ("shock", "shock", "force"),
}
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


def put(port: int, act: str, device: str = "") -> Seen:
    """Do something to the metal, of this device where several share the port. Raises NobodyThereError, and ValueError for what
    hands can't do here.
    """
    if act not in ACTS:
        raise ValueError(act)
    answer = tell(port, *ACTS[act], device=device)
    try:
        return Seen(str(answer["door"]), str(answer["latch"]), int(str(answer["waiting"])), answer["time"] != "unknown")
    except (ValueError, KeyError) as fault:
        raise NobodyThereError(str(port)) from fault


def tell(port: int, *acts: str, device: str = "") -> dict[str, object]:
    """The same in the body port's own words, and all that it says after the last of them. Raises NobodyThereError."""
    named = {"device": device} if device else {}
    answer: object = None
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            lines = line.makefile("rb")
            for do in acts:
                line.sendall(json.dumps({"do": do, **named}).encode() + b"\n")
                answer = json.loads(lines.readline(LINE))
    except (OSError, ValueError) as fault:
        raise NobodyThereError(str(port)) from fault
    if not isinstance(answer, dict):
        raise NobodyThereError(str(port))
    return answer
