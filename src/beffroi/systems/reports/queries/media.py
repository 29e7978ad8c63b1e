"""The files of photos, by authority and photo: where they are, and what seals the originals."""

from uuid import UUID

from django.conf import settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.storage.folder import Store
from beffroi.adapters.storage.sealed import Seal

ORIGINAL = "original"


def media() -> Store:
    """The installation's store."""
    return Store(settings.BEFFROI_MEDIA)


def seal() -> Seal:
    """What closes and opens originals; raises KeyStoreError."""
    return Seal(KeyStore(settings.BEFFROI_HOME / "keys").media_keys())


def name_of(authority: UUID, photo: UUID, part: str) -> str:
    """Under which name a file of a photo is kept."""
    return f"{authority}/{photo}/{part}"


def part_of(size: str, version: int) -> str:
    """The part of a photo's name at a size ("full", "thumb"): each time it is made again is another file."""
    return f"{size}-{version}"
