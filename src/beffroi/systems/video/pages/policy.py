"""What the page of images may do beyond every other page: speak with the relays of its cameras, and show what came of it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse


def with_images(request: HttpRequest, response: HttpResponse, relays: Iterable[str]) -> HttpResponse:
    """The answer, whose content policy admits these relays' addresses, and pictures put together in the page (`blob:`)."""
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, relays)})
    csp_update({"connect-src": origins, "media-src": ["blob:"]})(lambda _request: response)(request)
    return response
