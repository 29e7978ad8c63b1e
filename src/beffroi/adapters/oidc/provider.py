"""Which provider it is and what we are to it: read from settings, refused in words when it would not be safe."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 5.0
LONGEST_NAME: Final = 40
ABOUT_PROCONNECT: Final = "https://www.proconnect.gouv.fr/"


class Kind(StrEnum):
    """How a provider writes what it says."""

    PROCONNECT = "proconnect"
    ENTRA = "entra"
    STANDARD = "standard"


SCOPES: Final = {
    Kind.PROCONNECT: "openid given_name usual_name email siret uid",
    Kind.ENTRA: "openid profile email",
    Kind.STANDARD: "openid profile email",
}
GROUPS: Final = {Kind.PROCONNECT: "siret", Kind.ENTRA: "groups", Kind.STANDARD: "groups"}
# ProConnect says eidas1 of a password; what is stronger is welcome too.
LEVELS: Final = {Kind.PROCONNECT: ("eidas1", "eidas2", "eidas3"), Kind.ENTRA: (), Kind.STANDARD: ()}

# Levels at which two factors are asked for: eIDAS substantial and high, and ProConnect's own.
TWO_FACTORS: Final = {
    Kind.PROCONNECT: (
        "eidas2",
        "eidas3",
        "https://proconnect.gouv.fr/assurance/self-asserted-2fa",
        "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
    ),
    Kind.ENTRA: (),
    Kind.STANDARD: (),
}


class ProviderSettingError(ValueError):
    """A provider that can't be asked so; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, and what we are to it. `levels` are the values of `acr` that do (none: any); `asked_levels` says so to the provider;
    `strong` are those at which it asks for two factors. `domains`: those of the addresses for which its word is taken where it doesn't say
    that it verified one. `hosts` may lie on a private network.
    """

    issuer: str
    kind: Kind
    client: str
    secret: str = field(repr=False)
    name: str
    groups: str
    levels: tuple[str, ...] = ()
    asked_levels: bool = False
    strong: tuple[str, ...] = ()
    domains: frozenset[str] = frozenset()
    scopes: str = SCOPES[Kind.STANDARD]
    ca: Path | None = None
    hosts: frozenset[str] = frozenset()
    seconds: float = SECONDS

    @property
    def signs_people(self) -> bool:
        """Whether what it says of people must be signed too, not only the proof that they logged in."""
        return self.kind is Kind.PROCONNECT

    @property
    def always_strong(self) -> bool:
        """Whether nobody logs in by it without two factors."""
        return bool(self.levels) and set(self.levels) <= set(self.strong)

    @property
    def about(self) -> str:
        """Where people read what it is; empty for a town's own, which they know."""
        return ABOUT_PROCONNECT if self.kind is Kind.PROCONNECT else ""

    @classmethod
    def read(
        cls,
        *,
        issuer: str,
        kind: str,
        client: str,
        secret: str,
        name: str,
        groups: str,
        levels: tuple[str, ...],
        strong: tuple[str, ...],
        domains: tuple[str, ...],
        scopes: str,
        ca: str,
        internal_hosts: frozenset[str],
    ) -> "Provider":
        """From settings as they were typed. Raises ProviderSettingError."""
        host = _host(issuer)
        of_kind = Kind(kind)
        if not client or not secret:
            raise ProviderSettingError(
                "BEFFROI_OIDC_CLIENT_ID and BEFFROI_OIDC_CLIENT_SECRET are needed: the provider gives both"
            )
        if of_kind is not Kind.PROCONNECT and not name:
            raise ProviderSettingError("BEFFROI_OIDC_NAME is needed: what your staff call it, as the button will")
        if len(name) > LONGEST_NAME:
            raise ProviderSettingError(f"BEFFROI_OIDC_NAME has {LONGEST_NAME} letters at most: it stands on a button")
        asked = scopes or SCOPES[of_kind]
        if "openid" not in asked.split():
            raise ProviderSettingError("BEFFROI_OIDC_SCOPES holds openid, without which nothing is proved")
        if any("@" in each or "." not in each for each in domains):
            raise ProviderSettingError("BEFFROI_OIDC_DOMAINS holds domains of addresses: town.example")
        authority = Path(ca).expanduser() if ca else None
        if authority is not None and not authority.is_file():
            raise ProviderSettingError(f"BEFFROI_OIDC_CA: there is no file {authority}")
        return cls(
            issuer=issuer,
            kind=of_kind,
            client=client,
            secret=secret,
            name=name or "ProConnect",
            groups=groups or GROUPS[of_kind],
            levels=levels or LEVELS[of_kind],
            asked_levels=bool(levels),
            strong=strong or TWO_FACTORS[of_kind],
            domains=frozenset(each.lower() for each in domains),
            scopes=asked,
            ca=authority,
            hosts=internal_hosts | {host},
        )


def _host(issuer: str) -> str:
    """The issuer's `host:port`, which whoever keeps the installation names by naming the issuer."""
    try:
        parts = urlsplit(issuer)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ProviderSettingError(
            "an issuer is an https address, written as the provider writes it: https://sso.town.example/realms/town"
        )
    return f"{parts.hostname}:{443 if port is None else port}"
