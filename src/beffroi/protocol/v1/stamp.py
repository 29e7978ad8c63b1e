"""Signed time stamps. A *bound* stamp answers a device's fresh nonce, so it can't have been recorded earlier."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jwk import OctetKey, octet_key
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use

PLACE = Place("beffroi-stamp+jwt", limit=1024)
MASTER_PLACE = Place("beffroi-master-stamp+jwt", limit=1024)
NONCE_BYTES = 16

_NAMES = frozenset({"iss", "iat"})
_BINDING = frozenset({"dev", "nonce"})


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified stamp. ``device`` and ``nonce`` are both there (bound) or both None; a master stamp is always bound."""

    authority: str
    time: int
    device: str | None = None
    nonce: str | None = None
    master: bool = False


def make_nonce(random: Callable[[int], bytes]) -> str:
    """128 fresh bits from the source passed in, in base64url."""
    return members.encode_bytes(random(NONCE_BYTES))


def _payload(authority: str, time: int, device: str | None, nonce: str | None) -> dict[str, object]:
    payload: dict[str, object] = {"iat": time, "iss": authority}
    return payload if device is None and nonce is None else payload | {"dev": device, "nonce": nonce}


@making
def make_stamp(
    *,
    authority: str,
    time: int,
    kid: str,
    signer: Ed25519PrivateKey,
    device: str | None = None,
    nonce: str | None = None,
) -> str:
    """Sign a stamp with the ``stamp`` key named ``kid``; bound when both device and nonce are given."""
    token = PLACE.make(_payload(authority, time, device, nonce), signer, kid)
    _read(PLACE.take_apart(token))
    return token


@making
def make_master_stamp(*, authority: str, time: int, root: Ed25519PrivateKey, device: str, nonce: str) -> str:
    """Sign a stamp with a root: it sets one device's clock to any time, also back."""
    token = MASTER_PLACE.make(_payload(authority, time, device, nonce), root, octet_key(root).thumbprint)
    _read(MASTER_PLACE.take_apart(token))
    return token


def _read(parts: Token) -> Stamp:
    master = parts.header["typ"] == MASTER_PLACE.typ
    body = parts.body(_NAMES | _BINDING if master else _NAMES, _BINDING)
    if "dev" in body or "nonce" in body:
        members.exact(body, _NAMES | _BINDING)
    return Stamp(
        authority=members.slug(body, "iss"),
        time=members.time(body, "iat"),
        device=members.optional(body, "dev", members.slug),
        nonce=members.optional(body, "nonce", members.nonce),
        master=master,
    )


def _own(stamp: Stamp, authority: str) -> Stamp:
    if stamp.authority != authority:
        raise RefusalError(Reason.AUTHORITY_OTHER, stamp.authority)
    return stamp


@refusing
def verify_stamp(token: str, *, keyset: KeySet, at: Reading) -> Stamp:
    """The stamp, when a key of the set signed it. Whether it may move a clock is ``clock.GateClock.take``'s business."""
    parts = PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.STAMP, at))
    return _own(_read(parts), keyset.authority)


@refusing
def verify_master_stamp(token: str, *, roots: tuple[OctetKey, ...], authority: str) -> Stamp:
    """The master stamp, when one of the roots signed it."""
    parts = MASTER_PLACE.take_apart(token)
    root = next((root for root in roots if root.thumbprint == parts.kid()), None)
    if root is None:
        raise RefusalError(Reason.KEYSET_ROOT)
    parts.check_ed25519(root.verifier())
    return _own(_read(parts), authority)
