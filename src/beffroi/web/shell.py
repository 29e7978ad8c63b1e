"""What every page's frame needs: whose installation this is, where the viewer may go, whether this is a demonstration."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.queries import only_authority, visible_authorities
from beffroi.lib.viewer import Viewer

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    label: str | Promise
    url: str
    current: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """Template context of the frame."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    authority = _authority(viewer)
    return {
        "authority": authority,
        "demonstration": settings.BEFFROI_DEMO,
        "navigation": _navigation(request, viewer),
    }


def _authority(viewer: Viewer | None) -> "Authority | None":
    """The authority whose name and colours are shown: the viewer's own, else the only one there is."""
    if viewer is not None and not viewer.anonymous:
        own = visible_authorities(viewer).first()
        if own is not None:
            return own
    return only_authority()


def _navigation(request: HttpRequest, viewer: Viewer | None) -> list[Place]:
    if viewer is None or viewer.anonymous:
        return []
    places = [(_("Home"), reverse("home")), (_("My account"), reverse("mfa_index"))]
    return [Place(label, url, request.path == url) for label, url in places]
