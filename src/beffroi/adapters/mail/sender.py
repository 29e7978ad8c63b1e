"""Hands letters to the mail server that the installation names: a few connections, kept open, each made again when it breaks."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from beffroi.adapters.mail.letter import Letter, UnwritableError, written
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome

PORTS: Final = {"smtp": 587, "smtps": 465}
CONNECTIONS: Final = 4
SECONDS: Final = 20.0
FIRST_OF_OURS: Final = 500


class MailSettingError(ValueError):
    """The mail server's address can't be used; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go. Over `smtp` the connection turns to TLS when the server offers it, and must where a password is sent
    to another machine; over `smtps` it is TLS from the first byte.
    """

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None

    @classmethod
    def read(cls, url: str) -> "MailServer":
        """From `smtp://user:password@host:port` or `smtps://…`; raises MailSettingError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MailSettingError(f"the mail server's address can't be read: {error}") from error
        if parts.scheme not in PORTS or not parts.hostname:
            raise MailSettingError("the mail server's address must be smtp://host:port or smtps://host:port")
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", username, password)

    @property
    def must_encrypt(self) -> bool | None:
        """True: STARTTLS or nothing; None: where offered; False: it is TLS already."""
        if self.tls:
            return False
        return True if self.username is not None and not _is_loopback(self.host) else None


@dataclass(slots=True)
class Sender:
    """For the length of one event loop. `sender` is the address that letters come from, `host` the installation's own name."""

    server: MailServer
    sender: str
    host: str
    seconds: float = SECONDS
    _idle: list[aiosmtplib.SMTP] = field(default_factory=list)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    async def send(self, letter: Letter) -> Handover:
        """One attempt; what the server answers is a value."""
        try:
            message = written(letter, sender=self.sender, host=self.host)
        except UnwritableError:
            return Handover(Outcome.REFUSED, "not-an-address")
        try:
            async with self._connection() as connection:
                await connection.send_message(message)
        except aiosmtplib.SMTPException as error:
            return _judged(error)
        except (OSError, TimeoutError):
            return Handover(Outcome.AGAIN, "no-connection")
        return HANDED_OVER

    async def close(self) -> None:
        """Takes leave of the server."""
        while self._idle:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await self._idle.pop().quit()

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """One that was kept, else a new one; kept again unless something went wrong on it."""
        async with self._places:
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
