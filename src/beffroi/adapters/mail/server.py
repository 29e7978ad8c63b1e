"""Where letters go, as the installation names it."""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

PORTS: Final = {"smtp": 587, "smtps": 465}
WANTED: Final = (
    "smtp://user:password@host:587 or smtps://host:465 is needed; in the password, "
    "what separates the parts of an address is written %23 for #, %2F for /, %3F for ?, %40 for @"
)


class MailSettingError(ValueError):
    """The mail server's address can't be used; the message says what would do, and nothing of what was given."""


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
        except ValueError:  # what it says holds what was typed, a password perhaps
            raise MailSettingError(WANTED) from None
        # A password with # or / in it ends the host where it shouldn't, and names another one.
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise MailSettingError(WANTED)
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", username, password)

    @property
    def must_encrypt(self) -> bool | None:
        """True: STARTTLS or nothing; None: where offered; False: it is TLS already."""
        if self.tls:
            return False
        return True if self.username is not None and not _is_loopback(self.host) else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
