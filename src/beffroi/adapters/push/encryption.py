"""Encryption of a message for one browser (RFC 8291, over the "aes128gcm" coding of RFC 8188): the push service reads nothing."""

import os
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from beffroi.protocol.v1.members import decode_bytes

# Push services must take 4,096 bytes of body (RFC 8030, 7.2); header, tag and padding are taken off, with some room.
LONGEST: Final = 3584
# Lengths say which kind of message it is: all are made a multiple of this.
STEP: Final = 256
RECORD: Final = 4096
SALT: Final = 16
POINT: Final = 65
SECRET: Final = 16
SIZE: Final = 4
LAST_RECORD: Final = b"\x02"
HEADER: Final = SALT + SIZE + 1 + POINT

CURVE: Final = SECP256R1()


class UnreadableError(ValueError):
    """Not a message encrypted for this receiver, or not a receiver at all."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser's public point and its authentication secret, as its subscription gave them."""

    point: bytes
    secret: bytes
    public: EllipticCurvePublicKey

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Self:
        """From the two texts of a subscription; raises UnreadableError."""
        point, secret = decode_bytes(p256dh.rstrip("=")), decode_bytes(auth.rstrip("="))
        if point is None or secret is None or len(point) != POINT or len(secret) != SECRET:
            raise UnreadableError("these are not a subscription's keys")
        try:
            return cls(point, secret, EllipticCurvePublicKey.from_encoded_point(CURVE, point))
        except ValueError as error:
            raise UnreadableError("this is not a point of the curve") from error


def encrypt(
    message: bytes, receiver: Receiver, *, private: EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body for the push service. `private` and `salt` are new for each message, except in a test of the published vectors."""
    if len(message) > LONGEST:
        raise ValueError(f"{len(message)} bytes: a push message has {LONGEST} at most")
    private = private or generate_private_key(CURVE)
    salt = salt or os.urandom(SALT)
    sender = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private.exchange(ECDH(), receiver.public)
    key, nonce = _derived(shared, receiver.point, receiver.secret, sender, salt)
    header = salt + RECORD.to_bytes(SIZE, "big") + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, message + LAST_RECORD, None)


def padded(message: bytes) -> bytes:
    """A JSON text made a multiple of STEP by white space at its end, which a reader of JSON skips."""
    return message + b" " * (-len(message) % STEP)


def decrypt(body: bytes, private: EllipticCurvePrivateKey, secret: bytes) -> bytes:
    """What a browser does; raises UnreadableError."""
    if len(body) <= HEADER or body[SALT + SIZE] != POINT:
        raise UnreadableError("too short, or no sender's key")
    salt, sender = body[:SALT], body[SALT + SIZE + 1 : HEADER]
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    try:
        shared = private.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        key, nonce = _derived(shared, point, secret, sender, salt)
        plain = AESGCM(key).decrypt(nonce, body[HEADER:], None)
    except (ValueError, InvalidTag) as error:
        raise UnreadableError("encrypted for somebody else") from error
    message, mark, padding = plain.rpartition(LAST_RECORD)
    if not mark or padding.strip(b"\0"):
        raise UnreadableError("no end of record")
    return message


def _derived(shared: bytes, point: bytes, secret: bytes, sender: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Content-encryption key and nonce (RFC 8291, 3.4)."""
    both = b"WebPush: info\0" + point + sender
    material = HKDF(SHA256(), 32, secret, both).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
    return key, nonce
