"""Rights to open photos as they came: the viewer's own, and those that an administrator may take back."""

from django.db.models import Q, QuerySet

from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.reports.models import OriginalRight, Photo
from beffroi.systems.reports.queries.desk import working
from beffroi.systems.reports.queries.reports import HANDLING


def visible_rights(viewer: Viewer) -> QuerySet[OriginalRight]:
    """An administrator's: all of the authority's. An agent's: their own. The latest first."""
    all_of = working(viewer) & viewer.authorities(Role.ADMINISTRATOR)
    seen = Q(authority_id__in=all_of)
    if viewer.person is not None:
        seen |= Q(person_id=viewer.person, authority_id__in=working(viewer) & viewer.authorities(*HANDLING))
    rows = OriginalRight.objects.filter(seen)
    return rows.select_related("photo__report__category", "person").order_by("-starts", "id")


def own_right(viewer: Viewer, photo: Photo) -> OriginalRight | None:
    """The viewer's latest right on a photo, whether or not it still holds."""
    if viewer.person is None:
        return None
    rows = OriginalRight.objects.filter(photo=photo, person_id=viewer.person).select_related("photo")
    return rows.order_by("-starts", "id").first()


def holds(right: OriginalRight | None, viewer: Viewer) -> bool:
    """Whether it is neither over nor taken back, as of when the viewer looks."""
    return right is not None and right.closed_at is None and viewer.as_of < right.ends
