"""One connection to one camera: asks for its picture over TCP, keeps it coming, and says how it ended."""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from beffroi.edge.relay.address import Address, inside
from beffroi.edge.relay.authorisation import Authorisation
from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.h264 import Depacketiser, Unit
from beffroi.edge.relay.rtp import Interleaved, Packets
from beffroi.edge.relay.rtsp import NUMBER, Message, not_implemented, request
from beffroi.edge.relay.sdp import Offer, read_offer

TRIES: Final = 3
CHANNEL: Final = re.compile(r"(?:^|;)\s*interleaved=(\d{1,3})(?:-\d{1,3})?\s*(?:;|$)")
SESSION: Final = re.compile(r"([!-:<-~]{1,256})(?:\s*;\s*timeout\s*=\s*(\d{1,9}))?.*")
SESSION_SECONDS: Final = 60
LEAST_SESSION, GREATEST_SESSION = 4, 120
UNREAD_LIMIT: Final = 4_096
OK, UNAUTHORISED, FORBIDDEN = 200, 401, 403
MISSING: Final = (404, 410)
REDIRECTED: Final = range(300, 400)


@dataclass(frozen=True)
class Patience:
    """With a camera, in seconds and bytes a second (64 Mbit/s: more is no picture for a browser)."""

    answer: float = 3.0
    hung: float = 3.0
    rate: int = 8 * 1024 * 1024


DEFAULT_PATIENCE: Final = Patience()


