"""Builders for tests: an authority whose administrator sits at its desk, and the people around it."""

import io
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from PIL import Image

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role


@dataclass(frozen=True)
class Desk:
    """Meaux, with its administrator and its agent; another authority's people; somebody who left a minute ago."""

    authority: Authority
    administrator: Person
    alice: Person
    charlie: Person
    dave: Person


def desk() -> Desk:
    """Everybody in place."""
    authority, other = make_authority("meaux", "Ville de Meaux"), make_authority("provins", "Provins")
    dave = make_member("Dave Colin", make_organisation())
    now = utc_now()
    make_membership(
        dave,
        authority.organisation,
        Role.ADMINISTRATOR,
        since=now - timedelta(days=30),
        until=now - timedelta(minutes=1),
    )
    return Desk(
        authority=authority,
        administrator=make_member("Ada Lemoine", authority.organisation, Role.ADMINISTRATOR, password=PASSWORD),
        alice=make_member("Alice Perrin", authority.organisation, Role.AGENT),
        charlie=make_member("Charlie Nguyen", other.organisation, Role.ADMINISTRATOR),
        dave=dave,
    )


def browser(person: Person, *, confirmed: bool = False) -> Client:
    """The person's browser, in English; `confirmed`: they have just proved again who they are."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    if confirmed and person.has_usable_password():
        client.post("/login/confirm/", {"password": PASSWORD})
    return client


def picture(kind: str = "PNG", *, size: tuple[int, int] = (300, 100), note: str = "taken at home") -> bytes:
    """A drawing with something in it that nobody should see."""
    drawn, out = Image.new("RGB", size, "#224466"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = note
    drawn.save(out, format=kind, exif=exif)
    return out.getvalue()
