"""Ends a session with the last role of whoever holds it, at the first request after: no job has to come round."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from beffroi.kernel.accounts.registry import closed
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import problem_response

API = "ninja"


class ClosureMiddleware:
    """Stands behind the viewer's: somebody without a role is asked about, nobody else costs a query."""

    # Its hook asks the database: without this, Django under ASGI would call it in the loop.
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing of its own."""
        return self.inner(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> HttpResponse | None:
        """What is shown instead of the page, to somebody whose last role has ended."""
        viewer = viewer_of(request)
        if viewer.anonymous or viewer.posts or viewer.agent is not None:
            return None
        ended = closed(viewer.known_person, viewer.as_of)
        if ended is None:
            return None
        logout(request)
        if request.resolver_match is not None and request.resolver_match.app_name == API:
            return problem_response(401, "log-in-ended", ended.reason)
        return render(request, "account/ended.html", {"ended": ended}, status=403)
