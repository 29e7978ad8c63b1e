"""One client's connection: its requests are answered in order, its pictures pass between the answers (RFC 2326 §10, over TCP only)."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from beffroi.simulator.cameras import requests, sdp
from beffroi.simulator.cameras.access import Guard, Verdict
from beffroi.simulator.cameras.camera import Camera, Viewer
from beffroi.simulator.cameras.requests import Request, UnreadableError

PUBLIC: Final = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]


@dataclass(frozen=True, slots=True)
class Stand:
    """A camera and the door before it."""

    camera: Camera
    guard: Guard


@dataclass(frozen=True, slots=True)
class Session:
    """What SETUP agreed on."""

    name: str
    camera: int
    channels: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each track."""


class Hung(Exception):
    """The camera will never answer."""


class Gone(Exception):
    """The camera ends the connection; `reset`: without a word."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class Conversation:
    def __init__(
        self,
        stands: Mapping[int, Stand],
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        *,
        patience: float,
    ) -> None:
        self._stands = stands
        self._reader, self._writer = streams
        self._patience = patience
        self._session: Session | None = None
        self._playing: tuple[Camera, Viewer] | None = None
        self.number = 0
        """The camera that was last spoken of."""

    async def hold(self) -> None:
        """Answer until the client goes, or says nothing for longer than a session lasts. Its packets don't count as words."""
        try:
            while True:
                async with asyncio.timeout(self._patience):
                    request = await requests.read(self._reader)
                    if request is None:
                        return
                    await self._as_it_is(request)
                    self._writer.write(self._answered(request))
                    await self._writer.drain()
        except UnreadableError:
            self._writer.write(requests.answer(400))
        except Hung:
            await self._ignore()
        except Gone as gone:
            self.end(reset=gone.reset)
        except (TimeoutError, ConnectionError):
            return
        finally:
            self._rest()
            self._writer.close()

    def end(self, *, reset: bool) -> None:
        """Close, or reset: the client's next packet finds nobody."""
        if reset:
            taken = self._writer.get_extra_info("socket")
            if taken is not None:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _as_it_is(self, request: Request) -> None:
        """What is wrong with the camera comes before its answer. Raises Hung and Gone."""
        self.number, _ = request.camera()
        if self.number not in self._stands:
            return
        faults = self._stands[self.number].camera.faults
        if faults.die or faults.reset:
            raise Gone(reset=faults.reset)
        if faults.hang:
            raise Hung
        if faults.slow:
            await asyncio.sleep(faults.slow)

    async def _ignore(self) -> None:
        """Read and say nothing, until the client goes."""
        with suppress(ConnectionError):
            while await self._reader.read(requests.LARGEST_HEAD):
                pass

    def _answered(self, request: Request) -> bytes:
        status, headers, body = self._outcome(request)
        return requests.answer(status, [("CSeq", request.sequence), *headers], body)

    def _outcome(self, request: Request) -> Answer:
        if request.version != "1.0":
            return 505, [], b""
        if request.method == "OPTIONS":
            return 200, [("Public", ", ".join(PUBLIC))], b""
        if request.method not in PUBLIC:
            return 405, [("Allow", ", ".join(PUBLIC))], b""
        number, track = request.camera()
        stand = self._stands.get(number)
        if stand is None:
            return 404, [], b""
        return self._refused(stand.guard, request) or self._done(stand.camera, request, track)

    def _done(self, camera: Camera, request: Request, track: str) -> Answer:
        if request.method == "DESCRIBE":
            return self._describe(camera, request)
        if request.method == "SETUP":
            return self._set_up(camera, request, track)
        if self._session is None or (request.session, camera.number) != (self._session.name, self._session.camera):
            return 454, [], b""
        act = {"PLAY": self._play, "GET_PARAMETER": self._still_there, "TEARDOWN": self._tear_down}[request.method]
        return act(camera, request)

    def _refused(self, guard: Guard, request: Request) -> Answer | None:
        now = asyncio.get_running_loop().time()
        verdict = guard.verdict(request.method, request.target, request.headers.get("authorization"), now)
        if verdict is Verdict.WELCOME:
            return None
        challenges = guard.challenges(now, stale=verdict is Verdict.STALE)
        return 401, [("WWW-Authenticate", each) for each in challenges], b""

    def _describe(self, camera: Camera, request: Request) -> Answer:
        host = self._writer.get_extra_info("sockname")[0]
        told = sdp.description(camera.clip, host=host, session=camera.source, sound=camera.faults.sound)
        base = request.target.rstrip("/") + "/"
        return 200, [("Content-Base", base), ("Content-Type", "application/sdp")], told

    def _set_up(self, camera: Camera, request: Request, track: str) -> Answer:
        channels = request.channels()
        if channels is None:
            return 461, [], b""
        if self._playing is not None:
            return 455, [], b""
        if track not in ((sdp.VIDEO_TRACK, sdp.SOUND_TRACK) if camera.faults.sound else (sdp.VIDEO_TRACK,)):
            return (404 if track else 459), [], b""
        if self._session is None or self._session.camera != camera.number:
            self._session = Session(f"{secrets.randbits(32):08X}", camera.number)
        self._session.channels[track] = channels
        transport = f"RTP/AVP/TCP;unicast;interleaved={channels[0]}-{channels[1]};ssrc={camera.source:08X}"
        return 200, [("Transport", transport), self._named(timeout=True)], b""

    def _play(self, camera: Camera, request: Request) -> Answer:
        headers = [self._named(), ("Range", "npt=now-")]
        channels = self._session.channels if self._session else {}
        if sdp.VIDEO_TRACK not in channels:
            return 455, [], b""
        if self._playing is None:
            sound = channels.get(sdp.SOUND_TRACK)
            video, reports = channels[sdp.VIDEO_TRACK]
            viewer = Viewer(self._writer.transport, video, reports, sound[0] if sound else None)
            self._playing = camera, viewer
            start = camera.join(viewer)
            if start is not None:
                url = f"{request.target.rstrip('/')}/{sdp.VIDEO_TRACK}"
                headers.append(("RTP-Info", f"url={url};seq={start.sequence};rtptime={start.timestamp}"))
        return 200, headers, b""

    def _still_there(self, _camera: Camera, _request: Request) -> Answer:
        return 200, [self._named()], b""

    def _tear_down(self, _camera: Camera, _request: Request) -> Answer:
        self._rest()
        named = self._named()
        self._session = None
        return 200, [named], b""

    def _named(self, *, timeout: bool = False) -> tuple[str, str]:
        name = self._session.name if self._session else ""
        return "Session", f"{name};timeout={round(self._patience)}" if timeout else name

    def _rest(self) -> None:
        if self._playing is not None:
            camera, viewer = self._playing
            camera.leave(viewer)
            self._playing = None
