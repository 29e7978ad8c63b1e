"""What leaves leads to the authority's own domain where it has one: two authorities, one with a domain, one without."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.territory import jobs
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.actions.settings import Part, change_settings
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, Invitation, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r"https://[a-z.]+/welcome/(?=#)")
OWN, SHARED = "https://beffroi.meaux.example", "https://beffroi.example"


@pytest.fixture(autouse=True)
def installed(settings: Settings) -> None:
    settings.BEFFROI_PUBLIC_URL = SHARED
    cache.clear()


@pytest.fixture
def meaux() -> Authority:
    town = make_authority("meaux")
    values = {"domain": "beffroi.meaux.example"}
    return change_settings(authority=town.pk, part=Part.DOMAIN, values=values, by=None, now=utc_now())


@pytest.fixture
def provins() -> Authority:
    return make_authority("provins")


def registered(name: str, *, serves: Authority | None = None, steward: Authority | None = None) -> Organisation:
    return create_organisation(
        name=name,
        kind=OrganisationKind.SUBCONTRACTOR_1,
        serves=serves.pk if serves else None,
        steward=steward.pk if steward else None,
        by=None,
    )


def invited(town: Authority, organisation: Organisation, role: str) -> str:
    """Where the letter of an invitation leads, and the paper that is printed afterwards."""
    admin = Client(headers={"accept-language": "en"})
    admin.force_login(make_member(f"Boss of {organisation.name}", town.organisation, Role.ADMINISTRATOR))
    body = {"name": "Nina Roche", "email": "nina@work.example", "language": "en", "role": role, "until": ""}
    answer = admin.post(f"/organisations/{organisation.pk}/invite/", body)
    assert answer.status_code == 302, answer.content.decode()
    (letter,) = jobs.claim(utc_now(), 10)
    (address,) = set(ADDRESS.findall(letter.text + letter.html))
    assert address == f"{letter.address}/welcome/"
    paper = admin.post(f"/invitations/{Invitation.objects.get().pk}/print/").content.decode()
    assert f'<span class="code">{address}</span>' in paper
    return str(letter.address)


def test_an_authority_s_own_people(meaux: Authority) -> None:
    assert invited(meaux, meaux.organisation, "agent") == OWN


def test_people_of_a_service_of_its(meaux: Authority) -> None:
    assert invited(meaux, registered("Police", serves=meaux), "operator") == OWN


def test_the_desk_of_a_partner_it_registered(meaux: Authority) -> None:
    assert invited(meaux, registered("Fibre 77", steward=meaux), "dispatcher") == OWN


def test_an_authority_without_a_domain(meaux: Authority, provins: Authority) -> None:
    assert invited(provins, registered("Fibre 78", steward=provins), "dispatcher") == SHARED


def test_the_log_in_page_of_a_domain_leads_to_where_other_passkeys_were_made(meaux: Authority) -> None:
    page = Client(headers={"accept-language": "en", "host": "beffroi.meaux.example"}).get("/login/?next=/alerts/")
    assert f'href="{SHARED}/login/?next=/alerts/"' in page.content.decode()
    there = Client(headers={"accept-language": "en"}).get("/login/?next=/alerts/")
    assert "Log in there" not in there.content.decode()


def test_a_session_of_one_address_is_none_of_another(meaux: Authority) -> None:
    """Cookies name no domain: a browser sends each back to the address that gave it."""
    answer = Client(headers={"host": "beffroi.meaux.example"}).get("/login/")
    assert {cookie["domain"] for cookie in answer.cookies.values()} == {""}
    assert answer.cookies
