"""Requests to addresses that other people chose: many at once, each with its own time-out, none slowed by another's server.

An origin that lets several requests in a row run into their time-out rests for a while: what is meant for it fails at once, with a
wait, so that a server that hangs holds up its own messages and nobody else's.
"""

import asyncio
import contextlib
import email.utils
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from beffroi.adapters.http.reach import Destination, ForbiddenAddressError, Reach
from beffroi.lib.clock import Clock
from beffroi.lib.handover import HANDED_OVER, LATE, Handover, Outcome, Timely, always

SECONDS: Final = 10.0
# A push service answers after a tenth of a second: 2,000 people need many questions at once.
AT_ONCE: Final = 400
AT_ONCE_TO_ONE: Final = 100
HUNG_IN_A_ROW: Final = 8
REST: Final = 30.0
REMEMBERED: Final = 1000
# Nobody makes us wait longer than this.
LONGEST_WAIT: Final = 3600.0
TOO_MANY: Final = 429
GONE: Final = frozenset({404, 410})
# What may do later though it is said as our fault: 408 Request Timeout, 425 Too Early, 429 Too Many Requests.
LATER: Final = frozenset({408, 425, TOO_MANY})
# What a request carries: bytes, or a form with files in it.
Body = bytes | aiohttp.FormData | None


@dataclass(frozen=True, slots=True)
class Question:
    """A request; `body` is made when its turn has come, and at most `largest` bytes of the answer are read."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], Body] = lambda: None
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to a question, read up to a bound: success or not. `wait` is how long it asks us to."""

    status: int
    body: bytes
    wait: float | None = None


@dataclass(slots=True)
class _Origin:
    """What is known of one server: its places, how many requests want one or have one, time-outs in a row, until when it rests."""

    places: asyncio.Semaphore
    inside: int = 0
    hung: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class Client:
    """A client for the length of `async with`. `clock` reads the dates of Retry-After, `seconds` runs by itself; `gone` are the
    statuses that say that an address is nobody's. `trust`: whose certificates are believed, where it isn't the system's list.
    """

    reach: Reach
    clock: Clock
    timeout: float = SECONDS
    at_once: int = AT_ONCE
    to_one: int = AT_ONCE_TO_ONE
    gone: frozenset[int] = GONE
    seconds: Callable[[], float] = time.monotonic
    trust: ssl.SSLContext | None = None
    _origins: dict[str, _Origin] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _places: asyncio.Semaphore = field(init=False)

    async def __aenter__(self) -> Self:
        # Waiting for a place is not waiting for the server: places are counted here, not by the connector, whose time-out runs.
        self._places = asyncio.Semaphore(self.at_once)
        connector = aiohttp.TCPConnector(
            limit=0, resolver=self.reach.resolver(), ttl_dns_cache=60, ssl=self.trust or True
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # what is read is bounded as it came: nothing unfolds here
            headers={"User-Agent": "Beffroi"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def aim(self, url: str) -> Destination | Handover:
        """Where to post, or why nothing may be sent there."""
        aimed = self.reach.aim(url)
        return Handover(Outcome.REFUSED, aimed) if isinstance(aimed, str) else aimed

    async def post(
        self, to: Destination, *, headers: Mapping[str, str], body: Callable[[], bytes], timely: Timely = always
    ) -> Handover:
        """Sends once. Never raises for what the other side does; a redirection is refused, what it answers is not read.

        `timely` and `body` are called when its turn has come: of many that are sent at once, the first leave while the last are made.
        """
        answer = await self.ask(to, Question("POST", headers, body), timely=timely)
        return answer if isinstance(answer, Handover) else self.judged(answer)

    async def ask(self, to: Destination, question: Question, *, timely: Timely = always) -> Answer | Handover:
        """As `post`, and what the other side says is read. A Handover says why there is no answer."""
        origin = self._origin(to.origin)
        origin.inside += 1
        try:
            async with origin.places, self._places:
                if not timely():
                    return LATE
                rest = origin.rests_until - self.seconds()
                if rest > 0:
                    return Handover(Outcome.AGAIN, "server-hangs", rest)
                return await self._once(origin, to.url, question)
        finally:
            origin.inside -= 1

    def _origin(self, name: str) -> _Origin:
        """What is known of a server; those that nobody asks and that don't rest are forgotten when they are many."""
        if len(self._origins) >= REMEMBERED and name not in self._origins:
            now = self.seconds()
            busy = {each: one for each, one in self._origins.items() if one.inside or one.rests_until > now}
            self._origins = busy
        return self._origins.setdefault(name, _Origin(asyncio.Semaphore(self.to_one)))

    async def _once(self, origin: _Origin, url: URL, question: Question) -> Answer | Handover:
        if self._session is None:
            raise RuntimeError("the client is used inside `async with`")
        try:
            async with self._session.request(
                question.method, url, data=question.body(), headers=question.headers, allow_redirects=False
            ) as answer:
                said = await _read(answer.content, question.largest) if question.largest else b""
                origin.hung = 0
                if said is None:
                    return Handover(Outcome.REFUSED, "answer-too-large")
                return Answer(answer.status, said, self._wait(answer.headers.get("Retry-After")))
        except TimeoutError:
            origin.hung += 1
            if origin.hung >= HUNG_IN_A_ROW:
                origin.hung, origin.rests_until = 0, self.seconds() + REST
            return Handover(Outcome.AGAIN, "time-out")
        except aiohttp.ClientConnectorError as error:
            return self._unreached(error)
        except (aiohttp.ClientError, OSError):
            return Handover(Outcome.AGAIN, "broken-off")

    def _unreached(self, error: aiohttp.ClientConnectorError) -> Handover:
        if isinstance(error.os_error, ForbiddenAddressError):
            return Handover(Outcome.REFUSED, "private-address")
        distrusted = self.trust is not None and isinstance(error, aiohttp.ClientSSLError)
        return Handover(Outcome.AGAIN, "no-trust" if distrusted else "no-connection")

    def judged(self, answer: Answer) -> Handover:
        """What an answer's status means for what was sent."""
        status = answer.status
        if status // 100 == 2:  # noqa: PLR2004 - HTTP's class of success
            return HANDED_OVER
        if status in self.gone:
            return Handover(Outcome.GONE, f"http-{status}")
        if status in LATER or status // 100 == 5:  # noqa: PLR2004 - HTTP's class of the server's faults
            return Handover(Outcome.AGAIN, f"http-{status}", answer.wait)
        return Handover(Outcome.REFUSED, f"http-{status}")

    def _wait(self, text: str | None) -> float | None:
        """Seconds or a date (RFC 9110, 10.2.3), within reason; None when nothing sensible is said."""
        if text is None:
            return None
        if text.isascii() and text.isdigit():
            return min(float(text), LONGEST_WAIT)
        with contextlib.suppress(ValueError):
            moment: datetime = email.utils.parsedate_to_datetime(text)
            until = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
            return min(max((until - self.clock()).total_seconds(), 0.0), LONGEST_WAIT)
        return None


async def _read(stream: aiohttp.StreamReader, largest: int) -> bytes | None:
    """All of it; None when it is more than that."""
    parts, size = list[bytes](), 0
    async for part in stream.iter_any():
        parts.append(part)
        size += len(part)
        if size > largest:
            return None
    return b"".join(parts)
