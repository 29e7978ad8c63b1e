"""TLS to a directory, by Python's own `ssl`: libldap waits for ever for a server that takes the connection and says nothing more, and tells
a wrong certificate from a dead server by no sign. So we open the connection, prove the other side, and give libldap the clear end.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from beffroi.adapters.directory.errors import DirectoryError, Silent, Untrusted
from beffroi.adapters.directory.place import is_loopback

PORTS: Final = {"ldap": 389, "ldaps": 636}
PART: Final = 65_536
# Each question has a time of its own: this one only ends what nobody asks anything of any more.
IDLE: Final = 60.0
# ExtendedRequest 1.3.6.1.4.1.1466.20037 (RFC 4511, 4.14), as message 1.
START_TLS: Final = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
LONGEST_ANSWER: Final = 4096
SHORTEST: Final = 2  # a tag and a length
INDEFINITE: Final = 0x80


class Tunnel:
    """Open within `seconds`, then until it is left, or nothing has moved for a minute. Raises Silent and Untrusted."""

    def __init__(self, url: str, *, ca: Path | None, seconds: float) -> None:
        parts = urlsplit(url)
        self.seconds = seconds
        self.host = parts.hostname or ""
        with _named(url):
            self._outside = socket.create_connection((self.host, parts.port or PORTS[parts.scheme]), timeout=seconds)
            try:
                if parts.scheme == "ldaps" or not is_loopback(url):
                    self._encrypt(first=parts.scheme == "ldap", ca=ca)
            except BaseException:
                self._outside.close()
                raise
        inside, self._near = socket.socketpair()
        self.inside = inside.detach()  # the clear end, a file descriptor: whoever takes it closes it, as libldap does
        self._thread = threading.Thread(target=self._carry, name="directory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._near.shutdown(socket.SHUT_RDWR)  # whoever carries sees the end, and stops
        self._thread.join()
        for each in (self._near, self._outside):
            each.close()

    def _encrypt(self, *, first: bool, ca: Path | None) -> None:
        if ca is None:
            raise Untrusted("BEFFROI_LDAP_CA is needed")
        try:
            context = ssl.create_default_context(cafile=str(ca))
        except (ssl.SSLError, OSError) as fault:
            raise Untrusted(f"BEFFROI_LDAP_CA can't be read: {fault.strerror or type(fault).__name__}") from fault
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if first:
            self._outside.sendall(START_TLS)
            if not begins(_message(self._outside, time.monotonic() + self.seconds)):
                raise Untrusted(f"{self.host} doesn't begin TLS when it is asked to (StartTLS)")
        self._outside = context.wrap_socket(self._outside, server_hostname=self.host)

    def _carry(self) -> None:
        """Until either end is closed, or nothing moves."""
        outside, near = self._outside, self._near
        try:
            with contextlib.suppress(OSError):
                _carry_between(outside, near)
        finally:
            with contextlib.suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)


def _carry_between(outside: socket.socket, near: socket.socket) -> None:
    """Raises OSError when either end is closed or broken."""
    waiting = select.poll()  # select() bears no descriptor from 1024 on
    for each in (outside, near):
        waiting.register(each, select.POLLIN)
    moved = time.monotonic()
    while time.monotonic() - moved < IDLE:
        ready = {descriptor for descriptor, _event in waiting.poll(IDLE * 1000)}
        for each, other in ((outside, near), (near, outside)):
            if each.fileno() in ready:
                part = each.recv(PART)
                while isinstance(each, ssl.SSLSocket) and each.pending():
                    part += each.recv(each.pending())
                if not part:
                    raise ConnectionError  # this end is closed: so is the other, by whoever called
                other.sendall(part)
                moved = time.monotonic()


def begins(answer: bytes) -> bool:
    """Whether this is an ExtendedResponse of success to message 1 (RFC 4511, 4.2.2 and 4.12)."""
    body = _value(answer, 0x30)
    if body is None or not body.startswith(b"\x02\x01\x01"):
        return False
    response = _value(body[3:], 0x78)
    return response is not None and response.startswith(b"\x0a\x01\x00")


def _value(data: bytes, tag: int) -> bytes | None:
    """What is inside the first element, when it has this tag and is whole (BER, definite lengths)."""
    if len(data) < SHORTEST or data[0] != tag or data[1] == INDEFINITE:
        return None
    length, start = data[1], SHORTEST
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return data[start : start + length] if len(data) >= start + length else None


def _message(connection: socket.socket, until: float) -> bytes:
    """One whole message; what has come when there is no more, or too much."""
    data = b""
    while _value(data, 0x30) is None and len(data) < LONGEST_ANSWER:
        if time.monotonic() > until:
            raise TimeoutError
        part = connection.recv(LONGEST_ANSWER - len(data))
        if not part:
            break
        data += part
    return data


@contextlib.contextmanager
def _named(url: str) -> Iterator[None]:
    try:
        yield
    except DirectoryError:
        raise
    except ssl.SSLCertVerificationError as refused:
        raise Untrusted(f"{url}: {refused.verify_message}") from refused
    except ssl.SSLError as refused:
        raise Untrusted(f"{url}: {refused.reason or 'no TLS'}") from refused
    except TimeoutError as late:
        raise Silent(f"{url} doesn't answer") from late
    except OSError as fault:
        raise Silent(f"{url}: {fault.strerror or type(fault).__name__}") from fault
