"""Sealed files: AES-256-GCM under a key of the file's own, which is wrapped by a key of the installation's.

    octets   what
    4        "BFS1", the version
    8        which of the installation's keys: the beginning of its SHA-256
    12 + 48  nonce, then the file's key wrapped by AES-256-GCM
    12 + …   nonce, then the content by AES-256-GCM under the file's key; the last 16 are its tag

Both are bound to the first twelve octets and to the name that the file has: one can't be put in another's place.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from beffroi.adapters.storage.errors import NoSealKey, NotSealed, SealBroken

VERSION: Final = b"BFS1"
KEY_OCTETS: Final = 32
_NAME, _NONCE, _TAG = 8, 12, 16
_HEAD: Final = len(VERSION) + _NAME
_WRAPPED: Final = KEY_OCTETS + _TAG


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """Seals with the first of its keys (32 octets each), opens with any of them."""

    keys: Sequence[bytes]

    def seal(self, name: str, content: bytes) -> bytes:
        """The content sealed under the name it will be kept by; raises NoSealKey where there is no key."""
        if not self.keys:
            raise NoSealKey("the installation has no media key: `beffroi up` makes one")
        key = self.keys[0]
        head = VERSION + _key_name(key)
        own = AESGCM.generate_key(8 * KEY_OCTETS)
        return b"".join([head, *_closed(key, own, head, name), *_closed(own, content, head, name)])

    def open_sealed(self, name: str, sealed: bytes) -> bytes:
        """The content of a file kept by this name; raises SealError: NotSealed, NoSealKey or SealBroken."""
        if not sealed.startswith(VERSION):
            raise NotSealed(name)
        head, middle = sealed[:_HEAD], _HEAD + _NONCE + _WRAPPED
        if len(sealed) < middle + _NONCE + _TAG:
            raise SealBroken(name)
        key = next((each for each in self.keys if VERSION + _key_name(each) == head), None)
        if key is None:
            raise NoSealKey(
                f"{name} was sealed with a media key that is not here: put the copy of the keys' folder back"
            )
        return _opened(_opened(key, sealed[_HEAD:middle], head, name), sealed[middle:], head, name)


def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_NAME]


def _closed(key: bytes, content: bytes, head: bytes, name: str) -> tuple[bytes, bytes]:
    nonce = secrets.token_bytes(_NONCE)
    return nonce, AESGCM(key).encrypt(nonce, content, head + name.encode())


def _opened(key: bytes, closed: bytes, head: bytes, name: str) -> bytes:
    try:
        return AESGCM(key).decrypt(closed[:_NONCE], closed[_NONCE:], head + name.encode())
    except InvalidTag as error:
        raise SealBroken(name) from error
