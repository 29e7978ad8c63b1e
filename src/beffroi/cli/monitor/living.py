"""Says that we live, each 15 s, to the second host: only while we could tell people of our own troubles ourselves."""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Destination, Reach
from beffroi.cli.monitor import identity
from beffroi.cli.web import EVERYWHERE
from beffroi.config.environment import Environment
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Outcome
from beffroi.persistence.servers import ask_database
from beffroi.protocol.beats import make
from beffroi.web.watching import heard

EVERY: Final = 15.0
# For all that is looked at and said: the next one's turn comes.
SECONDS: Final = 6.0
# Whoever tells people: without them nobody hears of anything from us, and the second host must speak.
TELLING: Final = ("worker", "alerter")
FAULTS: Final = {
    "no-connection": "nobody answers at that address (no-connection)",
    "no-trust": "its certificate isn't believed: its name, its end, or an authority to add by update-ca-certificates (no-trust)",
    "http-403": "it doesn't know our key, which `beffroi monitor --key` prints (http-403)",
    "http-404": "the address is to end with /beats (http-404)",
    "http-409": "its clock and ours are apart, or another server says that it is us (http-409)",
}


def tell_on(settings: Environment, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Until told to stop; `say` takes what changes, for the log."""
    asyncio.run(_tell_on(settings, stop, say))


async def _tell_on(settings: Environment, stop: threading.Event, say: Callable[[str], None]) -> None:
    url = settings.watching.deadman_url or ""
    host = urlsplit(url).hostname or ""
    key, said = identity.private_key(settings.home), ""
    heard_at: float | None = None

    def beat() -> bytes:
        return make(key, int(utc_now().timestamp() * 1000))

    async with client_for(host) as client:
        to = client.aim(url)
        while not stop.is_set():
            began = time.monotonic()
            missing = await _missing(settings)
            told = f"the second host is told nothing: {missing}" if missing else ""
            if not missing and isinstance(to, Destination):
                told = await tell(client, to, beat)
            elif not missing:
                told = "the second host did not hear us: its address can't be used"
            now = utc_now().timestamp()
            heard_at = heard_at if told else now
            with contextlib.suppress(OSError):  # a full disk is another check's to say
                heard.leave(settings.home, heard.Heard(now, heard_at))
            if told != said:
                say(told or "the second host hears that we live")
                said = told
            await asyncio.to_thread(stop.wait, max(0.0, EVERY - (time.monotonic() - began)))


def client_for(host: str) -> Client:
    """Who reaches the second host, on a private network too; the machine's own list says whose certificates are good."""
    return Client(Reach(frozenset({host})), utc_now, timeout=SECONDS, trust=ssl.create_default_context())


async def tell(client: Client, to: Destination, beat: Callable[[], bytes]) -> str:
    """One sign of life; empty when it was heard, else what stands in the way."""
    answer = await client.post(to, headers={"Content-Type": "text/plain"}, body=beat)
    if answer.outcome is Outcome.HANDED_OVER:
        return ""
    return f"the second host did not hear us: {FAULTS.get(answer.fault, answer.fault)}"


async def _missing(settings: Environment) -> str:
    """Why we couldn't tell people of our own troubles; empty when we could."""
    database = await asyncio.to_thread(ask_database)
    if not database.answers:
        return "the database does not answer"
    away = [name for name in TELLING if name not in database.programs]
    if away:
        return f"not at work: {', '.join(away)}"
    return "" if await _answers(settings) else "the web server does not answer"


async def _answers(settings: Environment) -> bool:
    """Whether our own web server does, well or not: its socket alone says nothing, the supervisor holds that."""
    scheme = "https" if settings.https.own else "http"
    address = EVERYWHERE.get(settings.bind, settings.bind)
    named = f"[{address}]" if ":" in address else address
    limit = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            # Our own machine, nothing secret: whether the certificate is good is a check's to say, not this one's.
            session.head(
                f"{scheme}://{named}:{settings.port}/healthz",
                headers={"Host": settings.host},
                ssl=False,
                allow_redirects=False,
            ),
        ):
            return True
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
