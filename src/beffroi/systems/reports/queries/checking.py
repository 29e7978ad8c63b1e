"""Photos that wait for staff, and those that they decided before."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.lib.viewer import Viewer
from beffroi.persistence.waiting import Waiting
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.queries.desk import working
from beffroi.systems.reports.queries.photos import SHOWN
from beffroi.systems.reports.queries.reports import HANDLING
from beffroi.systems.reports.rules import PhotoState


def in_charge(viewer: Viewer) -> QuerySet[Photo]:
    """Those of the authorities whose services the viewer belongs to, where reports are switched on, that can be looked at."""
    own = working(viewer) & viewer.authorities(*HANDLING)
    return Photo.objects.filter(authority_id__in=own, state__in=SHOWN).select_related("report__category", "authority")


def to_check(viewer: Viewer) -> QuerySet[Photo]:
    """Those that nobody has checked, the oldest first."""
    return in_charge(viewer).filter(state=PhotoState.WAITING.value).order_by("added_at", "id")


def following(viewer: Viewer, photo: UUID | None) -> Photo | None:
    """The one to check after this one, or the oldest."""
    rows = to_check(viewer)
    last = in_charge(viewer).filter(pk=photo).first() if photo else None
    if last is not None:
        rows = rows.filter(Q(added_at__gt=last.added_at) | Q(added_at=last.added_at, pk__gt=last.pk))
    return rows.first()


def with_original(viewer: Viewer, photo: UUID) -> Photo | None:
    """One whose original is still there, whether or not it can be read."""
    own = working(viewer) & viewer.authorities(*HANDLING)
    rows = Photo.objects.filter(authority_id__in=own, original_until__isnull=False)
    return rows.select_related("report__category").filter(pk=photo).first()


def checks(viewer: Viewer) -> bool:
    """Whether the viewer checks photos at all."""
    return bool(working(viewer) & viewer.authorities(*HANDLING))


def unchecked_photos(viewer: Viewer) -> list[Waiting]:
    """What the home page says of photos that nobody else sees before."""
    waiting = to_check(viewer).count() if viewer.authorities(*HANDLING) else 0
    if not waiting:
        return []
    words = ngettext("%(n)s photo to check", "%(n)s photos to check", waiting) % {"n": localize(waiting)}
    return [Waiting(words, reverse("report-check"), "camera")]
