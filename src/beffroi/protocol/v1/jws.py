"""Compact JWS (RFC 7515) whose header is fixed by the place in which the token is read.

Two algorithms: ``Ed25519`` (RFC 9864) for authorities and devices, ``ES256`` (RFC 7518, raw r‖s) for holders. The
reader says which one it wants, so no token chooses. ECDSA signatures have a twin (r, n−s) that also verifies; nothing uses a
signature as an identity.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError
from beffroi.protocol.v1.jwk import HolderKey
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.protocol.v1.strictjson import Body, canonical, load_object

ED25519 = "Ed25519"
ES256 = "ES256"
TOKEN_LIMIT = 8192
SIGNATURE_LENGTH = 64
HALF = 32
PARTS = 3

# RFC 6979: the same message gives the same signature, and a poor source of randomness on a phone or in a box gives
# nothing away.
_SIGN = ECDSA(SHA256(), deterministic_signing=True)
_VERIFY = ECDSA(SHA256())


def sign_es256(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The raw 64 bytes r‖s."""
    r, s = decode_dss_signature(key.sign(message, _SIGN))
    return r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")


def check_es256(key: HolderKey, signature: bytes, message: bytes, otherwise: Reason) -> None:
    """Raise ``RefusalError(otherwise)`` unless ``signature`` (r‖s) is that key's over the message."""
    if len(signature) != SIGNATURE_LENGTH:
        raise RefusalError(otherwise)
    der = encode_dss_signature(int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big"))
    try:
        key.public.verify(der, message, _VERIFY)
    except InvalidSignature as error:
        raise RefusalError(otherwise) from error


def check_ed25519(key: Ed25519PublicKey, signature: bytes, message: bytes, otherwise: Reason) -> None:
    """Raise ``RefusalError(otherwise)`` unless the signature is that key's over the message."""
    try:
        key.verify(signature, message)
    except InvalidSignature as error:
        raise RefusalError(otherwise) from error


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS taken apart: header already compared with its place, signature and payload not looked at yet."""

    header: Body
    message: bytes
    """What was signed: header and payload, in base64url, with the dot."""
    signature: bytes
    payload: bytes

    def kid(self) -> str:
        """The name of the key that signed; only where the place has one."""
        return members.kid(self.header, "kid")

    def check_ed25519(self, key: Ed25519PublicKey, otherwise: Reason = Reason.TOKEN_SIGNATURE) -> None:
        """Raise ``RefusalError`` unless that key signed it."""
        check_ed25519(key, self.signature, self.message, otherwise)

    def check_es256(self, key: HolderKey, otherwise: Reason = Reason.TOKEN_SIGNATURE) -> None:
        """Raise ``RefusalError`` unless that key signed it."""
        check_es256(key, self.signature, self.message, otherwise)

    def body(self, required: frozenset[str], optional: frozenset[str] = frozenset()) -> Body:
        """The payload, an object with these members, or raise ``RefusalError``."""
        body = load_object(self.payload, len(self.payload))
        members.exact(body, required, optional)
        return body


@lru_cache(maxsize=256)
def _header(place: "Place", part: str) -> Body:
    """Few headers recur in every token, and each has one spelling; refusals aren't remembered. Nobody writes into it."""
    return place.read_header(part)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A position in which tokens are read: what the header has to be, and how long a token may be. Each is itself only."""

    typ: str
    alg: str = ED25519
    third: str | None = "kid"
    """The header's member besides ``alg`` and ``typ``: ``kid``, ``jwk`` or none."""
    limit: int = TOKEN_LIMIT

    def take_apart(self, token: object) -> Token:
        """The parts of a token that stands in this place, or raise ``RefusalError``."""
        if not isinstance(token, str) or len(token) > self.limit or not token.isascii():
            raise RefusalError(Reason.TOKEN_FORM, self.typ)
        parts = token.split(".")
        if len(parts) != PARTS:
            raise RefusalError(Reason.TOKEN_FORM, self.typ)
        payload, signature = decode_bytes(parts[1]), decode_bytes(parts[2])
        if payload is None or signature is None or len(signature) != SIGNATURE_LENGTH:
            raise RefusalError(Reason.TOKEN_FORM, self.typ)
        message = token[: -len(parts[2]) - 1].encode()
        return Token(_header(self, parts[0]), message, signature, payload)

    def read_header(self, part: str) -> Body:
        """The header, when it is exactly that of this place."""
        data = decode_bytes(part)
        if data is None:
            raise RefusalError(Reason.TOKEN_FORM, self.typ)
        header = load_object(data, len(data))
        names = {"alg", "typ"} if self.third is None else {"alg", "typ", self.third}
        if header.keys() != names:
            raise RefusalError(Reason.TOKEN_HEADER, self.typ)
        if header["alg"] != self.alg:
            raise RefusalError(Reason.TOKEN_ALG, self.typ)
        if header["typ"] != self.typ:
            raise RefusalError(Reason.TOKEN_TYP, self.typ)
        return header

    def beginning(self, third: object = None) -> str:
        """How every token of this place begins whose header's third member is that, dot included: one header has one spelling."""
        header: Body = {"alg": self.alg, "typ": self.typ}
        if self.third is not None:
            header[self.third] = third
        return f"{encode_bytes(canonical(header))}."

    def make(self, payload: object, key: Ed25519PrivateKey | EllipticCurvePrivateKey, third: object = None) -> str:
        """A signed token. ``third`` is the value of the header's third member."""
        message = f"{self.beginning(third)}{encode_bytes(canonical(payload))}"
        data = message.encode()
        signature = key.sign(data) if isinstance(key, Ed25519PrivateKey) else sign_es256(key, data)
        return f"{message}.{encode_bytes(signature)}"
