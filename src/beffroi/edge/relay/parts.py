"""What a viewer is sent: `[length][kind][bytes]`, as docs/spec/relay.md says; the kinds that are of the picture are made here."""

import json
import struct
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

INITIALIZATION, FRAGMENT, NOTICE = 2, 3, 4
HEAD: Final = struct.Struct(">IB")
LAST_CHUNK: Final = b"0\r\n\r\n"


class State(StrEnum):
    """Of the picture, as a viewer is told."""

    WAITING = "waiting"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


class Part:
    """One part, framed once for all who watch: `wire` is an HTTP chunk, `bare` the same without the chunk's frame."""

    __slots__ = ("_begin", "kind", "wire")

    def __init__(self, kind: int, pieces: Sequence[bytes], size: int) -> None:
        """`size` is that of the pieces together."""
        chunk = b"%X\r\n" % (size + HEAD.size)
        self.kind = kind
        self.wire = b"".join((chunk, HEAD.pack(size + 1, kind), *pieces, b"\r\n"))
        self._begin = len(chunk)

    @property
    def bare(self) -> memoryview:
        return memoryview(self.wire)[self._begin : -2]


def notice(state: State, *, since: int, cause: str | None = None) -> Part:
    """A word to the player. `since`: for how many milliseconds it has been so."""
    told: dict[str, str | int] = {"state": state.value, "since": since}
    if cause is not None:
        told["cause"] = str(cause)
    data = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
    return Part(NOTICE, (data,), len(data))
