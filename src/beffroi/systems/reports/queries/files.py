"""The files of one photo: what is shown of it in two sizes, its original; and files that no row knows any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID

from beffroi.adapters.storage.errors import NotStored
from beffroi.lib.photographs import Photograph
from beffroi.persistence.portability import Attachment
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of, part_of, seal
from beffroi.systems.reports.queries.photos import SIZES

# What is written before its row is there, or after: nobody takes longer.
GRACE: Final = timedelta(days=1)
_AT_ONCE: Final = 1000


def keep_files(photo: Photo, made: Photograph) -> None:
    """What is shown of it at its version; raises StoreFailed."""
    for size, data in zip(SIZES, (made.full, made.thumb), strict=True):
        media().put(name_of(photo.authority_id, photo.pk, part_of(size, photo.version)), data)


def erase_files(photo: Photo) -> None:
    """What was shown of it at its version goes; raises StoreFailed."""
    for size in SIZES:
        media().delete(name_of(photo.authority_id, photo.pk, part_of(size, photo.version)))


def erase_original(photo: Photo) -> None:
    """As it came, it is no more; raises StoreFailed."""
    media().delete(name_of(photo.authority_id, photo.pk, ORIGINAL))


def full_of(photo: Photo) -> bytes:
    """The larger of what is shown of it; raises NotStored."""
    return media().get(name_of(photo.authority_id, photo.pk, part_of("full", photo.version)))


def shown_files(authority: UUID) -> Iterator[Attachment]:
    """What is shown of each photo of an authority, faces and plates hidden. Originals stay: one opens them by a right, for a reason."""
    for photo in Photo.objects.filter(authority=authority, version__gt=0).order_by("pk").iterator():
        yield Attachment(f"reports/{photo.pk}.jpg", "image/jpeg", partial(_full_or_gone, photo))


def _full_or_gone(photo: Photo) -> bytes | None:
    try:
        return full_of(photo)
    except NotStored:
        return None


def original_of(photo: Photo) -> bytes:
    """As it came; raises NotStored, SealError, KeyStoreError."""
    name = name_of(photo.authority_id, photo.pk, ORIGINAL)
    return seal().open_sealed(name, media().get(name))


def stray_files(before: datetime) -> Iterator[str]:
    """Files of photos last written before that moment that no row knows: of destroyed reports, of earlier versions, of acts that never
    came to be.
    """
    names = media().keys(before=before)
    while some := list(islice(names, _AT_ONCE)):
        photos = {name: _photo_of(name) for name in some}
        rows = Photo.objects.in_bulk([photo for photo in photos.values() if photo is not None])
        for name, photo in photos.items():
            if photo is not None and name not in _known(rows.get(photo)):
                yield name


def erase_strays(now: datetime) -> int:
    """Destroy them, with what a crash left half-written; how many there were. Raises StoreFailed."""
    found = 0
    for name in stray_files(now - GRACE):
        media().delete(name)
        found += 1
    return found + media().sweep(now - GRACE)


def _photo_of(name: str) -> UUID | None:
    """Whose file it is; none of a photo's has another form."""
    try:
        _authority, photo, _part = name.split("/")
        return UUID(photo)
    except ValueError:
        return None


def _known(row: Photo | None) -> frozenset[str]:
    if row is None:
        return frozenset()
    parts = [part_of(size, row.version) for size in SIZES] + ([ORIGINAL] if row.original_until else [])
    return frozenset(name_of(row.authority_id, row.pk, part) for part in parts)
