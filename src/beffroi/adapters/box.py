"""A box for what is typed once and must never be shown: whoever holds the public half seals, only who holds the private half opens.

HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode. A sealed text is `<kid>.<base64url of enc and
ciphertext>`. What it is for is bound to it (HPKE's `info`, canonical JSON), not written in it: opened for anything else it doesn't open.
"""

import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.protocol.v1.strictjson import canonical

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
# What is sealed is as long as the next of these, so that its length says little of a password's.
_BLOCK = 128

Purpose = Mapping[str, str]
"""What a sealed text is for, in words that whoever opens it knows as well."""


class Unopened(Exception):
    """A sealed text that doesn't open: sealed for something else, or to a key that we don't hold, or not sealed by us at all."""


def seal(secret: Mapping[str, str], *, kid: str, recipient: X25519PublicKey, purpose: Purpose) -> str:
    """Seal some words to a box, for a purpose."""
    text = canonical(dict(secret))
    padded = text.ljust(-(-len(text) // _BLOCK) * _BLOCK)
    return f"{kid}.{encode_bytes(_SUITE.encrypt(padded, recipient, info=canonical(dict(purpose))))}"


def unseal(sealed: str, *, keys: Mapping[str, X25519PrivateKey], purpose: Purpose) -> dict[str, str]:
    """The words inside; `keys` are those of the boxes by their names. Raises Unopened."""
    kid, _, text = sealed.partition(".")
    private, data = keys.get(kid), decode_bytes(text)
    if private is None or data is None:
        raise Unopened(kid)
    try:
        opened = json.loads(_SUITE.decrypt(data, private, info=canonical(dict(purpose))))
    except (InvalidTag, ValueError) as error:
        raise Unopened(kid) from error
    if not isinstance(opened, dict) or not all(isinstance(value, str) for value in opened.values()):
        raise Unopened(kid)
    return opened
