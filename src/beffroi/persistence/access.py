"""How a page knows who is looking: the request that carries a viewer, and the refusal that shows nothing."""

from collections.abc import Callable
from typing import TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponse

from beffroi.lib.viewer import Viewer

V = TypeVar("V", bound=Callable[..., HttpResponse])


def for_another(view: V) -> V:
    """A page of one's own that an agent may use for somebody else, under a mandate: without this mark none may, public pages apart."""
    view.for_another = True  # type: ignore[attr-defined]  # a mark on a function, as Django's own `login_required`
    return view


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
