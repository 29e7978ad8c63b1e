"""Requests as the web processes handle them: Django's ASGI handler, with a page and all that stands before it in one thread."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Handler(ASGIHandler):
    """Django's goes back to the loop between the last middleware and the page, and from there to the thread again: a tenth of what it takes
    to receive a report. Our middleware is synchronous throughout; a page that isn't (a screen's stream) runs in the loop,
    and the thread waits for what it answers.
    """

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django's own signature
        """The synchronous chain, whatever is asked for."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """One hop to the request's thread, one back."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
