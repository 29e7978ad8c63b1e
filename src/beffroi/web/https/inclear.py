"""What a page says when it came over plain HTTP from another machine: what won't work, why, and what to do."""

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse

from beffroi.lib.hosts import at_home
from beffroi.lib.viewer import Role, Viewer
from beffroi.web.health import FORWARDED
from beffroi.web.hosts import host_of
from beffroi.web.https.plaindoor import secure_address


@dataclass(frozen=True, slots=True)
class InClear:
    """`secure` is the same page over HTTPS, where there is such an address; `trust` where its certificate is explained, where it is ours;
    `logs_in`: cookies of a log-in come over plain HTTP too.
    """

    secure: str
    trust: str
    logs_in: bool
    administrator: bool


def told_in_clear(request: HttpRequest) -> InClear | None:
    """None when all is well."""
    if not came_in_clear(request):
        return None
    https = str(settings.BEFFROI_PUBLIC_URL).startswith("https://")
    return InClear(
        secure=secure_address(request) if https else "",
        trust=reverse("trust") if settings.BEFFROI_LOCAL_CA else "",
        logs_in=not https,
        administrator=_administers(request),
    )


def came_in_clear(request: HttpRequest) -> bool:
    """Whether it came over plain HTTP from another machine: by what the network says, or by a proxy that says nothing of HTTPS."""
    if request.is_secure() or at_home(host_of(request)):
        return False
    peer = request.META.get("REMOTE_ADDR", "")
    return any(name in request.headers for name in FORWARDED) or bool(peer and not at_home(peer))


def _administers(request: HttpRequest) -> bool:
    viewer: Viewer | None = getattr(request, "viewer", None)
    try:
        return viewer is not None and bool(viewer.authorities(Role.ADMINISTRATOR))
    except DatabaseError:
        return False
