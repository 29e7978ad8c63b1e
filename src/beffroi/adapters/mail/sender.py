"""Hands letters to the mail server that the installation names: a few connections, kept open, each made again when it breaks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from beffroi.adapters.mail.letter import Letter, UnwritableError, written
from beffroi.adapters.mail.server import MailServer
from beffroi.lib.handover import HANDED_OVER, LATE, Handover, Outcome, Timely, always

CONNECTIONS: Final = 4
# For each answer of the server's, and for a letter whole: a connection has a dozen of them.
SECONDS: Final = 20.0
LONGEST: Final = 40.0
# Whoever waits for us to take our leave waits no longer.
LEAVE: Final = 2.0
FIRST_OF_OURS: Final = 500


@dataclass(slots=True)
class Sender:
    """For the length of one event loop. `sender` is the address that letters come from, `host` the installation's own name."""

    server: MailServer
    sender: str
    host: str
    seconds: float = SECONDS
    longest: float = LONGEST
    _idle: list[aiosmtplib.SMTP] = field(default_factory=list)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    async def send(self, letter: Letter, *, timely: Timely = always) -> Handover:
        """One attempt; what the server answers is a value. `timely` is called when its turn has come."""
        try:
            message = written(letter, sender=self.sender, host=self.host)
        except UnwritableError:
            return Handover(Outcome.REFUSED, "not-an-address")
        async with self._places:
            return await self._once(message) if timely() else LATE

    async def _once(self, message: EmailMessage) -> Handover:
        try:
            async with asyncio.timeout(self.longest), self._connection() as connection:
                await connection.send_message(message)
        except aiosmtplib.SMTPException as error:
            return _judged(error)
        except (OSError, TimeoutError):
            return Handover(Outcome.AGAIN, "no-connection")
        return HANDED_OVER

    async def close(self) -> None:
        """Takes leave of the server."""
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await connection.quit(timeout=LEAVE)
            connection.close()

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """One that was kept, else a new one; kept again unless something went wrong on it."""
        connection = self._idle.pop() if self._idle else await self._connected()
        try:
            if not connection.is_connected:
                connection = await self._connected()
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    async def _connected(self) -> aiosmtplib.SMTP:
        connection = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password,
            use_tls=self.server.tls,
            start_tls=self.server.must_encrypt,
            timeout=self.seconds,
        )
        await connection.connect()
        return connection


def _judged(error: aiosmtplib.SMTPException) -> Handover:
    """What the server said of the recipient or of the message is for good; what it said of us may be put right."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _by_code(error.recipients[0].code) if error.recipients else Handover(Outcome.AGAIN, "smtp")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Handover(Outcome.AGAIN, "log-in-refused")
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return Handover(Outcome.AGAIN, "sender-refused")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error.code)
    return Handover(Outcome.AGAIN, "no-connection")


def _by_code(code: int) -> Handover:
    return Handover(Outcome.REFUSED if code >= FIRST_OF_OURS else Outcome.AGAIN, f"smtp-{code}")
