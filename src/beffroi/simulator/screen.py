"""A browser that watches, in Python: what tests and the virtual town use before a camera relay.

It does what the player does (docs/spec/relay.md): the exchange over HTTP, then the parts of the picture as they come, each with the
moment of its last byte.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Final, Self

from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.exchange import Result
from beffroi.protocol.v1.frames import LENGTH_BYTES, Frame, Response, decode_frame, encode_frame
from beffroi.simulator.phone import Meeting, Phone, PhoneError

ACTION: Final = "view"
FRAME, INITIALIZATION, FRAGMENT, NOTICE = 1, 2, 3, 4
PATIENCE_SECONDS: Final = 30.0
READ_BYTES: Final = 65_536
IN_ORDER, AT_ONCE = "in order", "at once"


@dataclass(frozen=True)
class Place:
    """Where a relay listens, whose it is, and from which site's page one looks. `trusted`: by HTTPS, and whom to believe."""

    port: int
    relay: str
    origin: str
    host: str = "127.0.0.1"
    patience: float = PATIENCE_SECONDS
    trusted: ssl.SSLContext | None = None

    def connected(self) -> socket.socket:
        """A connection to it."""
        opened = socket.create_connection((self.host, self.port), timeout=self.patience)
        return opened if self.trusted is None else self.trusted.wrap_socket(opened, server_hostname=self.host)


@dataclass
class Picture:
    """What came of one look. `last` is when the last byte came (monotonic seconds); `ended` is empty while it hasn't."""

    parts: list[tuple[int, bytes]] = field(default_factory=list)
    last: float = 0.0
    ended: str = ""

    @property
    def frames(self) -> int:
        """Pictures so far."""
        return sum(kind == FRAGMENT for kind, _ in self.parts)

    @property
    def film(self) -> bytes:
        """The last initialization segment and all that followed it."""
        starts = [place for place, (kind, _) in enumerate(self.parts) if kind == INITIALIZATION]
        following = self.parts[starts[-1] :] if starts else []
        return b"".join(data for kind, data in following if kind in (INITIALIZATION, FRAGMENT))

    @property
    def notices(self) -> list[dict[str, object]]:
        """What the relay said of the picture."""
        return [json.loads(data) for kind, data in self.parts if kind == NOTICE]

    @property
    def cause(self) -> object:
        """Why it ended, as the relay said it, if it could."""
        said = self.notices[-1] if self.notices else {}
        return said.get("cause") if said.get("state") == "ended" else None


class Screen:
    """One page of a browser. `phone` holds the key and the chain."""

    def __init__(self, phone: Phone, place: Place) -> None:
        self._phone = phone
        self._place = place

    def exchange(self, gate: str) -> Callable[[Frame], Frame]:
        """Frames to a camera, each a request of its own."""

        def ask(frame: Frame) -> Frame:
            status, data = self.post(f"/v1/{gate}/frame", encode_frame(frame))
            read = decode_frame(data)
            if status != http.HTTPStatus.OK or isinstance(read, Refused):
                raise PhoneError(f"not a frame: {status} {data!r}")
            return read

        return ask

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        """One request; status and body."""
        place = self._place
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = place.connected()
        try:
            said = {"Origin": place.origin, "Content-Type": "application/json", **headers}
            connection.request("POST", path, body, said)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def meet(self, gate: str) -> Meeting | Refused:
        """Ask a camera for a challenge, and verify it."""
        return self._phone.meet(self.exchange(gate), gate, relay=self._place.relay)

    def answer(self, meeting: Meeting) -> Response:
        """The response to a camera's challenge."""
        return self._phone.answer(meeting, ACTION)

    def look(self, gate: str) -> "Look | Refused":
        """The whole exchange; then what comes of it is read."""
        meeting = self.meet(gate)
        return (
            meeting if isinstance(meeting, Refused) else Look(self._phone, self._place, meeting, self.answer(meeting))
        )


class Look:
    """One stream, from the response on."""

    def __init__(self, phone: Phone, place: Place, meeting: Meeting, response: Response) -> None:
        self._phone = phone
        self._meeting = meeting
        self.picture = Picture()
        self._buffer = self._parts = b""
        self._whole = False
        self._socket = place.connected()
        body = encode_frame(response)
        head = (
            f"POST /v1/{response.gate}/watch HTTP/1.1\r\nHost: {place.host}\r\nOrigin: {place.origin}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        self.head = self._line_of_head()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        with suppress(OSError):
            self._socket.close()

    def send(self, data: bytes) -> None:
        """What no player sends once it watches."""
        self._socket.sendall(data)

    def _line_of_head(self) -> str:
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                raise PhoneError("the relay hung up")
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self._cut()
        return head.decode()

    @property
    def nonce(self) -> str:
        """Of the challenge: what the viewing is called."""
        return self._meeting.challenge.nonce

    def result(self) -> Result | Refused:
        """The relay's word on the response, verified."""
        self.until(lambda picture: bool(picture.parts))
        frame = decode_frame(self.picture.parts[0][1])
        return frame if isinstance(frame, Refused) else self._phone.hear(self._meeting, frame)

    def refusal(self) -> str:
        """Why nothing was shown. Raises PhoneError when something was."""
        result = self.result()
        admitted = isinstance(result, Result) and result.admitted
        if admitted or self.rest().frames:  # the rest of what was admitted has no end
            raise PhoneError("it was not refused")
        return result.outcome if isinstance(result, Result) else str(result.reason)

    def until(self, condition: Callable[[Picture], bool]) -> Picture:
        """Read until it holds. Raises PhoneError when the stream ends before, TimeoutError when nothing comes."""
        while not condition(self.picture):
            if not self._read():
                raise PhoneError(f"the stream ended {self.picture.ended}: {self.picture.notices[-1:]}")
        return self.picture

    def rest(self) -> Picture:
        """Read until the end."""
        while self._read():
            pass
        return self.picture

    def _read(self) -> bool:
        if self.picture.ended or not self._more():
            return False
        self._cut()
        return True

    def _more(self) -> bool:
        try:
            data = self._socket.recv(READ_BYTES)
        except ConnectionError:
            self.picture.ended = AT_ONCE
            return False
        if not data:
            self.picture.ended = IN_ORDER if self._whole else AT_ONCE
            return False
        self._buffer += data
        self.picture.last = monotonic()
        return True

    def _cut(self) -> None:
        """Chunks, and the parts in them; what isn't whole yet waits."""
        while b"\r\n" in self._buffer:
            size, _, rest = self._buffer.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            self._whole = length == 0
            self._parts += rest[:length]
            self._buffer = rest[length + 2 :]
        while len(self._parts) > LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(self._parts[:LENGTH_BYTES], "big")
            if len(self._parts) < end:
                break
            self.picture.parts.append((self._parts[LENGTH_BYTES], self._parts[LENGTH_BYTES + 1 : end]))
            self._parts = self._parts[end:]
