"""Private keys as files, 0600, one folder a use: a process opens only those of the uses it serves.

    BEFFROI_HOME/keys/<authority>/<use>/<kid>.jwk      what the server signs or opens with
    BEFFROI_HOME/keys/<authority>/box/<kid>.jwk        what opens passwords of equipment: the minter's alone
    BEFFROI_HOME/keys/<authority>/roots/<n>.jwk        the offline roots, until somebody takes them away
    $CREDENTIALS_DIRECTORY/<use>_<kid>.jwk             the same, from systemd: looked for first
    BEFFROI_HOME/keys/installation/media/<n>.jwk       what seals media files: the highest number does, each opens its own

A file holds one JWK with its private part (RFC 8037; RFC 7518, 6.4 for media). The name of a key is its RFC 7638 thumbprint.
"""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1.jwk import OctetKey, octet_key
from beffroi.protocol.v1.keyset import Use
from beffroi.protocol.v1.members import decode_bytes, encode_bytes

Private = Ed25519PrivateKey | X25519PrivateKey
MEDIA_OCTETS: Final = 32
BOX: Final = "box"


class KeyStoreError(Exception):
    """A key that should be there is not, or can't be read; the message says which file and what to do."""


class NoKey(KeyStoreError):
    """None of the keys that may be used is in the store."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key under its name."""

    kid: str
    private: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """An X25519 private key under its name."""

    kid: str
    private: X25519PrivateKey


def write_private(path: Path, private: Private) -> OctetKey:
    """Write a new private key, never over another; returns its public half."""
    public = octet_key(private)
    _write(path, {**public.jwk, "d": encode_bytes(private.private_bytes_raw())})
    return public


def _write(path: Path, jwk: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(jwk, sort_keys=True))
        file.flush()
        os.fsync(file.fileno())
    os.link(partial, path)
    partial.unlink()


def read_private(path: Path) -> Private:
    """The key of a file; raises KeyStoreError with words for whoever keeps the installation."""
    try:
        return private_of(json.loads(path.read_text()))
    except (OSError, ValueError, KeyStoreError) as error:
        raise KeyStoreError(
            f"{path} is not a readable key ({error}): put its copy back, or sign a new key set"
        ) from error


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but its owner may read or change a file."""
    return bool(path.stat().st_mode & 0o077)


def private_of(jwk: object) -> Private:
    """The key of a JWK with its private part; raises KeyStoreError, which names no value."""
    members = jwk if isinstance(jwk, dict) else {}
    secret, public = members.get("d"), members.get("x")
    raw = decode_bytes(secret) if isinstance(secret, str) else None
    kind = X25519PrivateKey if members.get("crv") == "X25519" else Ed25519PrivateKey
    try:
        key: Private = kind.from_private_bytes(raw or b"")
    except ValueError as error:
        raise KeyStoreError("no private key in it") from error
    if octet_key(key).x != public:
        raise KeyStoreError("its two halves are of different keys")
    return key


def _read_media(path: Path) -> bytes:
    try:
        secret = decode_bytes(str(json.loads(path.read_text())["k"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyStoreError(f"{path} is not a readable key ({error}): put its copy back") from error
    if secret is None or len(secret) != MEDIA_OCTETS:
        raise KeyStoreError(f"{path} is not a media key: put its copy back")
    return secret


class KeyStore:
    """The private keys of an installation."""

    def __init__(self, folder: Path, credentials: Path | None = None) -> None:
        """`credentials`: a folder of systemd's (`LoadCredential=`), flat: `<use>_<kid>.jwk`, looked into first."""
        self.folder = folder
        self.credentials = credentials

    def create(self, *, authority: str, use: Use) -> OctetKey:
        """Make a key for a use; returns its public half, whose thumbprint is its name."""
        private: Private = X25519PrivateKey.generate() if use is Use.EVENT_ENCRYPTION else Ed25519PrivateKey.generate()
        kid = octet_key(private).thumbprint
        return write_private(self._path(authority, use, kid), private)

    def holds(self, *, authority: str, use: Use, kid: str) -> bool:
        """Whether the private half of that key is here."""
        return self._here(authority, use, kid) is not None

    def signing_key(self, *, authority: str, use: Use, kids: Iterable[str]) -> SigningKey:
        """The first of these keys that the store holds; raises NoKey."""
        kid, private = self._first(authority, use, kids)
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyStoreError(f"{use} does not sign")
        return SigningKey(kid, private)

    def opening_keys(self, *, authority: str, kids: Iterable[str]) -> tuple[OpeningKey, ...]:
        """Those of these event-encryption keys that the store holds."""
        return self._opening(authority, Use.EVENT_ENCRYPTION, kids)

    def create_box(self, *, authority: str) -> OctetKey:
        """Make the key of a box (see `adapters.box`); returns its public half, whose thumbprint is its name."""
        private = X25519PrivateKey.generate()
        return write_private(self._path(authority, BOX, octet_key(private).thumbprint), private)

    def holds_box(self, *, authority: str, kid: str) -> bool:
        """Whether that box can be opened."""
        return self._here(authority, BOX, kid) is not None

    def box_keys(self, *, authority: str, kids: Iterable[str]) -> tuple[OpeningKey, ...]:
        """Those of these boxes' keys that the store holds."""
        return self._opening(authority, BOX, kids)

    def _opening(self, authority: str, use: str, kids: Iterable[str]) -> tuple[OpeningKey, ...]:
        found: list[OpeningKey] = []
        for kid in kids:
            path = self._here(authority, use, kid)
            private = read_private(path) if path is not None else None
            if isinstance(private, X25519PrivateKey):
                found.append(OpeningKey(kid, private))
        return tuple(found)

    def create_media_key(self) -> None:
        """Make the key that seals media files from now on; those before it still open what they sealed."""
        taken = [int(path.stem) for path in self._media_files()]
        secret = encode_bytes(secrets.token_bytes(MEDIA_OCTETS))
        _write(self._media / f"{max(taken, default=0) + 1}.jwk", {"kty": "oct", "k": secret})

    def media_keys(self) -> tuple[bytes, ...]:
        """The installation's keys of media files, 32 octets each, the one that seals first; raises KeyStoreError."""
        paths = sorted(self._media_files(), key=lambda path: -int(path.stem))
        return tuple(_read_media(path) for path in paths)

    @property
    def _media(self) -> Path:
        return self.folder / "installation" / "media"

    def _media_files(self) -> list[Path]:
        return [path for path in self._media.glob("*.jwk") if path.stem.isdecimal()]

    def _first(self, authority: str, use: Use, kids: Iterable[str]) -> tuple[str, Private]:
        for kid in kids:
            path = self._here(authority, use, kid)
            if path is not None:
                return kid, read_private(path)
        raise NoKey(
            f"no {use} key of authority {authority} that the current key set names is under {self.folder}: "
            "put the folder's copy back, or, if it is lost, sign a new key set with `beffroi keys sign --lost`"
        )

    def _here(self, authority: str, use: str, kid: str) -> Path | None:
        """Where that key is, None when it isn't; raises KeyStoreError when others may read or change its file.

        What systemd hands over it guards itself: the rights of those files don't say who reads them.
        """
        if self.credentials is not None and (given := self.credentials / f"{use}_{kid}.jwk").exists():
            return given
        path = self._path(authority, use, kid)
        if not path.exists():
            return None
        if is_open_to_others(path):
            raise KeyStoreError(f"{path} may be read by others on this machine: `chmod 600 {path}`, then ask who did")
        return path

    def _path(self, authority: str, use: str, kid: str) -> Path:
        return self.folder / authority / str(use) / f"{kid}.jwk"
