"""Where a directory is and how it is asked: read from settings, refused in words when it would not be safe."""

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 4.0
MOST_SERVERS: Final = 4
# Active Directory locks an account at five wrong passwords or ten, within ten to thirty minutes.
TRIES: Final = 3
WINDOW: Final = timedelta(hours=1)


class Kind(StrEnum):
    """How people and groups are written there."""

    OPENLDAP = "openldap"
    ACTIVE_DIRECTORY = "active-directory"


class DirectorySettingError(ValueError):
    """A directory that can't be asked so; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory. `urls` are tried in order; `ca` is None where clear text on this very machine is all there is. No entry is asked
    about more than `tries` wrong passwords within `window`.
    """

    urls: tuple[str, ...]
    kind: Kind
    base: str
    group_base: str
    bind_dn: str
    bind_password: str = field(repr=False)
    ca: Path | None = None
    narrowed: str = ""
    seconds: float = SECONDS
    tries: int = TRIES
    window: timedelta = WINDOW

    @classmethod
    def read(
        cls,
        *,
        urls: str,
        kind: str,
        base: str,
        group_base: str,
        bind_dn: str,
        bind_password: str,
        ca: str,
        narrowed: str,
        tries: int = TRIES,
        window: timedelta = WINDOW,
    ) -> "Place":
        """From settings as they were typed. Raises DirectorySettingError."""
        servers = tuple(urls.split())
        if not 1 <= len(servers) <= MOST_SERVERS:
            raise DirectorySettingError(f"name 1 to {MOST_SERVERS} servers, separated by spaces")
        encrypted = [_encrypted(url) for url in servers]
        if any(encrypted) and not ca:
            raise DirectorySettingError(
                "BEFFROI_LDAP_CA is needed: the PEM file of the authority that signed the directory's certificate"
            )
        authority = Path(ca).expanduser() if ca else None
        if authority is not None and not authority.is_file():
            raise DirectorySettingError(f"BEFFROI_LDAP_CA: there is no file {authority}")
        if not base:
            raise DirectorySettingError("BEFFROI_LDAP_BASE is needed: where people are, ou=people,dc=town,dc=example")
        if not bind_dn or not bind_password:
            raise DirectorySettingError(
                "BEFFROI_LDAP_BIND_DN and BEFFROI_LDAP_BIND_PASSWORD are needed: an account that may read, and no more"
            )
        if narrowed and not (narrowed.startswith("(") and narrowed.endswith(")")):
            raise DirectorySettingError("BEFFROI_LDAP_FILTER is a filter in parentheses, (department=Police)")
        return cls(
            servers,
            Kind(kind),
            base,
            group_base or base,
            bind_dn,
            bind_password,
            authority,
            narrowed,
            tries=tries,
            window=window,
        )


def is_loopback(url: str) -> bool:
    """Whether the address is of this very machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encrypted(url: str) -> bool:
    """Whether this server is asked over TLS: from the first byte (ldaps), else by StartTLS, except on this very machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    whole = parts.hostname and port != 0 and parts.path in ("", "/") and not (parts.query or parts.fragment)
    if parts.scheme not in ("ldap", "ldaps") or not whole or "@" in parts.netloc:
        raise DirectorySettingError(
            "a server is ldaps://host:636, or ldap://host:389, which is asked to begin TLS before anything is said"
        )
    return parts.scheme == "ldaps" or not is_loopback(url)
