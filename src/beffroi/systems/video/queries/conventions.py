"""What conventions about cameras say: their templates, their words, and what was done under one."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.queries import rights_under
from beffroi.kernel.grants.registry import ConventionSystem, Template
from beffroi.kernel.grants.rules import Capacity, Kind, UseMade, Uses
from beffroi.lib.viewer import Viewer
from beffroi.systems.video.models import PLACE_LABELS, Viewing
from beffroi.systems.video.queries.cameras import coverable, so_many, visible_cameras
from beffroi.systems.video.queries.laws import against, astray
from beffroi.systems.video.queries.words import reason_words
from beffroi.systems.video.rules import CONVENTION_YEARS, SYSTEM, PlaceKind

CODE = "Code de la sécurité intérieure"
LODGED = (PlaceKind.HALL, PlaceKind.CORRIDOR, PlaceKind.PARKING, PlaceKind.BASEMENT, PlaceKind.COURTYARD)
HOURS = 60


def _network(title: str, purposes: list[dict[str, object]], **more: object) -> Mapping[str, object]:
    return {
        "title": title,
        "transports": ["network"],
        "list_age": "15",
        "still_every": "30",
        "purposes": purposes,
        **more,
    }


def charenton() -> Mapping[str, object]:
    """As the convention of Charenton-le-Pont was published in 2021: its reasons, 2 to 12 hours, the text of that time (2018-2021)."""
    labels = (
        gettext("Attacks on persons"),
        gettext("Theft"),
        gettext("Damage"),
        gettext("Gatherings"),
        gettext("Abusive occupation of common parts"),
        gettext("Police interventions"),
    )
    law = {"legal_text": CODE, "legal_article": "L272-2", "legal_version_on": "2018-11-25"}
    bounds = {"least": str(2 * HOURS), "most": str(12 * HOURS), "place_kinds": [place.value for place in LODGED]}
    purposes: list[dict[str, object]] = [{"label": label, **law, **bounds} for label in labels]
    return _network(gettext("Images of the residence on request"), purposes, approval="automatic")


def in_force() -> Mapping[str, object]:
    """L272-2 as amended in 2021: what prevents access, free movement or the working of safety devices, for the intervention only."""
    labels = (
        gettext("Occupation that prevents access or free movement"),
        gettext("Occupation that prevents safety devices from working"),
    )
    law = {"legal_text": CODE, "legal_article": "L272-2", "legal_version_on": "2021-05-27"}
    bounds = {"least": "1", "most": str(12 * HOURS), "place_kinds": [place.value for place in LODGED]}
    purposes: list[dict[str, object]] = [{"label": label, **law, **bounds} for label in labels]
    return _network(gettext("Images of common parts during an intervention"), purposes, approval="automatic")


def right_to_view(count: int) -> str:
    """What a convention's plain words say of a right."""
    words = ngettext("to look at this one camera", "to look at one of these %(count)s cameras", count)
    return words % {"count": localize(count)}


def uses_under(viewer: Viewer, convention: UUID, most: int) -> Uses:
    """Looks by rights given under it, at cameras that the viewer sees."""
    cameras = visible_cameras(viewer)
    rows = Viewing.objects.filter(grant__in=rights_under([convention]), camera__in=cameras.order_by().values("pk"))
    counted = rows.aggregate(admitted=Count("pk", filter=Q(admitted=True)), every=Count("pk"))
    latest = rows.select_related("camera__site", "organisation").order_by("-started", "pk")[:most]
    return Uses(
        admitted=counted["admitted"],
        refused=counted["every"] - counted["admitted"],
        latest=tuple(_said(row) for row in latest),
    )


def _said(row: Viewing) -> UseMade:
    """One of them, without whose eyes it was."""
    return UseMade(
        at=row.started,
        called=f"{row.camera.site.name}, {row.camera.number} · {row.camera.name}",
        organisation=row.organisation.name if row.organisation else "",
        words=gettext("looked at") if row.admitted else gettext("refused: %(why)s") % {"why": reason_words(row.reason)},
        admitted=row.admitted,
        address=reverse("video-camera", args=[row.camera_id]),
    )


CONVENTIONS = ConventionSystem(
    SYSTEM,
    _("Cameras"),
    coverable,
    _("Site"),
    right_to_view,
    so_many,
    uses_under,
    templates=(
        Template("charenton", _("Cameras: as published at Charenton, 2021"), charenton),
        Template("l272-2", _("Cameras: L272-2 in force"), in_force),
    ),
    kinds=(Kind.REQUEST, Kind.EMERGENCY),
    transports=("network",),
    capacities=(Capacity.ASKS, Capacity.OWNS, Capacity.SIGNS, Capacity.RECEIVES),
    place_kinds=tuple(PLACE_LABELS),
    years=CONVENTION_YEARS,
    approval=True,
    against=against,
    astray=astray,
)
