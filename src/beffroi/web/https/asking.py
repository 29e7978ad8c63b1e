"""Asking our own public address, as a visitor would come, to see what arrives here of it."""

import http.client
import json
import secrets
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cryptography import x509

from beffroi.adapters.tls import trust
from beffroi.lib.photographs import MOST_BYTES
from beffroi.web.https.arrival import FIRST, HEARD, MARK, PATIENCE, mark_of

# What nobody's address is (RFC 5737): a visitor who claims it must not be believed.
CLAIMED: Final = "192.0.2.199"
SECONDS: Final = 6.0
LARGEST_ANSWER: Final = 10_000
# A report's photograph, with its form around it.
PHOTOGRAPH: Final = MOST_BYTES + 100_000
OK, TOO_LARGE = 200, 413


class UnreachedError(Exception):
    """Nobody answered: `refused` is why the certificate was not believed, empty when it isn't that."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.why, self.refused = why, refused


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a question became on its way; `status` is what was answered, 200 when it was us."""

    status: int
    host: str = ""
    scheme: str = ""
    client: str = ""
    forwarded_for: str | None = None
    forwarded_proto: str | None = None
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; `root` is our own authority, believed beside those that this machine trusts."""

    url: str
    root: x509.Certificate | None = None
    seconds: float = SECONDS

    def arrived(self, octets: int = 0) -> Arrived:
        """A question with so long a body. Raises UnreachedError."""
        claims = {"X-Forwarded-For": CLAIMED, "X-Forwarded-Proto": "http"}
        with closing(self._line()) as line:
            answer = self._asked(line, "/arrival/", secrets.token_hex(8), bytes(octets), **claims)
            content = answer.read(LARGEST_ANSWER)
        try:
            told = json.loads(content) if answer.status == OK else {}
            return Arrived(status=answer.status, **told)
        except (ValueError, TypeError):
            return Arrived(status=0)

    def streams(self) -> bool:
        """Whether what is sent bit by bit arrives so. Raises UnreachedError."""
        question = secrets.token_hex(8)
        with closing(self._line(self.seconds + PATIENCE)) as line:
            answer = self._asked(line, "/arrival/stream/", question)
            try:
                if answer.readline() != FIRST:
                    return False
                with closing(self._line()) as other:
                    self._asked(other, "/arrival/heard/", question).read()
                return answer.readline() == HEARD
            except (OSError, http.client.HTTPException) as error:
                raise UnreachedError(str(error) or type(error).__name__) from error

    def takes_photographs(self) -> bool:
        """Whether the largest that may be sent arrives whole. Raises UnreachedError."""
        try:
            arrived = self.arrived(PHOTOGRAPH)
        except UnreachedError:
            # A proxy that finds it too large may hang up before it was read.
            self.arrived()
            return False
        return arrived.status == OK and arrived.octets == PHOTOGRAPH

    def _line(self, seconds: float | None = None) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        timeout = self.seconds if seconds is None else seconds
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=self._context())

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.root is not None:
            context.load_verify_locations(cadata=trust.pem(self.root).decode())
        return context

    def _asked(
        self, line: http.client.HTTPConnection, path: str, question: str, body: bytes = b"", **headers: str
    ) -> http.client.HTTPResponse:
        parts: SplitResult = urlsplit(self.url)
        try:
            line.request("POST", path, body, {MARK: mark_of(question), "Host": parts.netloc, **headers})
            return line.getresponse()
        except ssl.SSLCertVerificationError as error:
            raise UnreachedError(error.verify_message, refused=True) from error
        except (OSError, http.client.HTTPException) as error:
            why = error.strerror if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
            raise UnreachedError(why or str(error) or type(error).__name__) from error
