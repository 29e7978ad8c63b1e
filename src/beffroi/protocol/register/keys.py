"""Checkpoint keys on disk: PEM (PKCS 8) files that nobody but their owner can read.

Every `*.pem` of the folder signs, so that a key can be replaced while both are trusted. `*.pub` files hold keys that signed
once and no longer do, in raw base64: what they signed is still taken as ours.
"""

import base64
import binascii
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from .archive import write_durably
from .errors import RegisterFormatError
from .note import VerifierKey, verifier_key

_SEED_BYTES = 32


class KeyFileError(RegisterFormatError):
    """A key file that is missing, unreadable, or that others can read."""

    code = "checkpoint-key"


@dataclass(frozen=True, slots=True)
class CheckpointKeys:
    """The keys that sign, and the public bytes of those that used to."""

    signing: tuple[Ed25519PrivateKey, ...]
    retired: tuple[bytes, ...] = ()

    def verifiers(self, name: str) -> list[VerifierKey]:
        """Every key under the name it signs with, which is the log's origin."""
        alive = [verifier_key(name, key) for key in self.signing]
        return alive + [VerifierKey(name, public) for public in self.retired]


def load_checkpoint_keys(folder: Path) -> CheckpointKeys:
    """Read the folder; raises KeyFileError."""
    paths = sorted(folder.glob("*.pem"))
    if not paths:
        raise KeyFileError(f"no checkpoint key in {folder}")
    return CheckpointKeys(
        signing=tuple(_read_private(path) for path in paths),
        retired=tuple(_read_public(path) for path in sorted(folder.glob("*.pub"))),
    )


def create_checkpoint_key(
    folder: Path, name: str = "checkpoint", randomness: Callable[[int], bytes] = os.urandom
) -> Path:
    """Make a key unless one of that name is there; returns its file, which only its owner can read."""
    path = folder / f"{name}.pem"
    if not path.exists():
        key = Ed25519PrivateKey.from_private_bytes(randomness(_SEED_BYTES))
        write_durably(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
        folder.chmod(0o700)
    return path


def _read_private(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path} can be read by others: chmod 600 it, and replace it if they may have")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not a PEM private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key")
    return key


def _read_public(path: Path) -> bytes:
    try:
        public = base64.b64decode(path.read_text().strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyFileError(f"{path} is not base64") from error
    if len(public) != _SEED_BYTES:
        raise KeyFileError(f"{path} is not an Ed25519 public key")
    return public
