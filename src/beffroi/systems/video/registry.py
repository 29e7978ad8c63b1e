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
_LOOK = {
    **_CAMERA,
    "device": FieldType.DEVICE,
    "sequence": FieldType.INTEGER,
    "organisation": FieldType.UUID,
    "person": FieldType.UUID,
    "receiving": FieldType.UUID,
    "at": FieldType.TIMESTAMP,
}
_ENDED = {
    **_CAMERA,
    "entry": FieldType.UUID,
    "cause": FieldType.CODE,
    "lasted": FieldType.INTEGER,
    "by_last_beat": FieldType.INTEGER,
    "at": FieldType.TIMESTAMP,
}
_TAKEN = {
    "count": FieldType.INTEGER,
    **_CAMERA,
    "person": FieldType.UUID,
    "purpose": FieldType.CODE,
    "starts": FieldType.TIMESTAMP,
    "ends": FieldType.TIMESTAMP,
}
_SOUGHT = frozenset(_TAKEN) - {"count"}
_MARKED = {**_CAMERA, "entry": FieldType.UUID, "at": FieldType.TIMESTAMP}

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
        "video.camera-masked",
        _("So many parts of a camera’s picture are hidden from everybody; `burned` when words are written on it."),
        {**_CAMERA, "hidden": FieldType.INTEGER, "burned": FieldType.INTEGER},
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
    RegisterKind(
        "video.access-letter-posted",
        _("A letter to an inhabitant who asked about images was printed and posted; `told` is what it says."),
        {**_ASKED, "told": FieldType.CODE},
    ),
    RegisterKind(
        "video.called",
        _("A building’s manager gave the alert."),
        {"call": FieldType.UUID, **_SITE, "organisation": FieldType.UUID},
    ),
    RegisterKind(
        "video.call-unanswered",
        _("Nobody asked for the images that a building’s manager gave the alert about."),
        {"call": FieldType.UUID},
    ),
    RegisterKind(
        "video.request-made",
        _("An officer asked for images: for so many seconds; `earlier` is the request that it goes on from."),
        {
            **_ASKED,
            **_SITE,
            "asked": FieldType.INTEGER,
            "entrance": FieldType.UUID,
            "earlier": FieldType.UUID,
            "call": FieldType.UUID,
            "receiving": FieldType.UUID,
        },
        optional=frozenset({"entrance", "earlier", "call", "receiving"}),
    ),
    RegisterKind("video.still-answered", _("An officer said that the intervention goes on."), _ASKED),
    RegisterKind("video.not-confirmed", _("Nobody on call confirmed an emergency in time; the image stayed."), _ASKED),
    RegisterKind(
        "video.request-justified",
        _("An emergency was justified in writing; `kept` says whether within a day."),
        {**_ASKED, "kept": FieldType.INTEGER},
    ),
    RegisterKind(
        "video.request-accounted",
        _("A request is over: how many seconds were asked, granted and actually watched."),
        {**_ASKED, "asked": FieldType.INTEGER, "granted": FieldType.INTEGER, "watched": FieldType.INTEGER},
    ),
    RegisterKind(
        "video.viewing-started",
        _("A relay admitted somebody, who began to look at a camera."),
        {**_LOOK, "purpose": FieldType.CODE},
        optional=frozenset({"organisation", "person", "receiving", "at", "purpose"}),
    ),
    RegisterKind(
        "video.viewing-refused",
        _("A relay refused somebody, who saw nothing."),
        {**_LOOK, "reason": FieldType.CODE},
        optional=frozenset({"organisation", "person", "receiving", "at", "reason"}),
    ),
    RegisterKind(
        "video.look-disbelieved",
        _("A relay spoke of looks at a camera that it was never given to serve: it is not believed."),
        {**_CAMERA, "device": FieldType.DEVICE, "sequence": FieldType.INTEGER},
    ),
    RegisterKind(
        "video.viewing-ended",
        _("A look at a camera ended; `by_last_beat` when its relay fell silent. `lasted` counts milliseconds."),
        _ENDED,
        optional=frozenset({"lasted", "at", "cause"}),
    ),
    RegisterKind(
        "video.viewing-corrected",
        _("A relay’s own record came: the look had ended so."),
        _ENDED,
        optional=frozenset({"lasted", "at", "cause"}),
    ),
    RegisterKind("video.snapshot", _("Whoever looked at a camera took a snapshot."), _MARKED),
    RegisterKind("video.marked", _("Whoever looked at a camera marked a moment."), _MARKED),
    RegisterKind(
        "video.viewings-exported",
        _("Somebody exported lines of the register of viewings, with their proofs: those that were sought."),
        _TAKEN,
        optional=_SOUGHT,
    ),
    RegisterKind(
        "video.viewings-printed",
        _("Somebody took lines of the register of viewings on paper: those that were sought."),
        _TAKEN,
        optional=_SOUGHT,
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)


def register_places(
    sees: Callable[[Viewer], bool], asks: Callable[[Viewer], bool], calls: Callable[[Viewer], bool]
) -> None:
    """Called once, when the application is ready, with who sees cameras, who has requests to see, and who may give the alert."""
    for place in (
        Place(
            "video-requests",
            _("Requests for images"),
            _("Who may look at which camera, why, until when"),
            "watch",
            16,
            asks,
            short=pgettext_lazy("a phone's bar", "Images"),
        ),
        Place(
            "video-button",
            _("Give the alert"),
            _("For the manager of a building: the police are told at once"),
            "bell",
            17,
            calls,
        ),
        Place(
            "video-viewings",
            _("Register of viewings"),
            _("Who looked at which camera, when, why, under which text"),
            "register",
            46,
            sees,
            "rules",
        ),
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


def register_open(offers: Callable[[UUID], bool]) -> None:
    """The same, with where inhabitants may ask about cameras."""
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
