"""The cameras of a server, spoken to by ONVIF: `async with speaking(server) as speaker: speaker.address(1)`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError, fromstring

from aiohttp import web

from beffroi.lib.clock import Clock, utc_now
from beffroi.simulator.cameras.access import Guard, Scheme, Verdict
from beffroi.simulator.cameras.onvif import answers
from beffroi.simulator.cameras.onvif.answers import Stream
from beffroi.simulator.cameras.onvif.habits import Habits, Ill
from beffroi.simulator.cameras.onvif.token import Gatekeeper
from beffroi.simulator.cameras.recipe import Codec
from beffroi.simulator.cameras.server import Server

SOAP_TYPE: Final = "application/soap+xml"
LARGEST_QUESTION: Final = 65_536
BODY: Final = f"{{{answers.SOAP}}}Body"
MESSAGE: Final = f"{{{answers.ADDRESSING}}}MessageID"
PROBE: Final = f"{{{answers.DISCOVERY}}}Probe"
GROUP: Final = ("239.255.255.250", 3_702)
OPEN_TO_ALL: Final = "GetSystemDateAndTime"
ENDLESS: Final = 8_388_608
Act = Callable[[int, Element], bytes]


NONSENSE: Final = {
    Ill.GARBAGE: b"<s:Envelope><not closed \xff\x00",
    Ill.BOMB: answers.BOMB,
    Ill.ELSEWHERE: answers.ELSEWHERE,
    Ill.ENDLESS: answers.envelope(" " * ENDLESS),
}


class Speaker:
    """As many as the server has, behind one port of HTTP and one of UDP. `ill` may change while they run."""

    def __init__(self, server: Server, habits: Habits, clock: Clock) -> None:
        self._server = server
        self._habits = habits
        self._clock = clock
        self.ill = Ill.NOTHING
        self.said: dict[str, bytes] = {}
        """What is answered to an operation, whatever it should be."""
        self.asked: list[str] = []
        """Operations, in the order in which they were asked for."""
        self.port = self.ear = 0
        self._tokens = Gatekeeper(server.account)
        self._guard = Guard(server.account, (Scheme.MD5,), realm="camera", life=300.0)
        self._over = asyncio.Event()
        self._acts: dict[str, Act] = {
            OPEN_TO_ALL: lambda _number, _asked: answers.clock(self._now()),
            "GetDeviceInformation": lambda number, _asked: answers.information(
                "Beffroi", "Simulée", "1.0", f"{number:08}"
            ),
            "GetCapabilities": lambda number, _asked: answers.capabilities(self._named(number, "media")),
            "GetServices": lambda number, _asked: answers.services(self._services(number)),
            "GetProfiles": lambda number, _asked: self._profiles(number),
            "GetStreamUri": self._stream_uri,
        }

    @property
    def host(self) -> str:
        return self._server.address[0]

    def address(self, number: int, service: str = "device") -> str:
        """Of one of a camera's services."""
        return f"http://{self.host}:{self.port}/onvif/{number}/{service}_service"

    def streams(self, number: int) -> list[Stream]:
        """What a camera offers: a large picture in H.265, and the one that it films."""
        film = self._server.camera(number).clip.recipe
        encoding = "H264" if film.codec is Codec.H264 else "H265"
        return [
            Stream("large", "Grande image", "H265", 3_840, 2_160, 25),
            Stream("usual", "Image usuelle", encoding, film.width, film.height, film.rate),
        ]

    def _now(self) -> datetime:
        return self._clock() + self._habits.ahead

    def _named(self, number: int, service: str = "device") -> str:
        return self._elsewhere(self.address(number, service))

    def _elsewhere(self, address: str) -> str:
        """At the host that they name, if they name another."""
        parts = urlsplit(address)
        host = f"{self._habits.names_host or parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=host))

    def _services(self, number: int) -> dict[str, str]:
        media = {answers.MEDIA2: "media2"} if self._habits.modern else {answers.MEDIA: "media"}
        return {space: self._named(number, service) for space, service in ({answers.DEVICE: "device"} | media).items()}

    def _profiles(self, number: int) -> bytes:
        said = answers.profiles2 if self._habits.modern else answers.profiles
        return said(self.streams(number))

    def _stream_uri(self, number: int, asked: Element) -> bytes:
        space = answers.MEDIA2 if self._habits.modern else answers.MEDIA
        token = asked.findtext(f"{{{space}}}ProfileToken")
        if token not in [each.token for each in self.streams(number)]:
            return answers.fault("Sender", "InvalidArgVal", "NoProfile", reason="No such profile")
        address = self._elsewhere(self._server.url(number))
        if self._habits.names_account:
            account = self._server.account
            address = address.replace("://", f"://{quote(account.user)}:{quote(account.password)}@")
        return (answers.stream_uri2 if self._habits.modern else answers.stream_uri)(address)

    # HTTP

    async def serve(self, request: web.Request) -> web.Response:
        """One question."""
        ill = await self._badly(request)
        if ill is not None:
            return ill
        number = int(request.match_info["number"])
        try:
            envelope = fromstring(await request.text())  # noqa: S314 - of whoever tests on this machine
        except ParseError:
            return web.Response(status=400)
        body = envelope.find(BODY)
        if body is None or not len(body) or number not in self._server.numbers:
            return web.Response(status=400)
        operation = body[0].tag.rpartition("}")[2]
        self.asked.append(operation)
        return self._known(request, envelope, operation) or self._done(number, body[0], operation)

    def _done(self, number: int, asked: Element, operation: str) -> web.Response:
        if operation in self.said:
            return _said(self.said[operation])
        if self.ill is Ill.EMPTY:
            space = asked.tag.rpartition("}")[0].removeprefix("{")
            return _said(answers.envelope(f'<{operation}Response xmlns="{space}"/>'))
        act = None if self._habits.old and operation == "GetServices" else self._acts.get(operation)
        if act is None:
            return _said(answers.fault("Receiver", "ActionNotSupported", reason="Not supported"), 500)
        said = act(number, asked)
        return _said(said, 500 if b"<s:Fault>" in said else 200)

    def _known(self, request: web.Request, envelope: Element, operation: str) -> web.Response | None:
        """Nothing, when whoever asks may."""
        if operation == OPEN_TO_ALL:
            return None
        self._tokens.changed = self._guard.changed = self.ill is Ill.PASSWORD
        if self._habits.by_http:
            told, now = request.headers.get("Authorization"), asyncio.get_running_loop().time()
            verdict = self._guard.verdict("POST", request.path, told, now)
            if verdict is Verdict.WELCOME:
                return None
            challenges = self._guard.challenges(now, stale=verdict is Verdict.STALE)
            return web.Response(status=401, headers={"WWW-Authenticate": challenges[0]})
        if self._tokens.knows(envelope, self._now()):
            return None
        return _said(answers.fault("Sender", "NotAuthorized", reason="Sender not authorized"), 400)

    async def _badly(self, request: web.Request) -> web.Response | None:
        """What is wrong comes before any answer."""
        if self.ill is Ill.SILENT:
            await self._over.wait()
            return web.Response(status=503)
        if self.ill is Ill.REDIRECT:
            return web.Response(status=307, headers={"Location": f"http://{request.host}/elsewhere"})
        said = NONSENSE.get(self.ill)
        return None if said is None else _said(said)

    def end(self) -> None:
        """Whoever waits for an answer waits no more."""
        self._over.set()

    # Discovery

    def matches(self, question: bytes) -> list[bytes]:
        """Each camera's answer to a probe."""
        try:
            envelope = fromstring(question)  # noqa: S314 - as above
        except ParseError:
            return []
        relates = envelope.findtext(f".//{MESSAGE}")
        if relates is None or envelope.find(f".//{PROBE}") is None:
            return []
        if self.ill in (Ill.GARBAGE, Ill.BOMB, Ill.ELSEWHERE):
            return [answers.BOMB, answers.ELSEWHERE, b"\xff" * 100]
        return [self._match(number, relates) for number in self._server.numbers]

    def _match(self, number: int, relates: str) -> bytes:
        scopes = ("type/video_encoder", "hardware/Simul%C3%A9e", f"name/Cam%C3%A9ra%20{number}", "location/Hall")
        return answers.match(
            relates=relates,
            identity=UUID(int=number).urn,
            scopes=[f"onvif://www.onvif.org/{each}" for each in scopes],
            address=self._named(number),
        )


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self.mouth: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for each in self._speaker.matches(data):
            if self.mouth is not None:
                self.mouth.sendto(each, addr)


