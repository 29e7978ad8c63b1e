"""Requests for images, by viewer: what one may ask, what was asked, how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.admission import law_of
from beffroi.kernel.grants.queries.parties import conventions_asked, conventions_owned, is_party, parties_of
from beffroi.kernel.grants.rules import Capacity
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting
from beffroi.systems.video.models import Call, Camera, Entrance, Request, Site
from beffroi.systems.video.queries.words import lasting
from beffroi.systems.video.rules import OFFERED_MINUTES, SYSTEM, VIEW, order_over, regime_under

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Convention, Grant

# Who keeps watch, or a desk, where somebody may ask.
OFFICERS = (Role.OPERATOR, Role.DISPATCHER)
# Of the authority's people, those who read why and by whom: they watch, or answer for it.
SUPERVISING = (Role.OPERATOR, Role.ADMINISTRATOR)
# Of a landlord's people, those who may give the alert.
MANAGERS = (Role.DISPATCHER, Role.MEMBER)


@dataclass(frozen=True, slots=True)
class Asking:
    """A convention under which the viewer's organisation asks, and what it covers; as of that day."""

    convention: "Convention"
    organisation: UUID
    covered: frozenset[UUID]
    on: date

    def is_for(self, camera: Camera) -> bool:
        """Whether it covers a camera, for a reason that stands on the law that it is under."""
        laws = (law_of(row) for row in self.convention.purposes.all())
        return camera.pk in self.covered and any(regime_under(law).value == camera.regime for law in laws)


def asking(viewer: Viewer) -> list[Asking]:
    """Conventions in force about cameras under which the viewer, an officer, may ask (whether they are designated is the kernel's)."""
    rows = conventions_asked(viewer, *OFFICERS).filter(system=SYSTEM).prefetch_related("purposes", "resources")
    today = localtime(viewer.as_of).date()
    return [
        Asking(row, organisation, frozenset(thing.resource for thing in row.resources.all()), today)
        for row in rows.order_by("title", "pk")
        for organisation in sorted(viewer.organisations_as(*OFFICERS))
        if is_party(row, organisation, Capacity.ASKS)
    ]


def may_ask(viewer: Viewer) -> bool:
    """Whether the viewer has a page to ask on."""
    return conventions_asked(viewer, *OFFICERS).filter(system=SYSTEM).exists()


@dataclass(frozen=True, slots=True)
class Choice:
    """A group of cameras to ask for: `site:…`, `entrance:…` or `camera:…`, in words."""

    value: str
    words: str
    site: Site
    entrance: Entrance | None
    cameras: tuple[UUID, ...]


def choices(askings: Sequence[Asking]) -> list[Choice]:
    """Every group that a convention covers something of: a whole site, an entrance of it, one camera. Those only that may be looked at:
    in service, with a relay that is, under the law of a reason, and under a prefect's order that still authorises them where they need one.
    """
    covered = frozenset().union(*(each.covered for each in askings)) if askings else frozenset()
    rows = Camera.objects.filter(pk__in=covered, out_since__isnull=True, relay__isnull=False)
    rows = rows.filter(relay__device__retired_at=None)
    rows = rows.select_related("site", "entrance").order_by("site__name", "entrance__name", "number", "pk")
    days = [each.on for each in askings]
    lawful = (row for row in rows if any(each.is_for(row) for each in askings))
    cameras = [row for row in lawful if not any(order_over(row.order_on, day) for day in days)]
    found: list[Choice] = []
    for site in dict.fromkeys(row.site for row in cameras):
        here = [row for row in cameras if row.site_id == site.pk]
        found.append(Choice(f"site:{site.pk}", _whole(site, here), site, None, tuple(row.pk for row in here)))
        for entrance in dict.fromkeys(row.entrance for row in here if row.entrance):
            group = tuple(row.pk for row in here if row.entrance_id == entrance.pk)
            found.append(Choice(f"entrance:{entrance.pk}", f"{site.name}, {entrance.name}", site, entrance, group))
        found.extend(
            Choice(f"camera:{row.pk}", f"{site.name}, {row.number} · {row.name}", site, row.entrance, (row.pk,))
            for row in here
        )
    return found


def _whole(site: Site, cameras: Sequence[Camera]) -> str:
    """How a whole site is called: by all its entrances, where it has several."""
    entrances = {row.entrance_id for row in cameras}
    if len(entrances - {None}) < 2:  # noqa: PLR2004 - several
        return site.name
    words = _("%(site)s, all entrances and the other cameras") if None in entrances else _("%(site)s, all entrances")
    return words % {"site": site.name}


def purposes(askings: Sequence[Asking]) -> list[tuple[str, str]]:
    """Why one may ask: "convention:purpose" and its words with their text, once for requests and emergencies."""
    several = len(askings) > 1
    return [
        (f"{one.convention.pk}:{code}", f"{label} · {one.convention.title}" if several else label)
        for one in askings
        for code, label in {row.purpose: row.label for row in one.convention.purposes.all()}.items()
    ]


