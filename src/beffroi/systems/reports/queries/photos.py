"""Photos that a viewer may look at: those that weren't refused for whoever reads the report whole, checked ones for anybody."""

from typing import Final
from uuid import UUID

from django.db.models import Q

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.lib.viewer import Viewer
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.queries.reports import HANDLING, visible
from beffroi.systems.reports.queries.rounds import on_the_way
from beffroi.systems.reports.rules import SYSTEM, PhotoState, Stage

SIZES: Final = ("full", "thumb")
# What reports.PUBLIC says, of a photo.
PUBLISHED: Final = Q(report__category__public=True) & ~Q(report__stage=Stage.MERGED.value)
SHOWN: Final = (PhotoState.CHECKED.value, PhotoState.WAITING.value, PhotoState.REFUSED.value)


def photo_seen(viewer: Viewer, photo: UUID, version: int) -> Photo | None:
    """One photo at this version, if the viewer may look at it: unchecked ones only with the whole report, or on the way there; refused
    ones only who decides, and who sent them; none where reports are switched off. One that is hidden costs as many questions as one that
    isn't there.
    """
    anybody = PUBLISHED & Q(state=PhotoState.CHECKED.value)
    read = Q(report_id__in=visible(viewer).order_by().values("pk")) | on_the_way(viewer)
    decides = Q(authority_id__in=viewer.authorities(*HANDLING))
    if viewer.person is not None:
        decides |= Q(report__author=viewer.person)
    seen = anybody | read & (~Q(state=PhotoState.REFUSED.value) | decides)
    row = Photo.objects.filter(seen, pk=photo, version=version, state__in=SHOWN).first()
    return row if row is not None and is_switched_on(authority=row.authority_id, system=SYSTEM) else None


def queued_photo(photo: UUID) -> Photo | None:
    """One that waits to be re-encoded: the worker's."""
    return Photo.objects.filter(pk=photo, state=PhotoState.QUEUED.value).first()


def unreadable_photos(report: UUID) -> int:
    """How many of a report's photos nobody can look at: only its sender can send them again."""
    return Photo.objects.filter(report_id=report, state=PhotoState.UNREADABLE.value).count()
