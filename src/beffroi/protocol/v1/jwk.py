"""Public keys: P-256 for holders, Ed25519 for authorities and devices, X25519 for sealing events.

A key is kept with its JWK coordinates (the wire form) and its RFC 7638 thumbprint (its identity everywhere).
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, refusing
from beffroi.protocol.v1.strictjson import Body, canonical

Curve = Literal["Ed25519", "X25519"]

_EC_NAMES = frozenset({"crv", "kty", "x", "y"})
_OKP_NAMES = frozenset({"crv", "kty", "x"})
_COORDINATE = 32


def _coordinate(jwk: Body, name: str) -> bytes:
    value = jwk[name]
    if not isinstance(value, str) or not members.is_hash(value):
        raise RefusalError(Reason.KEY_FORM, name)
    return members.decode_hash(value)


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A holder's P-256 public key. ``public`` is built at once, so a key that exists lies on its curve."""

    x: str
    y: str
    public: EllipticCurvePublicKey = field(compare=False, repr=False)

    @property
    def jwk(self) -> dict[str, str]:
        """Its JWK, members in canonical order."""
        return {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}

    @property
    def thumbprint(self) -> str:
        """RFC 7638 with SHA-256, base64url."""
        text = f'{{"crv":"P-256","kty":"EC","x":"{self.x}","y":"{self.y}"}}'
        return members.encode_bytes(sha256(text.encode()).digest())


@dataclass(frozen=True, slots=True)
class OctetKey:
    """An Ed25519 or X25519 public key (RFC 8037)."""

    curve: Curve
    x: str

    @property
    def jwk(self) -> dict[str, str]:
        """Its JWK, members in canonical order."""
        return {"crv": self.curve, "kty": "OKP", "x": self.x}

    @property
    def thumbprint(self) -> str:
        """RFC 7638 with SHA-256, base64url."""
        return members.encode_bytes(sha256(canonical(self.jwk)).digest())

    @property
    def raw(self) -> bytes:
        """The 32 bytes."""
        return members.decode_bytes(self.x) or b""

    def verifier(self) -> Ed25519PublicKey:
        """The key as ``cryptography`` wants it for verifying; only for Ed25519."""
        return Ed25519PublicKey.from_public_bytes(self.raw)

    def recipient(self) -> X25519PublicKey:
        """The key as ``cryptography`` wants it for sealing; only for X25519."""
        return X25519PublicKey.from_public_bytes(self.raw)


def load_holder_key(jwk: object) -> HolderKey:
    """A P-256 JWK with exactly its four members, or raise ``RefusalError``."""
    if not isinstance(jwk, dict) or jwk.keys() != _EC_NAMES or jwk["crv"] != "P-256" or jwk["kty"] != "EC":
        raise RefusalError(Reason.KEY_FORM)
    x, y = _coordinate(jwk, "x"), _coordinate(jwk, "y")
    try:
        public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + x + y)
    except ValueError as error:
        raise RefusalError(Reason.KEY_FORM, "not on the curve") from error
    return HolderKey(str(jwk["x"]), str(jwk["y"]), public)


def load_octet_key(jwk: object, curve: Curve) -> OctetKey:
    """An OKP JWK of the curve wanted with exactly its three members, or raise ``RefusalError``."""
    if not isinstance(jwk, dict) or jwk.keys() != _OKP_NAMES or jwk["crv"] != curve or jwk["kty"] != "OKP":
        raise RefusalError(Reason.KEY_FORM)
    _coordinate(jwk, "x")
    return OctetKey(curve, str(jwk["x"]))


@refusing
def read_holder_key(jwk: object) -> HolderKey:
    """A P-256 JWK from outside."""
    return load_holder_key(jwk)


@refusing
def read_octet_key(jwk: object, curve: Curve = "Ed25519") -> OctetKey:
    """An Ed25519 or X25519 JWK from outside."""
    return load_octet_key(jwk, curve)


def holder_key(private: EllipticCurvePrivateKey | EllipticCurvePublicKey) -> HolderKey:
    """The public half of a P-256 key."""
    public = private.public_key() if isinstance(private, EllipticCurvePrivateKey) else private
    numbers: EllipticCurvePublicNumbers = public.public_numbers()
    x, y = (members.encode_bytes(value.to_bytes(_COORDINATE, "big")) for value in (numbers.x, numbers.y))
    return HolderKey(x, y, public)


def octet_key(private: Ed25519PrivateKey | X25519PrivateKey) -> OctetKey:
    """The public half of an Ed25519 or X25519 key."""
    curve: Curve = "Ed25519" if isinstance(private, Ed25519PrivateKey) else "X25519"
    return OctetKey(curve, members.encode_bytes(private.public_key().public_bytes_raw()))


def confirmation(key: HolderKey | OctetKey) -> dict[str, object]:
    """The ``cnf`` member (RFC 7800) that names a key."""
    return {"jwk": key.jwk}


def confirmed(body: Body, name: str = "cnf") -> object:
    """The JWK inside a ``cnf`` member."""
    cnf = members.inner(body, name)
    members.exact(cnf, frozenset({"jwk"}))
    return cnf["jwk"]
