"""A push service of our own, over real HTTP, and the browsers behind it: for tests, benches and a demonstration without the internet.

It checks what a real one checks (VAPID signature, audience and date, TTL, coding, size) and keeps what it received; the browser's
side decrypts. An endpoint can be made to hang, refuse, be busy or be gone.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from beffroi.adapters.http.fake import served
from beffroi.adapters.push.encryption import SECRET, decrypt
from beffroi.lib.clock import Clock
from beffroi.protocol.v1.errors import Reason, RefusalError
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.jws import check_es256
from beffroi.protocol.v1.members import decode_bytes, encode_bytes

MOST: Final = 4096
LONGEST_TOKEN: Final = 24 * 3600


class Mood(StrEnum):
    """How an endpoint behaves."""

    WELL = "well"
    HANG = "hang"
    BUSY = "busy"
    BROKEN = "broken"
    REFUSE = "refuse"
    GONE = "gone"


ANSWERS: Final = {
    Mood.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Mood.BROKEN: HTTPStatus.BAD_GATEWAY,
    Mood.REFUSE: HTTPStatus.FORBIDDEN,
    Mood.GONE: HTTPStatus.GONE,
}


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that has subscribed: what it told its server, and the private half that it kept."""

    endpoint: str
    private: EllipticCurvePrivateKey
    secret: bytes

    @property
    def p256dh(self) -> str:
        """Its public point, as a subscription says it."""
        return encode_bytes(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        """Its authentication secret, as a subscription says it."""
        return encode_bytes(self.secret)

    def read(self, body: bytes) -> object:
        """The JSON that was sent to it; raises UnreadableError."""
        return json.loads(decrypt(body, self.private, self.secret))


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the push service sees it."""

    body: bytes
    ttl: int
    urgency: str
    topic: str
    authorization: str


@dataclass(slots=True)
class FakePushService:
    """Runs for the length of `running()`; `wait` is what it says in Retry-After."""

    clock: Clock
    wait: int = 1
    moods: dict[str, Mood] = field(default_factory=dict)
    received: dict[str, list[Received]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    address: str = ""
    accepted: int = 0
    _number: int = 0
    _believed: set[str] = field(default_factory=set)

    def subscribe(self) -> Browser:
        """A browser with an endpoint of its own here."""
        self._number += 1
        endpoint = f"{self.address}/push/{self._number}"
        return Browser(endpoint, generate_private_key(SECP256R1()), os.urandom(SECRET))

    def behave(self, browser: Browser, mood: Mood) -> None:
        """From now on, for that browser's endpoint."""
        self.moods[browser.endpoint] = mood

    def messages(self, browser: Browser) -> list[object]:
        """What that browser would have shown, in order."""
        return [browser.read(each.body) for each in self.received.get(browser.endpoint, [])]

    @contextmanager
    def running(self, port: int = 0) -> Iterator["FakePushService"]:
        """Listens on a port of loopback inside."""
        application = web.Application(client_max_size=2 * MOST)
        application.router.add_post("/push/{number}", self._take)
        with served(application, port) as self.address:
            yield self

    async def _take(self, request: web.Request) -> web.Response:
        endpoint = f"{self.address}{request.path}"
        self.asked[endpoint] += 1
        mood = self.moods.get(endpoint, Mood.WELL)
        if mood is Mood.HANG:
            await asyncio.Event().wait()
        if mood is not Mood.WELL:
            return web.Response(status=ANSWERS[mood], headers={"Retry-After": str(self.wait)})
        body = await request.read()
        told = request.headers
        fault = self._fault(request, body)
        if fault is not None:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=fault)
        message = Received(
            body, int(told["TTL"]), told.get("Urgency", "normal"), told.get("Topic", ""), told["Authorization"]
        )
        self.received.setdefault(endpoint, []).append(message)
        self.accepted += 1
        return web.Response(status=HTTPStatus.CREATED, headers={"Location": endpoint})

    def _fault(self, request: web.Request, body: bytes) -> str | None:
        told = request.headers
        if not told.get("TTL", "").isdigit():
            return "no TTL"
        if told.get("Content-Encoding") != "aes128gcm" or not 0 < len(body) <= MOST:
            return "not an encrypted message"
        authorization = told.get("Authorization", "")
        if authorization not in self._believed:  # one header serves for hours: it is looked at once
            if not vouched(authorization, self.address, self.clock):
                return "not vouched for"
            self._believed.add(authorization)
        return None


def vouched(authorization: str, origin: str, clock: Clock) -> bool:
    """Whether a header is a VAPID one, signed by the key that it names, for this origin and for a day at most."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(each.strip().split("=", 1) for each in rest.split(",") if "=" in each)
    token, point = parts.get("t", ""), decode_bytes(parts.get("k", ""))
    message, _, signature = token.rpartition(".")
    signed = decode_bytes(signature)
    claims = decode_bytes(message.partition(".")[2])
    if scheme != "vapid" or point is None or signed is None or claims is None:
        return False
    try:
        key = holder_key(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
        check_es256(key, signed, message.encode(), Reason.TOKEN_SIGNATURE)
        said = json.loads(claims)
        left = said["exp"] - clock().timestamp()
    except (RefusalError, ValueError, KeyError, TypeError):
        return False
    return bool(said.get("aud") == origin and 0 < left <= LONGEST_TOKEN and said.get("sub"))
