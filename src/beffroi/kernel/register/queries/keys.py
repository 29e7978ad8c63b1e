"""Checkpoint keys: a log's own and the installation's, from the key store's folders.

    BEFFROI_HOME/keys/<log>/checkpoint/<kid>.jwk            an authority's own, once its key set has them
    BEFFROI_HOME/keys/installation/checkpoint/<kid>.jwk     the installation's, from the first day
    …/checkpoint/<kid>.retired                              a key that signed once: the same file, renamed
Every checkpoint is signed by all of both, so that whoever holds any of their verifier keys can go on.
"""

import stat
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.keystore import KeyStore, KeyStoreError, read_private
from beffroi.kernel.register.errors import KeyUnusable
from beffroi.protocol.register.entry import INSTALLATION
from beffroi.protocol.register.keys import CheckpointKeys
from beffroi.protocol.v1.keyset import Use


class KeyRing:
    """The checkpoint keys of every log; files are read again when others are there (an authority's own come after its first entry)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[Path, ...], CheckpointKeys]] = {}

    def of(self, log: str) -> CheckpointKeys:
        """Raises KeyUnusable when there is none, or when a file cannot be read or can be read by others."""
        owners = [INSTALLATION] if log == INSTALLATION else [log, INSTALLATION]
        live = [path for owner in owners for path in self._files(owner, "jwk")]
        former = [path for owner in owners for path in self._files(owner, "retired")]
        files = (*live, *former)
        held = self._known.get(log)
        if held is None or held[0] != files:
            signing = tuple(_read(live))
            if not signing:
                raise KeyUnusable(f"no checkpoint key under {self.folder / INSTALLATION}")
            retired = tuple(key.public_key().public_bytes_raw() for key in _read(former))
            held = (files, CheckpointKeys(signing, retired))
            self._known[log] = held
        return held[1]

    def _files(self, owner: str, suffix: str) -> list[Path]:
        return sorted((self.folder / owner / str(Use.CHECKPOINT)).glob(f"*.{suffix}"))


def create_checkpoint_key(folder: Path) -> None:
    """Make the installation's key, unless it has one."""
    if not any((folder / INSTALLATION / str(Use.CHECKPOINT)).glob("*.jwk")):
        KeyStore(folder).create(authority=INSTALLATION, use=Use.CHECKPOINT)


def _read(paths: Iterable[Path]) -> list[Ed25519PrivateKey]:
    keys: list[Ed25519PrivateKey] = []
    for path in paths:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyUnusable(f"{path} can be read by others: chmod 600 it, and replace the key if somebody may have")
        try:
            key = read_private(path)
        except KeyStoreError as error:
            raise KeyUnusable(str(error)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path} is not an Ed25519 key")
        keys.append(key)
    return keys
