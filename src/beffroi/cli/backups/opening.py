"""A backup that somebody gave the path of: found, read, its note checked, its keys tried."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import ArchiveError, BadIdentity
from beffroi.adapters.archive.folder import MANIFEST, BackupFolder
from beffroi.adapters.keystore import KeyStoreError, read_private
from beffroi.cli.backups.errors import BackupRefused
from beffroi.protocol.backup.errors import BackupFormatError
from beffroi.protocol.backup.manifest import INSTALLATION, Manifest, note_text
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.note import VerifierKey, open_note


@dataclass(frozen=True, slots=True)
class Found:
    """A backup in its folder."""

    folder: BackupFolder
    manifest: Manifest
    digest: str

    @property
    def postgresql(self) -> int:
        """The major that the dump is of; raises BackupRefused."""
        major = re.match(r"\d+", self.manifest.postgresql)
        if major is None:
            raise BackupRefused(f"{self.manifest.postgresql} is no version of PostgreSQL")
        return int(major[0])

    @property
    def place(self) -> Path:
        """Where its parts lie."""
        return self.folder.folder / self.manifest.name


def find(path: Path) -> Found:
    """The backup at this path, or the newest of a folder of backups. Raises BackupRefused with what is missing."""
    place = path.absolute()
    if not (place / MANIFEST).is_file():
        names = BackupFolder(place).names()
        if not place.is_dir():
            raise BackupRefused(f"{path} is no folder: is the disk of backups mounted, and its name written as it is?")
        if not names:
            raise BackupRefused(
                f"{path} is no backup: manifest.json is missing, which is written last. "
                "Name a whole backup (a folder like 2026-11-23T030012Z) or the folder that holds them"
            )
        place /= names[-1]
    folder = BackupFolder(place.parent)
    try:
        manifest, digest = folder.manifest(place.name)
        note = folder.note(place.name)
    except (ArchiveError, BackupFormatError) as error:
        raise BackupRefused(f"{place}: {error}") from error
    if manifest.name != place.name:
        raise BackupRefused(f"{place} holds the manifest of {manifest.name}: give the folder its own name back")
    if not note.startswith(note_text(manifest.name, digest)):  # whoever signed it: damage shows without any key
        raise BackupRefused(f"{place}: manifest.note is about another manifest: one of both was altered")
    return Found(folder, manifest, digest)


def check_note(found: Found, keys: Iterable[VerifierKey]) -> None:
    """Raises BackupRefused unless one of these keys signed the note, and it is about this manifest."""
    try:
        text, _ = open_note(found.folder.note(found.manifest.name), keys)
    except (ArchiveError, RegisterFormatError) as error:
        raise BackupRefused(f"manifest.note: {error}") from error
    if text != note_text(found.manifest.name, found.digest):
        raise BackupRefused("manifest.note is about another manifest: one of both was altered")


def verifier_keys(host: str, private: Iterable[Ed25519PrivateKey]) -> list[VerifierKey]:
    """The keys as they sign notes about backups: those of the installation's log."""
    origin = LogName(INSTALLATION).origin(host)
    return [VerifierKey(origin, key.public_key().public_bytes_raw()) for key in private]


def parsed_keys(texts: Iterable[str]) -> list[VerifierKey]:
    """Verifier keys as `beffroi register key` prints them; raises BackupRefused."""
    try:
        return [VerifierKey.parse(text) for text in texts]
    except RegisterFormatError as error:
        raise BackupRefused(f"--key: {error}") from error


def identities(paths: Iterable[Path]) -> list[age.Identity]:
    """Roots (JWK), OpenSSH private keys or age identities, from files; raises BackupRefused."""
    return [_identity(path) for path in paths]


def read_root(path: Path) -> Ed25519PrivateKey:
    """A root from its file (JWK); raises BackupRefused."""
    try:
        root = read_private(path)
    except KeyStoreError as error:
        raise BackupRefused(str(error)) from error
    if not isinstance(root, Ed25519PrivateKey):
        raise BackupRefused(f"{path} is a key, but no root")
    return root


def _identity(path: Path) -> age.Identity:
    try:
        data = age.read_key_file(path)
    except BadIdentity as error:
        raise BackupRefused(str(error)) from error
    if data.lstrip().startswith(b"{"):
        return age.identity_of_root(read_root(path))
    try:
        return age.read_identity(data)
    except ArchiveError as error:
        raise BackupRefused(f"{path}: {error}") from error


def said(moment: datetime) -> str:
    """For people: 2026-11-23 03:00 UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
