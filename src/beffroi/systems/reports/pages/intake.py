"""From an upload to a photo of a report: recognised by what it holds, sealed and kept before the act that takes it.

Only a worker decodes it: what can't be read although it looked like a photo is found out there, and its author sees so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile

from beffroi.lib.photographs import MOST_BYTES, recognise, says_too_large
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.errors import NoPhoto, TooHeavy, TooLarge
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of, seal

# Where a camera's file says how large it is: after what it wrote of itself, a small picture included.
HEAD: Final = 256 * 1024
Seen = tuple[datetime | None, Position | None]
T = TypeVar("T")


def take_in(*, authority: UUID, files: Sequence["UploadedFile[bytes]"], seen: Sequence[Seen] = ()) -> list[Taken]:
    """Keep the originals, each under the identifier of the photo to be. `seen`: what a phone read of when and where, in the same order.
    Raises NoPhoto, TooHeavy, TooLarge before anything is kept; StoreFailed, KeyStoreError.
    """
    for file in files:
        if (file.size or 0) > MOST_BYTES:
            raise TooHeavy
        head = file.read(HEAD)
        if recognise(head) is None:
            raise NoPhoto
        if says_too_large(head):
            raise TooLarge
        file.seek(0)
    taken: list[Taken] = []
    said = [*seen, *((None, None) for _ in files)]
    for file, (at, position) in zip(files, said, strict=False):
        photo = Taken(uuid4(), at, position)
        name = name_of(authority, photo.id, ORIGINAL)
        media().put(name, seal().seal(name, file.read()))
        taken.append(photo)
    return taken


def leave_out(*, authority: UUID, photos: Sequence[Taken]) -> None:
    """The act didn't take them: nothing of them stays."""
    for photo in photos:
        media().delete(name_of(authority, photo.id, ORIGINAL))


def with_photos(authority: UUID, files: Sequence["UploadedFile[bytes]"], act: Callable[[list[Taken]], T]) -> T:
    """Keep what was sent, then act; what the act doesn't take is destroyed. Raises as `take_in` does, and as the act."""
    photos = take_in(authority=authority, files=files)
    taken = False
    try:
        found = act(photos)
        taken = True
    finally:
        if not taken:
            leave_out(authority=authority, photos=photos)
    return found
