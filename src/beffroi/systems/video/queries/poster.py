"""What a site's poster says: who is responsible, why anybody may look, under which text, whom to write to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.formats import localize

from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.systems.video.models import Site
from beffroi.systems.video.queries.public import PublicCamera, Reason, conventions_in_force, public_sites
from beffroi.systems.video.rules import Regime

A_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Law:
    """A text, and how many cameras of which kinds of place stand under it, in words."""

    words: str
    places: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A text, and the reasons that stand on it."""

    basis: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Poster:
    """In the language in force. `until`: a moment of the last day of the convention that ends first, of those behind its grounds.
    `road`: a camera looks at the public road. `address`: the site's public page.
    """

    site: Site
    grounds: tuple[Ground, ...]
    laws: tuple[Law, ...]
    until: datetime | None
    road: bool
    address: str


def poster(site: Site, *, as_of: datetime) -> Poster:
    """That of a site (callers scope it)."""
    (said,) = public_sites(site.authority_id, as_of=as_of, only=site.pk)
    here = {row.camera.pk for row in said.cameras}
    found = conventions_in_force(site.authority_id, as_of)
    ends = [row.valid_until for row in found if here & {thing.resource for thing in row.resources.all()}]
    path = reverse("video-public-site", args=[site.authority.slug, site.pk])
    return Poster(
        site=site,
        grounds=tuple(_grounds(said.reasons)),
        laws=tuple(_laws(said.cameras)),
        until=min(ends) - A_SECOND if ends else None,
        road=any(row.camera.regime == Regime.PUBLIC_ROAD for row in said.cameras),
        address=f"{public_address(site.authority)}{path}",
    )


def _grounds(reasons: Iterable[Reason]) -> list[Ground]:
    found: dict[str, list[str]] = {}
    for reason in reasons:
        found.setdefault(reason.basis, []).append(reason.label)
    return [Ground(basis, tuple(labels)) for basis, labels in found.items()]


def _laws(cameras: Iterable[PublicCamera]) -> list[Law]:
    found: dict[str, Counter[str]] = {}
    for row in cameras:
        found.setdefault(row.law, Counter())[row.camera.get_place_kind_display()] += 1
    return [
        Law(law, ", ".join(f"{place} ({localize(many)})" for place, many in places.items()))
        for law, places in found.items()
    ]
