"""What is wrong, or soon will be, with a certificate that can be served: pure, the clock and what this machine trusts passed in."""

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from beffroi.adapters.tls.pair import Pair

# Days before the end at which one is told, and told again; for a certificate of few days, a part of its life (whoever renews one
# of 45 days does so 15 days before its end).
SOON: Final = timedelta(days=21)
VERY_SOON: Final = timedelta(days=7)
SOON_PART: Final = 4
VERY_SOON_PART: Final = 12


class Concern(StrEnum):
    """Something about a certificate that whoever keeps it should know."""

    ENDED = "ended"
    NOT_YET = "not-yet"
    VERY_SOON = "very-soon"
    SOON = "soon"
    NAME = "name"
    INCOMPLETE = "incomplete"
    SELF_SIGNED = "self-signed"


@dataclass(frozen=True, slots=True)
class Remark:
    """A concern, and whom it is about: the name that is missing, the authority whose certificate is."""

    concern: Concern
    about: str = ""


def remarks_on(
    pair: Pair, names: Iterable[str], now: datetime, roots: Iterable[x509.Certificate]
) -> tuple[Remark, ...]:
    """What is to be said of a certificate that has to stand for these host names; `roots` is whom this machine trusts, nobody when
    that isn't known.
    """
    timely = in_time(pair.own, now)
    missing = tuple(Remark(Concern.NAME, name) for name in names if not stands_for(pair.own, name))
    return (*timely, *missing, *whole(pair.chain, tuple(roots)))


def in_time(certificate: x509.Certificate, now: datetime) -> tuple[Remark, ...]:
    """Whether it is valid, and will be for long enough."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    life = end - start
    if now >= end:
        return (Remark(Concern.ENDED),)
    if now < start:
        return (Remark(Concern.NOT_YET),)
    if end - now <= min(VERY_SOON, life / VERY_SOON_PART):
        return (Remark(Concern.VERY_SOON),)
    return (Remark(Concern.SOON),) if end - now <= min(SOON, life / SOON_PART) else ()


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The host names that it stands for, in small letters; its subject's common name means nothing to browsers."""
    held = _alternatives(certificate)
    return tuple(str(name).lower() for name in held.get_values_for_type(x509.DNSName)) if held else ()


def stands_for(certificate: x509.Certificate, host: str) -> bool:
    """Whether a browser takes it for that host (RFC 9525: a star is one whole label, the first)."""
    wanted, held = host.lower().rstrip("."), names_of(certificate)
    try:
        address = ipaddress.ip_address(wanted.strip("[]"))
    except ValueError:
        first, dot, rest = wanted.partition(".")
        return wanted in held or bool(first and dot and "." in rest and f"*.{rest}" in held)
    others = _alternatives(certificate)
    return others is not None and address in others.get_values_for_type(x509.IPAddress)


def whole(chain: tuple[x509.Certificate, ...], roots: tuple[x509.Certificate, ...]) -> tuple[Remark, ...]:
    """Whether each is certified by the next, up to one that this machine trusts or that certifies itself."""
    for each, following in pairwise(chain):
        if not _certifies(following, each):
            return (Remark(Concern.INCOMPLETE, name_of(each.issuer)),)
    last = chain[-1]
    if _certifies(last, last):
        return (Remark(Concern.SELF_SIGNED),) if len(chain) == 1 and last not in roots else ()
    if not roots or any(_certifies(root, last) for root in roots if root.subject == last.issuer):
        return ()
    return (Remark(Concern.INCOMPLETE, name_of(last.issuer)),)


def name_of(name: x509.Name) -> str:
    """What people call it by."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(kind)
        if found:
            return str(found[0].value)
    return name.rfc4514_string()


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _certifies(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


@cache
def trusted_here() -> tuple[x509.Certificate, ...]:
    """The authorities that this machine trusts, as OpenSSL finds them; nobody on a machine that has none installed."""
    context, found = ssl.create_default_context(), []
    for known, encoded in zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True):
        try:
            # A few of old bear the number zero, which is refused today.
            if int(str(known["serialNumber"]), 16) > 0:
                found.append(x509.load_der_x509_certificate(encoded))
        except ValueError:
            continue
    return tuple(found)
