"""The queue as a file: what its filters let through, as text in columns or a workbook."""

from typing import Final

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.timezone import localdate
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.spreadsheets import streamed
from beffroi.systems.reports.pages.desk import asked_for
from beffroi.systems.reports.queries.desk import queue, working
from beffroi.systems.reports.queries.sheet import table

ENDINGS: Final = ("csv", "xlsx")


@require_GET
def report_sheet(request: HttpRequest, ending: str) -> StreamingHttpResponse:
    """All that the queue lists with these filters, in its order."""
    viewer = viewer_of(request)
    if ending not in ENDINGS or not working(viewer):
        raise Hidden
    _form, wanted = asked_for(request, viewer)
    name = f"{pgettext('name of a file', 'reports')}-{localdate(viewer.as_of):%Y-%m-%d}.{ending}"
    return streamed(request, table(viewer, queue(viewer, wanted), wanted.category), name)
