"""From its day on, nobody whom the demand concerns does anything without a second factor, by whatever way they came in."""

from datetime import timedelta
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.actions import open_account
from beffroi.kernel.factors.actions import demand_factor
from beffroi.kernel.factors.factories import code_of, make_app, make_demand
from beffroi.kernel.factors.rules import Scope
from beffroi.kernel.safe.actions import seal_sheet
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership
from beffroi.kernel.territory.models import Authority, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.web.console.sight import look_again

pytestmark = pytest.mark.django_db
PAGE = "/login/second-factor/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def meaux(settings: Settings) -> Authority:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no secret is kept here
    cache.clear()
    return make_authority()


@pytest.fixture
def alice(meaux: Authority) -> Person:
    return make_member("Alice Perrin", meaux.organisation, Role.AGENT, password=PASSWORD)


def log_in(person: Person, secret: str | None = None) -> Client:
    """By the password, then by the code of the app where there is one."""
    client = Client(headers=ENGLISH)
    answer = client.post("/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    if secret is not None:
        assert answer["location"] == "/login/factor/"
        assert client.post("/login/factor/", {"code": code_of(secret)}).status_code == 302
    return client


def barred(client: Client, path: str = "/account/") -> bool:
    answer = client.get(path)
    return answer.status_code == 302 and answer["location"].startswith(PAGE)


def confirm(client: Client) -> None:
    assert client.post("/login/confirm/", {"password": PASSWORD}).status_code == 302


def test_before_its_day_a_banner_says_how_many_are_left_and_every_page_goes_on(meaux: Authority, alice: Person) -> None:
    make_demand(meaux, begins=utc_now() + timedelta(days=9))
    client = log_in(alice)
    words = client.get("/account/").content.decode()
    assert "in 9 days, Meaux asks for a second factor" in words
    assert f'href="{PAGE}"' in words
    page = client.get(PAGE).content.decode()
    assert "Add a second factor" in page
    assert "/account/passkeys/add/" in page
    make_app(alice)
    assert "asks for a second factor" not in client.get("/account/").content.decode()


def test_from_its_day_on_nothing_is_left_but_adding_one(meaux: Authority, alice: Person) -> None:
    make_demand(meaux)
    client = log_in(alice)
    for path in ("/", "/account/", "/people/", "/console/", "/cabinets/", "/account/sessions/", "/account/data/"):
        assert barred(client, path), path
    answer = client.get("/cabinets/?page=2")
    page = client.get(answer["location"])
    assert page.status_code == 200
    words = page.content.decode()
    assert "Add a second factor to go on" in words
    assert "/cabinets/" not in words.replace(answer["location"], ""), "no menu leads anywhere"
    assert client.get("/account/totp/add/")["location"].startswith("/login/confirm/")
    assert client.get("/account/passkeys/add/")["location"].startswith("/login/confirm/")


def test_what_is_sent_is_not_done(meaux: Authority, alice: Person) -> None:
    make_demand(meaux)
    client = log_in(alice)
    answer = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": "x", "password2": "x"})
    assert (answer.status_code, answer["location"]) == (302, PAGE)
    assert "Nothing of what you have just sent was done" in client.get(PAGE).content.decode()
    part = client.get("/cabinets/", headers={"hx-request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (403, PAGE)


def test_programs_and_streams_are_told_in_their_own_words(meaux: Authority, alice: Person) -> None:
    make_demand(meaux)
    client = log_in(alice)
    for answer in (
        client.get("/api/v1/holder/grants", {"gate": "x"}),
        client.get("/live/", headers={"accept": "text/event-stream"}),
    ):
        assert (answer.status_code, answer["content-type"]) == (403, "application/problem+json")
        assert answer.json()["code"] == "second-factor-first"


def test_a_stream_that_is_open_ends_on_that_day(meaux: Authority, alice: Person) -> None:
    make_demand(meaux, begins=utc_now() + timedelta(days=1))
    session = log_in(alice).session.session_key
    assert session is not None
    secret = make_app(alice)
    cache.clear()
    shown = log_in(alice, secret).session.session_key
    assert shown is not None
    before, after = utc_now(), utc_now() + timedelta(days=1, seconds=1)
    assert look_again(session=session, person=alice.pk, as_of=before) is not None
    assert look_again(session=session, person=alice.pk, as_of=after) is None
    assert look_again(session=shown, person=alice.pk, as_of=after) is not None


def test_the_language_the_law_and_the_way_out_are_left(meaux: Authority, alice: Person) -> None:
    make_demand(meaux)
    client = log_in(alice)
    for path in (
        "/legal/meaux/",
        "/legal/meaux/data/",
        "/sw.js",
        "/manifest.webmanifest",
        "/offline/",
        "/theme/meaux.css",
    ):
        assert client.get(path).status_code == 200, path
    assert client.post("/language/", {"language": "fr", "next": PAGE})["location"] == PAGE
    assert client.post("/logout/").status_code == 302
    assert client.get(PAGE)["location"].startswith("/login/")


def test_a_session_that_began_before_shows_it_and_adds_no_other(meaux: Authority, alice: Person) -> None:
    client = log_in(alice)
    secret = make_app(alice)
    make_demand(meaux)
    assert barred(client)
    page = client.get(PAGE).content.decode()
    assert "Show your second factor" in page
    confirmed = client.get("/login/confirm/factor/")
    assert confirmed.status_code == 200
    for path in ("/account/totp/add/", "/account/passkeys/add/", "/login/confirm/"):
        assert barred(client, path), path
    cache.clear()
    answer = client.post("/login/confirm/factor/?next=/cabinets/", {"code": code_of(secret)})
    assert answer.status_code == 302
    assert not barred(client)


def test_whoever_shows_theirs_notices_nothing(meaux: Authority, alice: Person) -> None:
    secret = make_app(alice)
    make_demand(meaux)
    cache.clear()
    client = log_in(alice, secret)
    assert client.get("/account/").status_code == 200
    assert "asks for a second factor" not in client.get("/account/").content.decode()


def test_a_recovery_code_is_enough(meaux: Authority, alice: Person) -> None:
    make_app(alice)
    codes = RecoveryCodes.activate(alice).get_unused_codes()
    make_demand(meaux)
    client = log_in(alice)
    assert client.post("/login/factor/", {"code": codes[0]}).status_code == 302
    assert client.get("/account/").status_code == 200


def test_whoever_removes_their_last_one_is_stopped_at_once(meaux: Authority, alice: Person) -> None:
    secret = make_app(alice)
    make_demand(meaux)
    cache.clear()
    client = log_in(alice, secret)
    confirm(client)
    assert client.post("/account/totp/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=alice).exists()
    assert barred(client)


def test_what_was_shown_elsewhere_is_worth_nothing_once_the_last_is_gone(meaux: Authority, alice: Person) -> None:
    secret = make_app(alice)
    make_demand(meaux)
    cache.clear()
    here, codes = log_in(alice, secret), RecoveryCodes.activate(alice).get_unused_codes()
    elsewhere = log_in(alice)
    assert elsewhere.post("/login/factor/", {"code": codes[0]}).status_code == 302
    assert elsewhere.get("/account/").status_code == 200
    confirm(here)
    assert here.post("/account/totp/remove/").status_code == 302
    assert elsewhere.get("/account/")["location"].startswith("/login/?"), "that session is over"
    assert barred(here), "this one goes on, to add another"


@pytest.mark.parametrize("scope", [Scope.ADMINISTRATORS, Scope.OTHERS])
def test_who_is_concerned(meaux: Authority, scope: Scope) -> None:
    police = create_organisation(name="Police", kind=OrganisationKind.MUNICIPAL_POLICE, serves=meaux.pk, by=None)
    firm = create_organisation(name="Fibre", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, steward=meaux.pk, by=None)
    stranger = create_organisation(name="Autre", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, by=None)
    provins = make_authority("provins")
    until = utc_now() + timedelta(days=90)
    people = {
        "boss": (meaux.organisation, Role.ADMINISTRATOR),
        "agent": (meaux.organisation, Role.AGENT),
        "official": (meaux.organisation, Role.OFFICIAL),
        "watch": (police, Role.OPERATOR),
        "chief": (police, Role.ADMINISTRATOR),
        "desk": (firm, Role.DISPATCHER),
        "director": (firm, Role.ADMINISTRATOR),
        "technician": (firm, Role.TECHNICIAN),
        "told": (meaux.organisation, Role.MEMBER),
        "stranger": (stranger, Role.DISPATCHER),
        "neighbour": (provins.organisation, Role.ADMINISTRATOR),
    }
    make_demand(meaux, scope=scope)
    stopped = {"boss", "chief", "director"}
    if scope is Scope.OTHERS:
        stopped |= {"agent", "official", "watch", "desk"}
    for name, (organisation, role) in people.items():
        person = make_person(name)
        make_membership(person, organisation, role, until=until if role is Role.OFFICIAL else None)
        client = Client()
        client.force_login(person)
        assert barred(client) is (name in stopped), name
    inhabitant = Client()
    inhabitant.force_login(make_person("inhabitant"))
    assert not barred(inhabitant)


def test_an_agent_who_acts_for_somebody_is_asked_as_themselves(meaux: Authority, alice: Person) -> None:
    jeanne: UUID = open_account(
        authority=meaux.pk, name="Jeanne Martin", email="", language="fr", now=utc_now(), by=alice.pk
    ).pk
    client = log_in(alice)
    said = {"why": "in-person", "identity": "seen", "confirmed": "on"}
    client.post("/counter/meaux/", {"words": "Jeanne Martin"})
    client.post("/counter/meaux/open/", {"person": str(jeanne)})
    begun = client.post(f"/counter/meaux/people/{jeanne}/", said)
    assert begun.status_code == 302, begun.content
    boss = make_demand(meaux, begins=utc_now() + timedelta(days=9))
    answer = client.get("/")
    assert answer.status_code == 200
    assert "asks for a second factor" not in answer.content.decode(), "it is hers to read"
    now = utc_now()
    assert demand_factor(authority=meaux.pk, scope=Scope.OTHERS, begins=now, by=boss.pk, now=now) is None
    assert barred(client, "/")
    assert client.get(PAGE).status_code == 403, "nothing is shown of hers"
    assert client.post("/mandate/end/").status_code == 302
    assert client.get(PAGE).status_code == 200


def test_the_sheet_in_the_safe_stands_in_for_it_and_lets_the_town_go_on(meaux: Authority) -> None:
    make_demand(meaux)
    codes = seal_sheet(authority=meaux.pk, now=utc_now(), by=None).codes
    client = Client(headers=ENGLISH)
    assert "the sheet stands in for it" in client.get("/login/safe/").content.decode()
    assert client.post("/login/safe/", {"code": codes[0]}).status_code == 302
    assert client.get("/people/").status_code == 200
    where = "/settings/meaux/second-factor/"
    answer = client.post(where, {"scope": "administrators", "begins": f"{utc_now() + timedelta(days=5):%Y-%m-%d}"})
    assert answer.status_code == 422, "its account demands nothing"
    assert client.post(where, {"scope": "nobody"}).status_code == 302
    alice = make_member("Alice Perrin", meaux.organisation, Role.AGENT, password=PASSWORD)
    assert not barred(log_in(alice))
