"""Gathers the answer: for each organisation and role that has to do with an authority, what whoever holds it sees there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from beffroi.kernel.grants.queries.sight import concerned_authorities, last_day_of
from beffroi.kernel.territory.queries.authorities import authorities_among
from beffroi.kernel.territory.queries.people import headcount
from beffroi.kernel.territory.queries.posts import post_in
from beffroi.kernel.territory.queries.words import role_words
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import sights
from beffroi.web.viewers import viewer_as

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Convention
    from beffroi.kernel.territory.models import Organisation

READERS = (Role.ADMINISTRATOR, Role.AGENT, Role.OFFICIAL)


@dataclass(frozen=True, slots=True)
class Part:
    """What one app answers."""

    title: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody with one role in one organisation."""

    role: str
    many: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation, under which conventions and until when, and what each of its roles sees."""

    pk: UUID
    name: str
    kind: str
    under: list[tuple[str, str]]
    holders: list[Holders]


def parts_of(viewer: Viewer, authority: UUID) -> list[Part]:
    """What a viewer sees and does in an authority, app by app; nothing is left out where it is nothing."""
    answers = ((sight.title, sight.seen(viewer, authority)) for sight in sights())
    return [Part(str(title), sentences) for title, sentences in answers if sentences]


def body_of(
    organisation: "Organisation", authority: UUID, conventions: "Iterable[Convention]", as_of: datetime
) -> Body:
    """The authority itself, a service, or a partner under conventions in force: for a reader whom the caller has checked."""
    holders = [
        Holders(role_words(role), many, parts_of(viewer_as(post_in(organisation, role), as_of=as_of), authority))
        for role, many in headcount(organisation.pk, as_of).items()
    ]
    under = [(row.title, last_day_of(row)) for row in conventions if row.partner_id == organisation.pk]
    return Body(organisation.pk, organisation.name, organisation.get_kind_display(), under, holders)


def mine(viewer: Viewer) -> list[tuple[str, list[Part]]]:
    """What the viewer sees, authority by authority."""
    found = ((row.name, parts_of(viewer, row.pk)) for row in authorities_among(concerned_authorities(viewer)))
    return [(name, parts) for name, parts in found if parts]


def seers(viewer: Viewer) -> list[Part]:
    """Who sees something of this very person."""
    answers = ((sight.title, sight.seen_by(viewer)) for sight in sights())
    return [Part(str(title), sentences) for title, sentences in answers if sentences]
