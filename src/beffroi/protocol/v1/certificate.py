"""Device certificates: from the key set to the key with which a device signs challenges, results and events."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, Refused, expect, making, refusing
from beffroi.protocol.v1.jwk import OctetKey, confirmation, confirmed, load_octet_key, octet_key
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use
from beffroi.protocol.v1.members import Moment

PLACE = Place("beffroi-certificate+jwt", limit=2048)
REQUEST_PLACE = Place("beffroi-device-request+jwt", third=None, limit=2048)

_NAMES = frozenset({"iss", "sub", "kind", "name", "cnf", "nbf", "exp"})
_REQUEST_NAMES = frozenset({"sub", "kind", "cnf", "iat"})


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an authority says about a device. ``name`` is what a phone shows; times are seconds, ``end`` not included."""

    authority: str
    device: str
    kind: str
    name: str
    key: OctetKey
    start: int
    end: int
    token: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a device says about itself: it holds the key it names, and nothing more is proven."""

    device: str
    kind: str
    key: OctetKey
    issued: Moment


def certificates_signed_by(kid: str) -> str:
    """How every certificate begins that a key of that name signed."""
    return PLACE.beginning(kid)


@making
def make_certificate(
    *,
    authority: str,
    device: str,
    kind: str,
    name: str,
    key: OctetKey,
    start: int,
    end: int,
    kid: str,
    signer: Ed25519PrivateKey,
) -> str:
    """Certify a device with a ``device-certificate`` key named ``kid``."""
    payload = {
        "cnf": confirmation(key),
        "exp": end,
        "iss": authority,
        "kind": kind,
        "name": name,
        "nbf": start,
        "sub": device,
    }
    token = PLACE.make(payload, signer, kid)
    _read(PLACE.take_apart(token), token)
    return token


def _read(parts: Token, token: str) -> Certificate:
    body = parts.body(_NAMES)
    start, end = members.time(body, "nbf"), members.time(body, "exp")
    if start >= end:
        raise members.wrong("exp")
    return Certificate(
        authority=members.slug(body, "iss"),
        device=members.slug(body, "sub"),
        kind=members.slug(body, "kind"),
        name=members.text(body, "name"),
        key=load_octet_key(confirmed(body), "Ed25519"),
        start=start,
        end=end,
        token=token,
    )


@refusing
def verify_certificate(token: str, *, keyset: KeySet, at: Reading) -> Certificate:
    """The certificate, when a key of the set signed it and both are valid at that moment."""
    parts = PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.DEVICE_CERTIFICATE, at))
    certificate = _read(parts, token)
    if certificate.authority != keyset.authority:
        raise RefusalError(Reason.AUTHORITY_OTHER, certificate.authority)
    if not at.begun(certificate.start):
        raise RefusalError(Reason.CERTIFICATE_EARLY)
    if at.ended(certificate.end):
        raise RefusalError(Reason.CERTIFICATE_EXPIRED)
    return certificate


@refusing
def recall_certificate(token: str) -> Certificate:
    """A certificate that this device took before, read again from its own store: form only, no signature."""
    return _read(PLACE.take_apart(token), token)


@refusing
def renew_certificate(token: str, *, held: Certificate, keyset: KeySet, at: Reading) -> Certificate:
    """A device's next certificate: for itself and its own key, and later than the one held unless that one fell with its key."""
    certificate = expect(verify_certificate(token, keyset=keyset, at=at))
    if (certificate.device, certificate.kind, certificate.key) != (held.device, held.kind, held.key):
        raise RefusalError(Reason.DEVICE_OTHER, certificate.device)
    fallen = isinstance(verify_certificate(held.token, keyset=keyset, at=at), Refused)
    if certificate.start <= held.start and not fallen:
        raise RefusalError(Reason.CERTIFICATE_NOT_NEWER)
    return certificate


@making
def make_device_request(*, device: str, kind: str, issued: Moment, key: Ed25519PrivateKey) -> str:
    """A device asks to be certified, proving that it holds its key."""
    payload = {
        "cnf": confirmation(octet_key(key)),
        "iat": members.spell_moment(issued),
        "kind": kind,
        "sub": device,
    }
    token = REQUEST_PLACE.make(payload, key)
    _read_request(token)
    return token


def _read_request(token: str) -> DeviceRequest:
    parts = REQUEST_PLACE.take_apart(token)
    body = parts.body(_REQUEST_NAMES)
    key = load_octet_key(confirmed(body), "Ed25519")
    parts.check_ed25519(key.verifier())
    return DeviceRequest(members.slug(body, "sub"), members.slug(body, "kind"), key, members.moment(body, "iat"))


@refusing
def verify_device_request(token: str) -> DeviceRequest:
    """What a device asks, when the key it names signed it."""
    return _read_request(token)
