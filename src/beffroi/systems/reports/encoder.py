"""The worker's loop that makes photos again from their points: what others are shown is never what came.

Several may run: photos are claimed for the length of a lease, and one that kills its worker is given up after a few attempts. Between
them it destroys the files that no row knows any more.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.timezone import make_aware

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.storage.errors import NoSealKey, NotStored, SealError, StorageError
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.hours import PARIS
from beffroi.lib.photographs import Unfit, examine
from beffroi.persistence.work import alone, each_claimed, repeated
from beffroi.systems.reports.actions.photos import claim_photos, give_up_photo, keep_encoded, note_fault, put_off_photo
from beffroi.systems.reports.queries.files import erase_strays
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of, part_of, seal
from beffroi.systems.reports.queries.photos import queued_photo

AT_ONCE: Final = 8
LOOK_EVERY: Final = 1.0
TIDIED_EVERY: Final = timedelta(hours=6)
log = logging.getLogger(__name__)


def make_again(photo: UUID, attempt: int, clock: Clock = utc_now) -> None:
    """Decode a sealed original and keep what may be shown of it, in two sizes; what can't be read is given up."""
    row = queued_photo(photo)
    if row is None:
        return
    name = name_of(row.authority_id, photo, ORIGINAL)
    try:
        found = examine(seal().open_sealed(name, media().get(name)))
    except (NoSealKey, KeyStoreError) as error:
        log.warning("the key of a photo isn't here: put the copy of BEFFROI_HOME/keys back")
        put_off_photo(photo=photo, attempt=attempt, fault=type(error).__name__, now=clock())
        return
    except (NotStored, SealError) as error:
        give_up_photo(photo=photo, attempt=attempt, fault=type(error).__name__)
        return
    if isinstance(found, Unfit):
        give_up_photo(photo=photo, attempt=attempt, fault=found.value)
        return
    for size, data in (("full", found.full), ("thumb", found.thumb)):
        media().put(name_of(row.authority_id, photo, part_of(size, row.version)), data)
    taken = found.taken_at
    keep_encoded(
        photo=photo,
        attempt=attempt,
        width=found.width,
        height=found.height,
        taken_at=make_aware(taken, PARIS) if taken is not None and taken.tzinfo is None else taken,
        position=found.position,
    )


def tidy(now: datetime) -> None:
    """Destroy files that no row knows; a disk that refuses is said, and tried again hours later."""
    with alone("reports.files") as mine:
        if not mine:
            return
        try:
            erase_strays(now)
        except StorageError as error:
            log.warning("files of photos that no row knows could not be destroyed: %s", error)


def run_photos(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Make photos again until told to stop, a few at a time, so that several workers share them."""
    tidied: datetime | None = None

    def turn() -> float:
        nonlocal tidied
        now = clock()
        claimed = claim_photos(now=now, most=AT_ONCE)
        each_claimed(
            "photo",
            claimed,
            make_again,
            lambda photo, attempt, fault: note_fault(photo=photo, attempt=attempt, fault=fault),
        )
        if not claimed and (tidied is None or now - tidied >= TIDIED_EVERY):
            tidied = now
            tidy(now)
        return 0.0 if claimed else LOOK_EVERY

    repeated(turn, stop)
