"""How a page knows who is looking: the request that carries a viewer, and the refusal that shows nothing."""

from typing import cast

from django.http import Http404, HttpRequest

from beffroi.lib.viewer import Viewer


class ViewedRequest(HttpRequest):
    """A request after `web.middleware.ViewerMiddleware`."""

    viewer: Viewer


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer that the middleware put on the request."""
    viewer = getattr(request, "viewer", None)
    if not hasattr(viewer, "posts"):
        raise TypeError("the request has no viewer: is web.middleware.ViewerMiddleware installed?")
    return cast("Viewer", viewer)


class Hidden(Http404):
    """The viewer may not know whether the thing exists: what a stranger sees is "no such page"."""
