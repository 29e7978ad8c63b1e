"""Tables of video on request."""

from beffroi.systems.video.models.access import AccessLetter, AccessRequest
from beffroi.systems.video.models.requests import Call, Request
from beffroi.systems.video.models.sites import PLACE_LABELS, REGIME_LABELS, Camera, Entrance, Relay, Site
from beffroi.systems.video.models.viewings import Mark, Served, Viewing

__all__ = [
    "PLACE_LABELS",
    "REGIME_LABELS",
    "AccessLetter",
    "AccessRequest",
    "Call",
    "Camera",
    "Entrance",
    "Mark",
    "Relay",
    "Request",
    "Served",
    "Site",
    "Viewing",
]
