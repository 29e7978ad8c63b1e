"""How people reach us: over HTTPS that we speak ourselves, or through a proxy that does. What doesn't go together is refused."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from beffroi.adapters.tls.files import Files, made_here
from beffroi.config.described import described
from beffroi.config.values import SettingError, flag, listed, whole

LOOPBACK: Final = "127.0.0.1,::1"
LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Https:
    """What is set of it."""

    certificate: Path | None = field(
        metadata=described(
            "BEFFROI_TLS_CERT",
            "PEM file of a certificate with those that certify it behind it (fullchain.pem): the web server then speaks HTTPS itself. "
            "A new one is taken up while it runs, and nobody is cut off (docs/operators/https.md).",
            "(no HTTPS of its own)",
        )
    )
    key: Path | None = field(
        metadata=described(
            "BEFFROI_TLS_KEY",
            "PEM file of its key, without a passphrase, which its owner alone reads (0600), or a credential of systemd.",
            "(no HTTPS of its own)",
        )
    )
    local_ca: bool = field(
        metadata=described(
            "BEFFROI_LOCAL_CA",
            "1: the web server speaks HTTPS by a certificate of our own authority, which `beffroi init --local-ca` makes and sets.",
            "0",
        )
    )
    plain_port: int | None = field(
        metadata=described(
            "BEFFROI_HTTP_PORT",
            "Port (80 in a town) on which a web server that speaks HTTPS itself leads people there from plain HTTP.",
            "(none)",
        )
    )
    acme_folder: Path | None = field(
        metadata=described(
            "BEFFROI_ACME_FOLDER",
            "Folder whose .well-known/acme-challenge is served on BEFFROI_HTTP_PORT: what certbot calls --webroot-path.",
            "(none)",
        )
    )
    trusted_proxies: tuple[str, ...] = field(
        metadata=described(
            "BEFFROI_TRUSTED_PROXIES",
            "Addresses or networks of your proxies, separated by commas: what they say in X-Forwarded-For and X-Forwarded-Proto is "
            "believed, and nobody else's word. `beffroi doctor --through` looks whether they say it.",
            f"{LOOPBACK}; nobody where the web server speaks HTTPS itself",
        )
    )

    @property
    def own(self) -> bool:
        """Whether the web server speaks it itself."""
        return self.local_ca or self.certificate is not None

    def files(self, home: Path) -> Files | None:
        """Where the certificate is that the web server serves, when it speaks HTTPS itself."""
        if self.local_ca:
            return made_here(home / "keys")
        return Files(self.certificate, self.key) if self.certificate and self.key else None


def read(get: Callable[[str], str]) -> Https:
    """Raises SettingError."""
    plain, certificate = get("BEFFROI_HTTP_PORT"), _file(get("BEFFROI_TLS_CERT"))
    local_ca = flag("BEFFROI_LOCAL_CA", get("BEFFROI_LOCAL_CA"))
    # At our own door a program of this machine is a visitor as any other: no proxy is expected there, unless it is named.
    proxies = LOOPBACK if certificate is None and not local_ca else ""
    said = Https(
        certificate=certificate,
        key=_file(get("BEFFROI_TLS_KEY")),
        local_ca=local_ca,
        plain_port=whole("BEFFROI_HTTP_PORT", plain, most=LAST_PORT) if plain else None,
        acme_folder=_file(get("BEFFROI_ACME_FOLDER")),
        trusted_proxies=_proxies(get("BEFFROI_TRUSTED_PROXIES") or proxies),
    )
    if (said.certificate is None) != (said.key is None):
        raise SettingError("BEFFROI_TLS_CERT and BEFFROI_TLS_KEY go together: give both, or neither")
    if said.local_ca and said.certificate is not None:
        raise SettingError(
            "BEFFROI_LOCAL_CA has our own authority certify the server, BEFFROI_TLS_CERT names another's certificate: leave one out"
        )
    if said.plain_port is not None and not said.own:
        raise SettingError(
            "BEFFROI_HTTP_PORT leads people to HTTPS where the web server speaks it itself: set BEFFROI_TLS_CERT and BEFFROI_TLS_KEY, "
            "or leave it out (a proxy leads them by itself)"
        )
    if said.acme_folder is not None and said.plain_port is None:
        raise SettingError("BEFFROI_ACME_FOLDER is served over plain HTTP alone: set BEFFROI_HTTP_PORT=80 too")
    return said


def refuse_at_odds(said: Https, *, public_url: str, port: int) -> None:
    """With what else is set. Raises SettingError."""
    if said.own and not public_url.startswith("https://"):
        raise SettingError(
            f"the web server speaks HTTPS itself, and BEFFROI_PUBLIC_URL is {public_url}: it must start with https://"
        )
    if said.plain_port == port:
        raise SettingError(f"BEFFROI_HTTP_PORT and BEFFROI_PORT are both {port}: HTTPS needs a port of its own")


def _file(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _proxies(text: str) -> tuple[str, ...]:
    """Addresses and networks whose word is taken for whom they ask."""
    for each in listed(text):
        try:
            ipaddress.ip_network(each)
        except ValueError as error:
            raise SettingError(
                f"BEFFROI_TRUSTED_PROXIES: {each!r} is no address or network of proxies ({error}): 10.0.0.5 or 10.0.0.0/24 is needed, "
                "and only theirs, since whoever is trusted here may pretend to be anybody"
            ) from None
    return listed(text)
