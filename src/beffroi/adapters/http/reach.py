"""Where a request of ours may go. People choose push endpoints and webhooks; none of them may turn us against our own network.

Public addresses over HTTPS only. A host that whoever keeps the installation has named (`BEFFROI_INTERNAL_HOSTS`) may lie anywhere
and speak plain HTTP. The address is looked at again when the name is resolved, at the moment of connecting: a name that changes
its mind between the two is caught.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

LONGEST_URL = 2048
PORTS = {"https": 443, "http": 80}
# Addresses of IPv6 that carry one of IPv4 inside (RFC 6052): judged by what they carry.
CARRIERS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddressError(OSError):
    """A name leads to an address that isn't public."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that may be asked, and its origin: scheme, host and port, the default port left out (RFC 6454)."""

    origin: str
    url: URL


@dataclass(frozen=True, slots=True)
class Reach:
    """The hosts, as `name` or `name:port`, that may lie on a private network."""

    named: frozenset[str] = field(default_factory=frozenset)

    def refusal(self, url: str) -> str | None:
        """A code when no request may be sent there: `not-an-address`, `not-https`, `private-address`."""
        aimed = self.aim(url)
        return aimed if isinstance(aimed, str) else None

    def aim(self, url: str) -> "Destination | str":
        """Where a request to this address goes, or the code of why it may not."""
        parts = _split(url)
        if parts is None:
            return "not-an-address"
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        if not self.names(host, port):
            if parts.scheme != "https":
                return "not-https"
            literal = _address(host)
            if literal is not None and not is_public(literal):
                return "private-address"
        named = f"[{host}]" if ":" in host else host
        origin = f"{parts.scheme}://{named}" + (f":{port}" if port != PORTS[parts.scheme] else "")
        return Destination(origin, URL(url, encoded=True))

    def names(self, host: str, port: int) -> bool:
        """Whether whoever keeps the installation has named this host."""
        plain = host.lower().rstrip(".")
        return plain in self.named or f"{plain}:{port}" in self.named

    def resolver(self) -> AbstractResolver:
        """What resolves names for a client that keeps to this. Call it from the loop that uses it."""
        return _Resolver(self)


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody on the internet could reach: not ours, not this machine's, not a group's."""
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address.is_global and not address.is_multicast


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if any(address in network for network in CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _split(url: str) -> SplitResult | None:
    """The parts of an address that we could ask: none where it holds credentials, white space or no host."""
    if len(url) > LONGEST_URL or not url.isascii() or any(letter <= " " or letter == "\\" for letter in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or port == 0:
        return None
    return parts


class _Resolver(AbstractResolver):
    """The system's resolver, whose answers are looked at."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host, those that may be reached."""
        found = await self._inner.resolve(host, port, family)
        return found if self._reach.names(host, port) else _public(host, found)

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()


def _public(host: str, found: Iterable[ResolveResult]) -> list[ResolveResult]:
    kept = [each for each in found if (address := _address(each["host"])) is not None and is_public(address)]
    if not kept:
        raise ForbiddenAddressError(f"{host} has no public address")
    return kept
