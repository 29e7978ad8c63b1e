"""The lock's GATT profile (docs/spec/gate.md, section 9), without a Bluetooth stack: what is written to one characteristic, what
is read from the other.

There is one `Talk` for each connection; the stack that carries it holds the bounds of time and of connections.
"""

from typing import Final
from uuid import UUID

from beffroi.edge.lock.conversation import Conversation

SERVICE: Final = UUID("e1b60001-3c5e-4b7a-9a40-5f2f0b7a8c11")
IN: Final = UUID("e1b60002-3c5e-4b7a-9a40-5f2f0b7a8c11")
OUT: Final = UUID("e1b60003-3c5e-4b7a-9a40-5f2f0b7a8c11")
PART_BYTES: Final = 512
"""The longest value that a characteristic may have (Bluetooth Core, volume 3, part F, 3.2.9): of one write, of one read."""


class Talk:
    """One connection: the phone writes its stream in parts, and reads the lock's in parts."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._left = b""
        self._part = b""

    @property
    def over(self) -> bool:
        """The last answer is the last: it can still be read, and nothing more is heard."""
        return self._conversation.over

    @property
    def held(self) -> int:
        """Bytes kept for this connection."""
        return self._conversation.waiting + len(self._left) + len(self._part)

    def write(self, data: bytes) -> bool:
        """The next part of the phone's stream; False when it is longer than a part may be: then nothing of it is heard.

        What was left of the answer before is dropped: whoever asks again wants no more of it.
        """
        if len(data) > PART_BYTES:
            return False
        if self.over:
            return True
        self._left = self._part = b""
        self._conversation.hear(data)
        while (reply := self._conversation.reply()) is not None:
            self._left = reply
        return True

    def read(self, offset: int = 0) -> bytes | None:
        """At 0 the next part of the answer, empty when nothing is left; beyond, the rest of that same part. None when the part
        has no such place.
        """
        if offset == 0:
            self._part, self._left = self._left[:PART_BYTES], self._left[PART_BYTES:]
        return self._part[offset:] if offset <= len(self._part) else None


def shortened(name: str, limit: int) -> str:
    """As many whole characters of the name as fit in `limit` bytes of UTF-8."""
    return name.encode()[:limit].decode(errors="ignore")
