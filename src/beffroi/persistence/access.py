"""How a page knows who is looking: the request that carries a viewer, and the refusal that shows nothing."""

from django.http import Http404, HttpRequest

from beffroi.lib.viewer import Viewer


class ViewedRequest(HttpRequest):
    """A request after `web.middleware.ViewerMiddleware`."""

    viewer: Viewer


class Hidden(Http404):
    """The viewer may not know whether the thing exists: what a stranger sees is "no such page"."""
