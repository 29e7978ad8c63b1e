"""Whether a backup is whole: without keys by lengths and hashes, with keys by opening everything."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import FolderUnusable, NotForUs, SealBroken
from beffroi.adapters.archive.folder import CATALOGUE, BackupFolder, open_part
from beffroi.adapters.archive.streams import CountingReader, Told, digest_of, untold
from beffroi.protocol.backup.errors import BadCatalogue
from beffroi.protocol.backup.manifest import INSTALLATION, Manifest

# Without these nothing can be restored; the keys of authorities come besides.
NEEDED: Final = ("database.age", "files.age", "register.age", "keys-installation.age", CATALOGUE)


class _Nowhere:
    """What is opened only to see that it opens."""

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        """Nothing to pass on."""


def faults(folder: BackupFolder, manifest: Manifest, told: Told = untold) -> Iterator[str]:
    """What is missing or altered, a line each, by name; none when all is as the manifest says. Reads everything."""
    for needed in NEEDED:
        if manifest.part(needed) is None:
            yield f"{manifest.name}: the manifest names no {needed}"
    for part in manifest.parts:
        yield from _fault(folder.folder / manifest.name / part.name, part.bytes, part.sha256, told)
    count = length = 0
    try:
        for stored in folder.catalogue(manifest.name):
            count, length = count + 1, length + stored.bytes
            for fault in _fault(folder.object_path(stored.sha256), stored.bytes, stored.sha256, told):
                more = f" and {len(stored.files) - 1} more" if len(stored.files) > 1 else ""
                yield f"{fault} (it holds {stored.files[0].path}{more})"
    except (BadCatalogue, FolderUnusable) as error:
        yield f"{manifest.name}: {error}"
        return
    if (count, length) != (manifest.objects, manifest.object_bytes):
        yield f"{manifest.name}: {CATALOGUE} names {count} objects, the manifest {manifest.objects}"


def seal_faults(
    folder: BackupFolder, manifest: Manifest, identities: Sequence[age.Identity], told: Told = untold
) -> Iterator[str]:
    """What does not open to its end with these keys, a line each. What none of them is meant for is left alone, unless it is the
    installation's.
    """
    for part in manifest.parts:
        if part.sealed is not None:
            path, must = folder.folder / manifest.name / part.name, part.sealed == INSTALLATION
            yield from _seal_fault(path, identities, told, must=must)
    for stored in folder.catalogue(manifest.name):
        must = stored.sealed == INSTALLATION
        yield from _seal_fault(folder.object_path(stored.sha256), identities, told, must=must)


def _fault(path: Path, length: int, sha256: str, told: Told) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            found, digest = digest_of(file, told)
    except FileNotFoundError:
        yield f"{path.name} is missing"
        return
    except OSError as error:
        yield f"{path.name} cannot be read: {error.strerror}"
        return
    if found < length:
        yield f"{path.name} is cut short: {found} of {length} bytes"
    elif (found, digest) != (length, sha256):
        yield f"{path.name} was altered"


def _seal_fault(path: Path, identities: Sequence[age.Identity], told: Told, *, must: bool) -> Iterator[str]:
    with open_part(path) as file:
        try:
            age.unseal(CountingReader(file, told), _Nowhere(), identities)
        except NotForUs as error:
            if must:
                yield f"{path.name}: {error}"
        except SealBroken as error:
            yield f"{path.name}: {error}"
