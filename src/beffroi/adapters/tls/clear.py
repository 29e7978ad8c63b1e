"""Plain HTTP that comes to a door of TLS: whoever typed http:// before its port is answered in clear, instead of being cut off.

A loop speaks TLS through two buffers in memory, which `ssl.SSLContext.wrap_bio` is given: what has arrived, what is to leave. What arrives
first is looked at there: a request of HTTP begins with a capital letter, which no handshake does; anything else is OpenSSL's to refuse.
"""

import ssl
import string
from collections.abc import Callable
from typing import Final

# What of a request is looked at, and all that is read of it, its body included.
MOST_HEAD: Final = 16 * 1024
MOST: Final = 64 * 1024
LETTERS: Final = string.ascii_uppercase.encode()
END: Final = b"\r\n\r\n"

# The head of a request, whole or as far as it is looked at, to the whole answer.
Answer = Callable[[bytes], bytes]


class Opening(ssl.SSLObject):
    """A connection, whose handshake never ends where no TLS is spoken: whoever listens gives it the time that any handshake has."""

    _incoming: ssl.MemoryBIO
    _outgoing: ssl.MemoryBIO
    _answer: Answer | None = None
    _head: bytearray | None = None
    _heard = 0

    def listen(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, answer: Answer) -> None:
        """What comes in clear gets this answer."""
        self._incoming, self._outgoing, self._answer = incoming, outgoing, answer

    def do_handshake(self) -> None:
        """As OpenSSL does it; raises SSLError when too much came in clear."""
        if self._head is None and self._answer is not None and self._incoming.pending:
            arrived = self._incoming.read()
            self._incoming.write(arrived)
            if arrived[0] in LETTERS:
                self._head = bytearray()
            else:
                self._answer = None  # it is OpenSSL's from now on
        if self._head is None:
            super().do_handshake()
            return
        self._hear(self._head)
        # "More is needed": the loop sends what we wrote, and goes on listening, so that no answer is lost for a body that still comes.
        raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "plain HTTP was spoken")

    def _hear(self, head: bytearray) -> None:
        arrived = self._incoming.read()
        self._heard += len(arrived)
        if self._heard > MOST:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, "too much plain HTTP was spoken")
        if self._answer is None:
            return
        head += arrived[: MOST_HEAD - len(head)]
        if END in head or len(head) == MOST_HEAD:
            self._outgoing.write(self._answer(bytes(head)))
            self._answer = None


class ListeningContext(ssl.SSLContext):
    """A server's, for loops (asyncio's create_server); `answer` is None where plain HTTP is cut off as any other noise."""

    answer: Answer | None = None
    sslobject_class = Opening

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """One connection."""
        made = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        if self.answer is not None and isinstance(made, Opening):
            made.listen(incoming, outgoing, self.answer)
        return made
