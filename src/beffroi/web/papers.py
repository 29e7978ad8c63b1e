"""A PDF of a page that may be had on paper: the page as it is shown, made by a child program within bounds, a few at a time."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from beffroi.adapters.pdf.errors import PdfError, PdfTooLong, PdfTooSlow
from beffroi.adapters.pdf.press import Sheets, print_sheets
from beffroi.persistence.access import viewer_of
from beffroi.persistence.papers import PAPERS, folder, style
from beffroi.persistence.work import alone, one_of
from beffroi.web.shell import shell

PDF: Final = "pdf"
AT_ONCE: Final = 2  # of everybody
PATIENCE: Final = 5.0  # seconds of waiting for one's turn
TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class PaperMiddleware:
    """`?format=pdf` on a page that says it may be had on paper gives its PDF."""

    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page's own answer, or what it looks like on paper."""
        response = self.inner(request)
        route = request.resolver_match.url_name if request.resolver_match else None
        wanted = request.method == "GET" and request.GET.get("format") == PDF and route in PAPERS
        if not wanted or response.status_code != HTTPStatus.OK or not response["Content-Type"].startswith("text/html"):
            return response
        return _paper(request, response.content.decode())


def _paper(request: HttpRequest, html: str) -> HttpResponse:
    with _turn(viewer_of(request).person) as given:
        if not given:
            return _trouble(
                request, _("Other PDFs are being made. Try again in a moment."), HTTPStatus.SERVICE_UNAVAILABLE
            )
        try:
            pdf = print_sheets(Sheets(html, _style(request), request.build_absolute_uri("/"), folder()))
        except PdfTooLong:
            return _trouble(
                request,
                _("This PDF would be too long. Choose a shorter period or a smaller list."),
                HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        except PdfTooSlow:
            words = _("This PDF takes too long to make. Choose a shorter period, or print the page from your browser.")
            return _trouble(request, words, HTTPStatus.SERVICE_UNAVAILABLE)
        except PdfError:
            words = _("This PDF could not be made. Print the page from your browser instead.")
            return _trouble(request, words, HTTPStatus.SERVICE_UNAVAILABLE)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{_name(html)}.pdf"'
    return response


@contextmanager
def _turn(person: UUID | None) -> Iterator[bool]:
    """Whether it is one's turn: one PDF a person, a few for all, whichever processes make them, so that nobody keeps the server busy."""
    with alone(f"paper of {person}") as own:
        if not own:
            yield False
            return
        with one_of("paper", AT_ONCE, within=PATIENCE) as given:
            yield given


def _trouble(request: HttpRequest, words: str, status: HTTPStatus) -> HttpResponse:
    back = request.GET.copy()
    back.pop("format", None)
    address = f"{request.path}?{back.urlencode()}" if back else request.path
    response = render(request, "web/paper_trouble.html", {"words": words, "back": address}, status=status)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "10"
    return response


def _style(request: HttpRequest) -> str:
    """Paper's style sheet, with the authority's name and colour, and when the page was read."""
    authority = shell(request)["authority"]
    name, colour = getattr(authority, "name", "Beffroi"), getattr(authority, "colour", "#17566b")
    return style(name, colour, viewer_of(request).as_of)


def _name(html: str) -> str:
    found = TITLE.search(html)
    return slugify(found[1])[:80] if found and slugify(found[1]) else "page"
