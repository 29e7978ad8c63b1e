"""Sealed texts: compact JWE (RFC 7516), ECDH-ES on X25519 and A256GCM, for a path whose carrier may not read them.

``seal_batch`` and ``open_batch`` are for events on their way through a phone; ``seal`` and ``unseal`` for whatever else has a place of its
own (``sources``). The content type in the header says which of them a text is, and is compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.events import PLACE
from beffroi.protocol.v1.jwk import OctetKey, load_octet_key, octet_key
from beffroi.protocol.v1.keyset import SetKey, Use
from beffroi.protocol.v1.strictjson import Body, canonical, load_object

TYP = "beffroi-sealed+jwe"
ALG, ENC = "ECDH-ES", "A256GCM"
PARTS = 5
IV_BYTES = 12
TAG_BYTES = 16
KEY_BITS = 256
SEALED_LIMIT = 83968

_NAMES = frozenset({"alg", "cty", "enc", "epk", "kid", "typ"})


def _derive(shared: bytes) -> bytes:
    """Concat KDF of RFC 7518 section 4.6.2: one round, AlgorithmID ``A256GCM``, empty PartyUInfo and PartyVInfo."""
    algorithm = ENC.encode()
    info = len(algorithm).to_bytes(4, "big") + algorithm + bytes(8) + KEY_BITS.to_bytes(4, "big")
    return sha256((1).to_bytes(4, "big") + shared + info).digest()


def seal(text: str, *, content: str, kid: str, recipient: OctetKey, ephemeral: X25519PrivateKey, iv: bytes) -> str:
    """Encrypt a text of that content type to the key named ``kid``. ``ephemeral`` and the 12 bytes of ``iv`` are fresh for each
    call. Raises ``RefusalError``.
    """
    if len(iv) != IV_BYTES or recipient.curve != "X25519":
        raise RefusalError(Reason.SEALED_KEY, kid)
    header = {"alg": ALG, "cty": content, "enc": ENC, "epk": octet_key(ephemeral).jwk, "kid": kid, "typ": TYP}
    protected = members.encode_bytes(canonical(header))
    key = _derive(ephemeral.exchange(recipient.recipient()))
    output = AESGCM(key).encrypt(iv, text.encode(), protected.encode())
    parts = (iv, output[:-TAG_BYTES], output[-TAG_BYTES:])
    return ".".join((protected, "", *(members.encode_bytes(part) for part in parts)))


@making
def seal_batch(batch: str, *, recipient: SetKey, ephemeral: X25519PrivateKey, iv: bytes) -> str:
    """Encrypt a batch token to the server. ``ephemeral`` and the 12 bytes of ``iv`` are fresh for each call."""
    PLACE.take_apart(batch)
    if recipient.use is not Use.EVENT_ENCRYPTION:
        raise RefusalError(Reason.SEALED_KEY, recipient.kid)
    return seal(batch, content=PLACE.typ, kid=recipient.kid, recipient=recipient.key, ephemeral=ephemeral, iv=iv)


@dataclass(frozen=True, slots=True)
class _Sealed:
    header: Body
    protected: bytes
    iv: bytes
    output: bytes


def _take_apart(sealed: str, content: str, limit: int) -> _Sealed:
    parts = sealed.split(".") if len(sealed) <= limit else []
    if len(parts) != PARTS or parts[1]:
        raise RefusalError(Reason.SEALED_FORM)
    header, _, iv, text, tag = (members.decode_bytes(part) for part in parts)
    if header is None or iv is None or text is None or tag is None or len(iv) != IV_BYTES or len(tag) != TAG_BYTES:
        raise RefusalError(Reason.SEALED_FORM)
    body = load_object(header, len(header))
    members.exact(body, _NAMES)
    if (body["alg"], body["cty"], body["enc"], body["typ"]) != (ALG, content, ENC, TYP):
        raise RefusalError(Reason.SEALED_FORM)
    return _Sealed(body, parts[0].encode(), iv, text + tag)


def unseal(sealed: str, *, content: str, keys: Mapping[str, X25519PrivateKey], limit: int = SEALED_LIMIT) -> str:
    """The text inside, still to be read. ``keys`` are by kid. Raises ``RefusalError``."""
    parts = _take_apart(sealed, content, limit)
    private = keys.get(members.kid(parts.header, "kid"))
    if private is None:
        raise RefusalError(Reason.SEALED_KEY, str(parts.header["kid"]))
    ephemeral = load_octet_key(parts.header["epk"], "X25519")
    try:
        shared = private.exchange(ephemeral.recipient())
        plain = AESGCM(_derive(shared)).decrypt(parts.iv, parts.output, parts.protected)
        return plain.decode()
    except (InvalidTag, ValueError) as error:  # ValueError: a point of small order, or bytes that are no text
        raise RefusalError(Reason.SEALED_OPEN) from error


@refusing
def open_batch(sealed: str, *, keys: Mapping[str, X25519PrivateKey]) -> str:
    """The batch token inside, still to be verified. ``keys`` are the server's event-encryption keys by kid."""
    return unseal(sealed, content=PLACE.typ, keys=keys)
