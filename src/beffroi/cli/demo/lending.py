"""The residence's conventions as their parties signed them: from the templates that ship, with the officers whom they name."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import override

from beffroi.cli.demo.people import CHARACTERS, LANDLORD, OFFICERS
from beffroi.cli.demo.sowing import Sower
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.grants.actions.conventions import Manner, Purpose, cover_resources, sign_convention
from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import conventions_of_authority
from beffroi.kernel.grants.rules import Approval, Capacity, Kind, Party, surely
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.kernel.territory.queries.organisations import organisation_named
from beffroi.lib.viewer import Role
from beffroi.systems.video.models import Camera
from beffroi.systems.video.rules import SYSTEM

PREFECTURE: Final = "Préfecture de Seine-et-Marne"
COMMISSARIAT: Final = "Police nationale, commissariat de Meaux"
LASTS: Final = timedelta(days=300)
# The one who holds the post may ask for most of a year; a colleague's approval is nearly over, so that one sees it said.
APPROVED: Final = ((CHARACTERS, timedelta(days=200)), (OFFICERS, timedelta(days=20)))


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom the residence's conventions bind."""

    landlord: Organisation
    commune: Organisation
    police: Organisation
    prefecture: Organisation
    commissariat: Organisation

    def bound(self, signed_on: date) -> list[Party]:
        """Each in its capacity."""
        roles = (
            (self.landlord, Capacity.OWNS),
            (self.commune, Capacity.SIGNS),
            (self.prefecture, Capacity.SIGNS),
            (self.police, Capacity.ASKS),
            (self.commissariat, Capacity.RECEIVES),
        )
        return [Party(organisation.pk, capacity, signed_on) for organisation, capacity in roles]


@dataclass(frozen=True, slots=True)
class Draft:
    """A convention to sign: one of the templates, who approves a request under it, what it covers."""

    title: str
    template: Callable[[], Mapping[str, Any]]
    approval: Approval
    covered: Sequence[Camera]


def parties_of(authority: uuid.UUID, police: Organisation) -> Parties:
    """The landlord, the prefecture and the commissariat, registered where they aren't yet, beside the town and its police."""

    def known(name: str, kind: OrganisationKind) -> Organisation:
        return organisation_named(name) or create_organisation(name=name, kind=kind, steward=authority, by=None)

    return Parties(
        landlord=known(LANDLORD, OrganisationKind.LANDLORD),
        commune=authority_organisation(authority),
        police=police,
        prefecture=known(PREFECTURE, OrganisationKind.PREFECTURE),
        commissariat=known(COMMISSARIAT, OrganisationKind.NATIONAL_POLICE),
    )


def lend(sower: Sower, parties: Parties, *, authority: uuid.UUID, drafts: Sequence[Draft]) -> None:
    """Sign what isn't signed yet, and name its officers."""
    for draft in drafts:
        if not conventions_of_authority(authority).filter(system=SYSTEM, title=draft.title).exists():
            _designate(sower, _sign(sower, parties, authority, draft), parties.police)


def _sign(sower: Sower, parties: Parties, authority: uuid.UUID, draft: Draft) -> Convention:
    with override("fr"):
        terms = draft.template()
    now = sower.clock()
    begins = now - timedelta(days=1)
    convention = surely(
        sign_convention(
            authority=authority,
            partner=parties.landlord.pk,
            system=SYSTEM,
            title=draft.title,
            valid_from=begins,
            valid_until=now + LASTS,
            purposes=[
                _purpose(f"p{number}", reason, kind)
                for number, reason in enumerate(terms["purposes"], start=1)
                for kind in (Kind.REQUEST, Kind.EMERGENCY)
            ],
            transports=terms["transports"],
            list_age=_minutes(terms["list_age"]),
            list_old="refuse",
            time_unknown="refuse",
            by=sower.by,
            now=now,
            parties=parties.bound(begins.date()),
            manner=Manner(draft.approval, still_every=_minutes(terms["still_every"])),
        )
    )
    places = {camera.pk: camera.place_kind for camera in draft.covered}
    cover_resources(convention=convention, resources=list(places), places=places, by=sower.by, now=now)
    return convention


def _purpose(code: str, reason: Mapping[str, Any], kind: Kind) -> Purpose:
    return Purpose(
        code,
        reason["label"],
        kind,
        reason["legal_text"],
        reason["legal_article"],
        date.fromisoformat(reason["legal_version_on"]),
        _minutes(reason["least"]),
        _minutes(reason["most"]),
        reason["place_kinds"],
    )


def _minutes(said: str) -> timedelta:
    return timedelta(minutes=int(said))


def _designate(sower: Sower, convention: Convention, police: Organisation) -> None:
    for people, approved in APPROVED:
        officer = person_by_email(next(each.email for each in people if each.role is Role.OPERATOR))
        if officer is not None:
            now = sower.clock()
            designate(
                convention=convention,
                organisation=police.pk,
                person=officer.pk,
                approved_until=now + approved,
                by=sower.by,
                now=now,
            )
