"""A photo of a report, for whoever may look at it."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from beffroi.adapters.storage.errors import NotStored
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.systems.reports.queries.media import media, name_of, part_of
from beffroi.systems.reports.queries.photos import SIZES, photo_seen


@login_not_required
@for_another
@require_GET
def report_photo(request: HttpRequest, pk: UUID, version: int, size: str) -> HttpResponse:
    """The picture, as it was made again. Another version is another address, so that a browser keeps it; what staff take back is gone
    from here at once.
    """
    row = photo_seen(viewer_of(request), pk, version) if size in SIZES else None
    if row is None:
        raise Hidden
    try:
        data = media().get(name_of(row.authority_id, row.pk, part_of(size, version)))
    except NotStored:
        raise Hidden from None
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    return response
