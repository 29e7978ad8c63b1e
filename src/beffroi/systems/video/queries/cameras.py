"""Reads of sites and cameras, by viewer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import CharField, Count, F, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.video.models import Camera, Entrance, Relay, Site

# Who works with cameras in an organisation that a convention binds: a landlord's desk, officers.
PARTNERS = (Role.DISPATCHER, Role.OPERATOR)


def covered_cameras(viewer: Viewer) -> frozenset[UUID]:
    """What conventions in force that bind the viewer's organisations cover, where they work with cameras."""
    return grants.covered_resources(viewer.conventions) if viewer.organisations_as(*PARTNERS) else frozenset()


def visible_cameras(viewer: Viewer) -> QuerySet[Camera]:
    """The authority's people: all of theirs. A partner's: what its conventions in force cover."""
    seen = Q(authority_id__in=viewer.authorities()) | Q(pk__in=covered_cameras(viewer))
    return (
        Camera.objects.filter(seen).select_related("site", "entrance", "relay").order_by("site__name", "number", "id")
    )


def visible_sites(viewer: Viewer) -> QuerySet[Site]:
    """Sites of the authority, or with a camera that the viewer sees."""
    seen = Q(authority_id__in=viewer.authorities()) | Q(cameras__pk__in=covered_cameras(viewer))
    rows = Site.objects.filter(pk__in=Site.objects.filter(seen).order_by().values("pk"))
    return rows.select_related("authority", "organisation").order_by("name", "id")


def counted_sites(viewer: Viewer, text: str = "") -> QuerySet[Site]:
    """The same, whose name or address holds the text, with how many cameras each has and how many are out of service."""
    rows = visible_sites(viewer)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(address__icontains=text))
    out = Count("cameras", filter=Q(cameras__out_since__isnull=False))
    return rows.annotate(many=Count("cameras"), out=out)


def site(viewer: Viewer, pk: UUID) -> Site | None:
    """One visible site."""
    return visible_sites(viewer).filter(pk=pk).first()


def camera(viewer: Viewer, pk: UUID) -> Camera | None:
    """One visible camera."""
    return visible_cameras(viewer).select_related("site__organisation", "site__authority").filter(pk=pk).first()


@dataclass(frozen=True, slots=True)
class Group:
    """Cameras of one entrance, or those of none."""

    entrance: Entrance | None
    cameras: tuple[Camera, ...]


def groups_of(viewer: Viewer, site: Site) -> list[Group]:
    """A site's visible cameras by entrance, those of none last; entrances without one are for the authority's people."""
    cameras = list(visible_cameras(viewer).filter(site=site))
    town = site.authority_id in viewer.authorities()
    found = [
        Group(entrance, tuple(row for row in cameras if row.entrance_id == entrance.pk))
        for entrance in Entrance.objects.filter(site=site).order_by("name", "id")
    ]
    rest = tuple(row for row in cameras if row.entrance_id is None)
    return [*(one for one in found if one.cameras or town), *([Group(None, rest)] if rest else [])]


def relays(viewer: Viewer) -> QuerySet[Relay]:
    """Those of the authorities that the viewer administers."""
    rows = Relay.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.select_related("device").order_by("device__name", "id")


def concerned(viewer: Viewer) -> bool:
    """Whoever has sites to see: the authority's people, and those of a partner under a convention in force on cameras."""
    return bool(viewer.authorities()) or visible_sites(viewer).exists()


def so_many(count: int) -> str:
    """How many cameras, in words."""
    return ngettext("%(count)s camera", "%(count)s cameras", count) % {"count": localize(count)}


def coverable(authority: UUID) -> QuerySet[Model]:
    """Cameras that a convention may cover (callers scope it), with their kind of place."""
    rows = Camera.objects.filter(authority_id=authority)
    called = Concat(Cast("number", CharField()), Value(" · "), "name")
    return rows.annotate(resource=F("pk"), called=called, place=F("site__address"), group=F("site__name"))


def place_kinds_of(cameras: Collection[UUID]) -> dict[UUID, str]:
    """The kind of place that each looks at, for the convention that covers them (callers scope them)."""
    return dict(Camera.objects.filter(pk__in=cameras).values_list("pk", "place_kind"))


def name_cameras(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer sees, by number and site, for the pages of the register."""
    return {
        row.pk: Named(
            _("camera %(number)s, %(site)s") % {"number": row.number, "site": row.site.name},
            reverse("video-camera", args=[row.pk]),
        )
        for row in visible_cameras(viewer).filter(pk__in=wanted)
    }


def name_sites(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer sees, by name."""
    rows = visible_sites(viewer).filter(pk__in=wanted).values_list("pk", "name")
    return {pk: Named(name, reverse("video-site", args=[pk])) for pk, name in rows}
