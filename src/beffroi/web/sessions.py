"""Sessions as Django keeps them, but that one request never logs another out."""

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's has the browser forget a session that isn't there, in any answer. At a log-in the session gets another name: what was asked
    a moment before under the former one, a page that a service worker fetches say, and is answered a moment after, would take away the
    one that has just begun. Here only the request that ends a session says so.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The cookie, when this request began, changed or ended the session."""
        session = request.session
        if not session.modified and session.is_empty():
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return super().process_response(request, response)
