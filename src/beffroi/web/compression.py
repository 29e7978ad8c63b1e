"""Pages are sent compressed: a month of them on a slow network costs a fifth.

Compression tells an attacker who can make somebody else's browser ask for pages, and see how long the answers are, something of what
they hold (BREACH). Django's own answer is used: every answer is lengthened by a random number of bytes, CSRF tokens are masked anew in
each, and session cookies are SameSite. Streams are left alone: what happens must leave as it happens.
"""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORTH_IT: Final = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/json",
    "application/manifest+json",
    "text/csv",
)


class CompressionMiddleware(GZipMiddleware):
    """Text that is there whole."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compressed where the browser reads it."""
        if response.streaming or not response.get("Content-Type", "").startswith(WORTH_IT):
            return response
        return super().process_response(request, response)