def offered(askings: Sequence[Asking]) -> list[tuple[str, str]]:
    """Usual durations that one of these conventions admits, in minutes and in words."""
    rows = [row for one in askings for row in one.convention.purposes.all()]
    usual = ((minutes, timedelta(minutes=minutes)) for minutes in OFFERED_MINUTES)
    return [
        (str(minutes), lasting(each)) for minutes, each in usual if any(row.least <= each <= row.most for row in rows)
    ]


def receivers(askings: Sequence[Asking]) -> list[tuple[str, str]]:
    """The services that may get the images, besides the one that asks."""
    found = {str(row.pk): row.name for one in askings for row in parties_of(one.convention, Capacity.RECEIVES)}
    return sorted(found.items(), key=lambda item: item[1])


def visible_requests(viewer: Viewer) -> QuerySet[Request]:
    """One's own; those of the authority; for a landlord's desk, those under its conventions in force."""
    owned = conventions_owned(viewer).filter(system=SYSTEM).values("pk")
    seen = Q(person=viewer.person) | Q(authority_id__in=viewer.authorities()) | Q(convention__in=owned)
    rows = Request.objects.filter(seen).select_related("site", "entrance", "organisation", "receiving", "authority")
    return rows.order_by("-asked_at", "pk")


def concerned_by_requests(viewer: Viewer) -> bool:
    """Whoever has requests to see, or may ask."""
    return bool(viewer.authorities()) or may_ask(viewer) or conventions_owned(viewer).filter(system=SYSTEM).exists()


def grant_of(viewer: Viewer, request: Request) -> "Grant | None":
    """The right behind a visible request; None once it was destroyed."""
    return grants.visible_grants(viewer).filter(pk=request.grant, authority_id=request.authority_id).first()


def grants_of(viewer: Viewer, requests: Sequence[Request]) -> dict[UUID, "Grant"]:
    """The rights behind several, by their identifier."""
    rows = grants.visible_grants(viewer).filter(pk__in=[one.grant for one in requests], action=VIEW)
    return {row.pk: row for row in rows}


def reads_procedure(viewer: Viewer, request: Request) -> bool:
    """Who reads which procedure it is for: whoever asked, and whoever supervises. An inquiry's reference is not an owner's to read."""
    return request.person == viewer.person or request.authority_id in viewer.authorities(*SUPERVISING)


def reads_circumstances(viewer: Viewer, request: Request) -> bool:
    """Who reads why, in words, and by whom: whoever asked, whoever supervises, and the owner's desk."""
    if reads_procedure(viewer, request):
        return True
    return conventions_owned(viewer).filter(pk=request.convention).exists()


def cameras_of(grant: "Grant") -> list[Camera]:
    """The cameras that a right is over."""
    wanted = [row.resource for row in grant.resources.all()]
    rows = Camera.objects.filter(authority_id=grant.authority_id, pk__in=wanted).select_related(
        "site", "entrance", "relay"
    )
    return list(rows.order_by("entrance__name", "number", "pk"))


def manageable_sites(viewer: Viewer) -> QuerySet[Site]:
    """Sites whose manager the viewer is: of an organisation that answers for them, under a convention in force that covers a camera.

    A caretaker is a member there, to whom a convention opens nothing else: it isn't among the viewer's.
    """
    here = Site.objects.filter(organisation_id__in=viewer.organisations_as(*MANAGERS))
    ours = set(here.values_list("organisation_id", flat=True))
    covered = grants.covered_resources(grants.live_conventions(organisations=ours, as_of=viewer.as_of))
    return here.filter(cameras__pk__in=covered).select_related("authority").order_by("name", "pk").distinct()


def waiting_call(viewer: Viewer, pk: UUID) -> Call | None:
    """A manager's alert that an officer may answer."""
    sites = {choice.site.pk for choice in choices(asking(viewer))}
    rows = Call.objects.filter(pk=pk, answered_at__isnull=True, site_id__in=sites)
    return rows.select_related("site", "entrance", "organisation").first()


def to_answer(viewer: Viewer) -> QuerySet[Request]:
    """Requests that wait for the yes or no of an organisation whose desk the viewer holds."""
    owned = conventions_owned(viewer).filter(system=SYSTEM)
    waiting = [
        row.pk for convention in owned for row in convention.grants.filter(state="waiting", ends__gt=viewer.as_of)
    ]
    return Request.objects.filter(grant__in=waiting).select_related("site").order_by("asked_at", "pk")


def images_waiting(viewer: Viewer) -> list[Waiting]:
    """What waits of requests: for an owner's answer, and one's own that are open."""
    count = to_answer(viewer).count()
    text = ngettext("%(n)s request for images waits for you", "%(n)s requests for images wait for you", count)
    found = [Waiting(text % {"n": localize(count)}, reverse("video-requests"), "watch", "warn")] if count else []
    if viewer.person is None:
        return found
    owed = Request.objects.filter(person=viewer.person, unconfirmed_at__isnull=False, justified_at__isnull=True).count()
    words = ngettext("%(n)s emergency to justify in writing", "%(n)s emergencies to justify in writing", owed)
    if owed:
        found.append(Waiting(words % {"n": localize(owed)}, reverse("video-requests"), "edit", "warn"))
    return found


def counting_ends(request: Request, countdown: timedelta) -> datetime | None:
    """When the image closes if nobody answers; None when nothing is asked."""
    return request.still_since + countdown if request.still_since else None
