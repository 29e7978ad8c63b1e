"""What every page's frame needs: whose installation this is, where the viewer may go, whether this is a demonstration."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.queries import only_authority, visible_authorities
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import places_of

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

HALF_HOUR = 1_800  # seconds: what the demonstration says its pace with


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation."""

    label: str | Promise
    url: str
    icon: str
    current: str  # aria-current: "page" on that page, "true" on one below it, else empty


def shell(request: HttpRequest) -> dict[str, object]:
    """Template context of the frame."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    authority = _authority(viewer)
    return {
        "authority": authority,
        "demonstration": settings.BEFFROI_DEMO,
        "half_hour": HALF_HOUR // settings.BEFFROI_PACE if settings.BEFFROI_PACE > 1 else None,
        "frame": _frame(viewer),
        "navigation": _navigation(request, viewer),
    }


def _authority(viewer: Viewer | None) -> "Authority | None":
    """The authority whose name and colours are shown: the viewer's own, else the only one there is."""
    if viewer is not None and not viewer.anonymous:
        own = visible_authorities(viewer).first()
        if own is not None:
            return own
    return only_authority()


def _frame(viewer: Viewer | None) -> str:
    """The template that pages everybody has (home, account) extend: a phone's for those who open doors or are told, a desk's for staff."""
    if viewer is None or viewer.anonymous:
        return "base.html"
    roles = {post.role for post in viewer.posts}
    return "pocket.html" if roles and roles <= {Role.TECHNICIAN, Role.MEMBER} else "office.html"


def _navigation(request: HttpRequest, viewer: Viewer | None) -> list[Entry]:
    if viewer is None or viewer.anonymous:
        return []
    places = [
        (_("Home"), reverse("home"), "home"),
        *((place.label, reverse(place.route), place.icon) for place in places_of(viewer)),
        (_("My account"), reverse("mfa_index"), "person"),
    ]
    nearest = _nearest(request.path, [url for _label, url, _drawing in places])
    return [Entry(label, url, drawing, _current(request.path, url, nearest)) for label, url, drawing in places]


def _nearest(path: str, urls: list[str]) -> str:
    """The one place under which a page lies: places may lie under one another."""
    return max((url for url in urls if url != reverse("home") and path.startswith(url)), key=len, default="")


def _current(path: str, url: str, nearest: str) -> str:
    if path == url:
        return "page"
    return "true" if url == nearest else ""
