"""What anybody may read of an authority's cameras: where they are, who is responsible, why, under which text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.persistence.access import Hidden
from beffroi.systems.video.models import Camera, Site
from beffroi.systems.video.queries.sources import unsure_relays
from beffroi.systems.video.queries.words import law_of
from beffroi.systems.video.rules import SYSTEM

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Convention
    from beffroi.kernel.territory.models import Authority


def filming(slug: str) -> "Authority":
    """The authority of that short name, where the system is switched on."""
    authority = authority_at(slug)
    if authority is None or not offers(authority.pk):
        raise Hidden
    return authority


def offers(authority: UUID) -> bool:
    """Whether it is switched on there."""
    return grants.is_switched_on(authority=authority, system=SYSTEM)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cameras may be looked at, and the text it stands on."""

    label: str
    basis: str


@dataclass(frozen=True, slots=True)
class PublicCamera:
    """A camera as anybody reads it."""

    camera: Camera
    law: str
    under: bool  # a convention in force lets it be looked at
    hidden: bool  # a part of its picture is hidden from everybody, and no relay may show it as it was before


@dataclass(frozen=True, slots=True)
class PublicSite:
    """A site as anybody reads it."""

    site: Site
    cameras: tuple[PublicCamera, ...]
    reasons: tuple[Reason, ...]

    @property
    def hides(self) -> bool:
        """Whether a part of a camera's picture is hidden."""
        return any(row.hidden for row in self.cameras)


def public_sites(authority: UUID, *, as_of: datetime, only: UUID | None = None) -> list[PublicSite]:
    """Those of an authority, by name, with their cameras and the reasons that conventions in force admit."""
    rows = Site.objects.filter(authority_id=authority).select_related("organisation").order_by("name", "id")
    sites = list(rows if only is None else rows.filter(pk=only))
    cameras = list(
        Camera.objects.filter(site__in=sites).select_related("entrance").order_by("number", "id"),
    )
    found = conventions_in_force(authority, as_of)
    unsure = unsure_relays([row for row in cameras if row.zones])
    hidden = {row.pk for row in cameras if row.zones and row.pk not in unsure}
    covering = {convention: {row.resource for row in convention.resources.all()} for convention in found}
    return [_site(site, [row for row in cameras if row.site_id == site.pk], covering, hidden) for site in sites]


def conventions_in_force(authority: UUID, as_of: datetime) -> "list[Convention]":
    """Those about cameras, with what they cover and why."""
    rows = grants.conventions_of_authority(authority).filter(grants.in_force(as_of), system=SYSTEM)
    return list(rows.prefetch_related("resources", "purposes"))


def _site(
    site: Site, cameras: Sequence[Camera], covering: "dict[Convention, set[UUID]]", hidden: set[UUID]
) -> PublicSite:
    here = {row.pk for row in cameras}
    seen = set().union(*covering.values()) if covering else set()
    reasons = {
        Reason(purpose.label, _basis(purpose.legal_text, purpose.legal_article, purpose.legal_version_on))
        for convention, covered in covering.items()
        if covered & here
        for purpose in convention.purposes.all()
    }
    return PublicSite(
        site,
        tuple(PublicCamera(row, law_of(row), row.pk in seen, row.pk in hidden) for row in cameras),
        tuple(sorted(reasons, key=lambda one: one.label)),
    )


def _basis(text: str, article: str, version: date) -> str:
    said = ", ".join(part for part in (text, article) if part)
    return f"{said} ({_('version of %(date)s') % {'date': date_format(version, 'SHORT_DATE_FORMAT')}})"
