"""Tables that a spreadsheet opens, in which no text is taken for a formula: small ones at once, large ones row by row."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from io import StringIO
from typing import Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from beffroi.adapters.spreadsheet.writing import MARK, Row, plain, text_parts, workbook_parts

TEXT: Final = "text/csv; charset=utf-8"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(lines: Iterable[Iterable[object]], name: str) -> HttpResponse:
    """The table as a file of that name (CSV); a text that begins as a formula does is marked as text."""
    file = StringIO()
    writer = csv.writer(file, delimiter=";")
    for line in lines:
        writer.writerow([plain(cell) for cell in line])
    response = HttpResponse(MARK + file.getvalue(), content_type=TEXT)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def streamed(request: HttpRequest, lines: Iterable[Row], name: str) -> StreamingHttpResponse:
    """A table of any length as a file of that name, CSV or a workbook (`.xlsx`). It is written as it is asked for, the request
    being over: the lines ask for no translation. The first row of a CSV leaves before the last is read."""
    as_workbook = name.endswith(".xlsx")
    parts = workbook_parts(lines, name.removesuffix(".xlsx")) if as_workbook else text_parts(lines)
    body = _later(parts) if isinstance(request, ASGIRequest) else parts
    response = StreamingHttpResponse(body, content_type=WORKBOOK if as_workbook else TEXT)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


async def _later(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """As the server asks for it: a thread works out each part, and others are answered meanwhile."""
    following = sync_to_async(lambda: next(parts, None))
    while (part := await following()) is not None:
        yield part