class Camera(asyncio.Protocol):
    """`offered` is told what the camera has, before `unit` is given each whole picture. `await open(…)` returns once the picture is
    on its way, `await stay()` never does: both raise CameraFault.
    """

    def __init__(
        self, offered: Callable[[Offer], None], unit: Callable[[Unit], None], patience: Patience = DEFAULT_PATIENCE
    ) -> None:
        self._offered = offered
        self.playing = False
        self._patience = patience
        self._depacketiser = Depacketiser(unit)
        self._link = Interleaved(self._hear)
        self._transport: asyncio.Transport | None = None
        self._fault: asyncio.Future[CameraFault] = asyncio.get_running_loop().create_future()
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._authorisation = Authorisation("", "")
        self._number = 0
        self._url = ""
        self._session: dict[str, str] = {}
        self._session_seconds = SESSION_SECONDS
        self._alive_by = "GET_PARAMETER"
        # What had come when it was last looked at, and since when no picture has.
        self._seen = 0, 0
        self._looked = self._quiet_since = 0.0

    # What the connection says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream is needed")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._link.feed(data)
        except CameraFault as fault:
            self.fail(fault)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(CameraFault(Cause.HUNG_UP, str(exc or "")))

    def fail(self, fault: CameraFault) -> None:
        """It is over; the first to say so is believed."""
        if not self._fault.done():
            self._fault.set_result(fault)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(fault)
        if self._transport is not None:
            self._transport.abort()

    def _hear(self, message: Message) -> None:
        if message.method == "REDIRECT":
            raise CameraFault(Cause.REDIRECT, "the camera sends us elsewhere")
        if message.method:
            if self._transport is not None and self._transport.get_write_buffer_size() < UNREAD_LIMIT:
                self._transport.write(not_implemented(message))
            return
        number = message.first("cseq")
        answer = self._answers.get(int(number)) if NUMBER.fullmatch(number) else None
        if answer is not None and not answer.done():
            answer.set_result(message)

    # What it is asked

    async def open(self, address: Address, authorisation: Authorisation) -> None:
        """Connect, and ask for the picture."""
        self._authorisation = authorisation
        try:
            async with asyncio.timeout(self._patience.answer):
                await asyncio.get_running_loop().create_connection(lambda: self, address.host, address.port)
        except OSError as error:  # TimeoutError is one
            raise CameraFault(Cause.UNREACHABLE, str(error)) from error
        described = await self._ask("DESCRIBE", address.url, {"Accept": "application/sdp"})
        offer = read_offer(described.body)
        self._offered(offer)
        said = described.first("content-base") or described.first("content-location")
        base = inside(address.url, said) if said.startswith("rtsp://") else address.url
        self._url = inside(base, offer.aggregate)
        await self._set_up(inside(base, offer.control), offer)
        await self._ask("PLAY", self._url, {"Range": "npt=0.000-"})
        self._seen = self._link.pictured, self._link.received
        self._looked = self._quiet_since = asyncio.get_running_loop().time()
        self.playing = True

    async def _set_up(self, track: str, offer: Offer) -> None:
        """Only ever the picture: the sound isn't asked for, so it never comes."""
        answer = await self._ask("SETUP", track, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        session = SESSION.fullmatch(answer.first("session"))
        if session is None:
            raise CameraFault(Cause.GARBAGE, "no session")
        self._session = {"Session": session[1]}
        self._session_seconds = max(LEAST_SESSION, min(int(session[2] or SESSION_SECONDS), GREATEST_SESSION))
        channel = CHANNEL.search(answer.first("transport"))
        self._link.channel = int(channel[1]) if channel else 0
        self._link.packets = Packets(offer.payload_type, self._depacketiser.payload)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> Message:
        """One request, again with who we are when the camera wants to know. Raises CameraFault when it isn't granted."""
        for _ in range(TRIES):
            answer = await self._say(method, url, headers)
            if answer.status != UNAUTHORISED:
                break
            if not self._authorisation.take(answer.headers.get("www-authenticate", ())):
                raise CameraFault(Cause.CREDENTIALS, f"{method} wants another name or password")
        if answer.status == OK:
            self._authorisation.passed()
            return answer
        if answer.status in REDIRECTED:
            raise CameraFault(Cause.REDIRECT, f"{method} sends us elsewhere")
        if answer.status in MISSING:
            raise CameraFault(Cause.NOT_FOUND, method)
        cause = Cause.CREDENTIALS if answer.status in (UNAUTHORISED, FORBIDDEN) else Cause.REFUSED
        raise CameraFault(cause, f"{method}: {answer.status}")

    async def _say(self, method: str, url: str, headers: Mapping[str, str]) -> Message:
        """One request and its answer."""
        if self._fault.done():
            raise self._fault.result()
        if self._transport is None:
            raise CameraFault(Cause.HUNG_UP)
        self._number = number = self._number + 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        said = {**self._authorisation.header(method, url), **self._session, **headers}
        self._transport.write(request(method, url, number, said))
        try:
            async with asyncio.timeout(self._patience.answer):
                return await answer
        except TimeoutError:
            raise CameraFault(Cause.HUNG, f"no answer to {method}") from None
        finally:
            del self._answers[number]

    async def stay(self) -> None:
        """Keep the session alive until something ends it."""
        while True:
            await asyncio.wait([self._fault], timeout=self._session_seconds / 2)
            if self._fault.done():
                raise self._fault.result()
            with suppress(CameraFault):  # the picture says whether it lives, not this
                await self._keep_alive()

    async def _keep_alive(self) -> None:
        """Some cameras know only one of the two ways of saying it."""
        try:
            await self._ask(self._alive_by, self._url, {})
        except CameraFault as fault:
            if fault.cause is Cause.REFUSED:
                self._alive_by = "OPTIONS"
                await self._ask(self._alive_by, self._url, {})

    # What is expected of it

    def look(self, now: float) -> None:
        """Called now and then while it plays: ends it when no picture comes, or far too much."""
        pictured, received = self._link.pictured, self._link.received
        self._link.refill(now - self._looked)
        if pictured != self._seen[0]:
            self._quiet_since = now
        if now - self._quiet_since >= self._patience.hung:
            self.fail(CameraFault(Cause.HUNG, "no picture comes"))
        elif received - self._seen[1] > self._patience.rate * max(now - self._looked, 0.1):
            self.fail(CameraFault(Cause.LIMITS, "too much comes"))
        self._seen, self._looked = (pictured, received), now

    def close(self) -> None:
        """Say good-bye and hang up, without waiting for either."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._session and self._transport.get_write_buffer_size() == 0:
            said = {**self._authorisation.header("TEARDOWN", self._url), **self._session}
            self._transport.write(request("TEARDOWN", self._url, self._number + 1, said))
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()