def _said(data: bytes, status: int = 200) -> web.Response:
    return web.Response(body=data, status=status, content_type=SOAP_TYPE, charset="utf-8")


def _group(interface: str) -> socket.socket:
    """Hears what is asked of everybody on the network of that address of ours; others of this machine hear it too."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP[0]) + socket.inet_aton(interface)
        )
        made.bind(GROUP)
    except OSError:
        made.close()
        raise
    return made


@asynccontextmanager
async def speaking(
    server: Server, habits: Habits | None = None, *, port: int = 0, group: bool = False, clock: Clock = utc_now
) -> AsyncIterator[Speaker]:
    """They answer inside; with `group` also what is asked of everybody on their network. Raises OSError."""
    speaker = Speaker(server, habits or Habits(), clock)
    application = web.Application(client_max_size=LARGEST_QUESTION)
    application.router.add_post(r"/onvif/{number:\d+}/{service:device|media|media2}_service", speaker.serve)
    async with AsyncExitStack() as stack:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        stack.push_async_callback(runner.cleanup)
        stack.callback(speaker.end)
        await runner.setup()
        await web.TCPSite(runner, speaker.host, port).start()
        speaker.port = runner.addresses[0][1]
        mouth = await _listen(speaker, stack, local_addr=(speaker.host, 0))
        speaker.ear = mouth.get_extra_info("sockname")[1]
        if group:
            await _listen(speaker, stack, sock=_group(speaker.host))
        yield speaker


async def _listen(
    speaker: Speaker,
    stack: AsyncExitStack,
    *,
    local_addr: tuple[str, int] | None = None,
    sock: socket.socket | None = None,
) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    mouth, ear = await loop.create_datagram_endpoint(lambda: _Ear(speaker), local_addr=local_addr, sock=sock)
    ear.mouth = mouth
    stack.callback(mouth.close)
    return mouth
