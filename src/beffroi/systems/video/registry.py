"""Entries that video leaves, and the places it adds to the navigation."""

from collections.abc import Callable
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.places import OpenPlace, Place, register_open_place, register_place

_SITE = {"site": FieldType.UUID}
_CAMERA = {"camera": FieldType.UUID}
_ASKED = {"request": FieldType.UUID}

KINDS = (
    RegisterKind(
        "video.site-added",
        _("A site with cameras was written down."),
        {**_SITE, "organisation": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "video.site-changed",
        _("What is written of a site with cameras was corrected."),
        {**_SITE, "organisation": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "video.entrance-added",
        _("A part of a site with cameras was named."),
        {**_SITE, "entrance": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "video.camera-added",
        _("A camera was written down, under one legal regime."),
        {**_CAMERA, **_SITE, "regime": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "video.camera-changed",
        _("A camera changed: what is written of it, its regime, its source, or its service."),
        {**_CAMERA, "change": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "video.relay-added",
        _("A relay of cameras was registered."),
        {"relay": FieldType.UUID, "device": FieldType.DEVICE},
        lasting=True,
    ),
    RegisterKind(
        "video.relay-moved",
        _("Browsers find a relay at another address."),
        {"relay": FieldType.UUID},
        lasting=True,
    ),
    RegisterKind(
        "video.access-asked",
        _("An inhabitant asked about images of themselves; the answer is due then."),
        {**_ASKED, **_SITE, "right": FieldType.CODE, "due": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "video.access-extended",
        _("An inhabitant is answered later, and was told why."),
        {**_ASKED, "due": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "video.access-answered",
        _("An inhabitant who asked about images was answered; `kept` says whether in time."),
        {**_ASKED, "answer": FieldType.CODE, "kept": FieldType.INTEGER},
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)


def register_places(sees: Callable[[Viewer], bool], offers: Callable[[UUID], bool]) -> None:
    """Called once, when the application is ready, with who sees cameras and where inhabitants may ask about them."""
    for place in (
        Place(
            "video",
            _("Cameras"),
            _("Sites, cameras, the law that each is under"),
            "camera",
            15,
            sees,
            short=pgettext_lazy("a phone's bar", "Cameras"),
        ),
        Place(
            "video-access",
            _("Requests about images"),
            _("What inhabitants ask about images of themselves, and by when they are answered"),
            "person",
            35,
            lambda viewer: bool(viewer.authorities(Role.ADMINISTRATOR)),
        ),
    ):
        register_place(place)
    register_open_place(
        OpenPlace(
            "video-public",
            _("Cameras here"),
            _("Where they are, who is responsible, why, and how to ask about images of you"),
            "camera",
            40,
            offers,
        )
    )
