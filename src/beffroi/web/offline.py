"""What our service worker may keep of an answer, and for whom: two headers that only it reads (frontend/src/serviceworker).

A page is kept for as many days as its view says, within one session; only by whoever works with a phone of their own, a desk being shared,
unless it is a form that says nothing of anybody. Under a mandate nothing is (`web.mandates` says so by a header of its own).
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from beffroi.lib.viewer import Role, Viewer

READER: Final = "X-Beffroi-Reader"
KEEP: Final = "X-Beffroi-Keep"
NOBODY: Final = "nobody"
# Who has pages of a phone: they open doors or are told. Officials read as much as staff does: their menu folds instead.
POCKET: Final = frozenset({Role.TECHNICIAN, Role.MEMBER})
LONG_ENOUGH: Final = 22


def in_pocket(viewer: Viewer | None) -> bool:
    """Whether somebody's pages are a phone's."""
    roles = frozenset() if viewer is None else frozenset(post.role for post in viewer.posts)
    return bool(roles) and roles <= POCKET


def reader_of(request: HttpRequest) -> str:
    """A word for this session that says nothing of whose it is, and changes with it; `nobody` without a log-in."""
    if not request.user.is_authenticated:
        return NOBODY
    return salted_hmac("beffroi.offline", request.session.session_key or "").hexdigest()[:LONG_ENOUGH]


def draft_reader(request: HttpRequest) -> str:
    """For whom a form may keep what is typed on this device: nobody without a log-in, nor under a mandate."""
    user, viewer = getattr(request, "user", None), getattr(request, "viewer", None)
    if user is None or not user.is_authenticated or viewer is None or viewer.agent is not None:
        return ""
    return reader_of(request)


def keeps(request: HttpRequest) -> bool:
    """Whether what is this reader's, and no form of everybody's, may be kept on this device: it is theirs, and they act for themselves."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    return viewer is not None and viewer.agent is None and in_pocket(viewer)


def mark(request: HttpRequest, response: HttpResponse) -> None:
    """Say whose page that is, and whether it may be kept."""
    if not response.get("Content-Type", "").startswith("text/html"):
        return
    response[READER] = reader_of(request)
    match = request.resolver_match
    if request.method != "GET" or match is None:
        return
    viewer: Viewer | None = getattr(request, "viewer", None)
    days: int = getattr(match.func, "kept_days", 0)
    if days:
        response[KEEP] = str(days)
    elif getattr(match.func, "kept_offline", False) and (not request.user.is_authenticated or in_pocket(viewer)):
        response[KEEP] = "1"
