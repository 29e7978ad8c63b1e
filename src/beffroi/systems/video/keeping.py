"""What video keeps: who looked and why, as traces of access; what inhabitants asked. No image is kept."""

from datetime import date
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.keeping import (
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    LegalSource,
    Unit,
    register_kept,
    register_lasting,
    register_reference,
)
from beffroi.persistence.portability import register_naming, register_withheld
from beffroi.persistence.systems import System, register_system
from beffroi.systems.video.actions.destruction import destroy_requests, destroy_viewings
from beffroi.systems.video.models import AccessRequest, Call, Request, Viewing
from beffroi.systems.video.rules import SYSTEM

LIMITATION = LegalSource("Code civil", "2224", date(2008, 6, 19))

VIDEO = System(
    code=SYSTEM,
    label=_("Video on request"),
    does=_(
        "A designated officer asks to see a camera for a reason that a convention admits; the image exists only for that time, and each "
        "look is in the register. Nobody watches continuously, no image is kept here, and nobody is recognised by a machine."
    ),
    icon="camera",
    order=15,
)


def viewings(authority: UUID | None) -> QuerySet[Model]:
    """Looks, admitted and refused."""
    return Viewing.objects.filter(authority=authority).annotate(kept_from=F("started"))


def requests(authority: UUID | None) -> QuerySet[Model]:
    """Requests of which no look is kept any more."""
    looked = Viewing.objects.filter(request=OuterRef("pk"))
    return Request.objects.filter(~Exists(looked), authority=authority).annotate(kept_from=F("asked_at"))


def calls(authority: UUID | None) -> QuerySet[Model]:
    """Alerts of building managers."""
    return Call.objects.filter(authority=authority).annotate(kept_from=F("at"))


def answered(authority: UUID | None) -> QuerySet[Model]:
    """What inhabitants asked, once it is answered."""
    rows = AccessRequest.objects.filter(authority=authority, answered_at__isnull=False)
    return rows.annotate(kept_from=F("answered_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_system(VIDEO)
    register_kept(
        Kept(
            code="video.viewings",
            title=_("Looks at cameras: who, when, how long, why, for which service"),
            since=_("the look"),
            bounds=TRACES,
            source=JOURNALS,
            models=("video.Viewing", "video.Mark"),
            things=viewings,
            erase=destroy_viewings,
        )
    )
    register_kept(
        Kept(
            code="video.requests",
            title=_("Requests for images, with their circumstances and justification"),
            since=_("the request"),
            bounds=TRACES,
            source=JOURNALS,
            models=("video.Request",),
            things=requests,
            erase=destroy_requests,
        )
    )
    register_kept(
        Kept(
            code="video.calls",
            title=_("Alerts given by building managers"),
            since=_("the alert"),
            bounds=TRACES,
            source=JOURNALS,
            models=("video.Call",),
            things=calls,
        )
    )
    register_kept(
        Kept(
            code="video.access",
            title=_("What inhabitants asked about images of themselves, and the answer"),
            since=_("the answer"),
            bounds=Bounds(usual=60, least=12, most=72, unit=Unit.MONTHS),
            source=LIMITATION,
            models=("video.AccessRequest", "video.AccessLetter"),
            things=answered,
        )
    )
    _say_of_tables()


def _say_of_tables() -> None:
    register_lasting(
        ("video.Site", "video.Entrance", "video.Camera", "video.Relay", "video.Served"),
        _("Places, cameras and relays, and the law that each is under: nobody’s data."),
    )
    register_naming("video.Request", "person")
    register_naming("video.Viewing", "person")
    register_naming("video.Call", "person")
    register_withheld("video.Camera", ["source", "sealed"], _("It opens something, or proves to be somebody."))
    known = Viewing.objects.filter(person__isnull=False)
    register_reference("video.viewings", lambda: known.values_list("person", flat=True))
    register_reference("video.requests", lambda: Request.objects.values_list("person", flat=True))
    register_reference("video.calls", lambda: Call.objects.values_list("person", flat=True))
