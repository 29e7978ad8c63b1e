"""Logging in by a provider that somebody else wrote, through our own pages; who is let in, who isn't, and who is told what."""

from datetime import timedelta

import httpx
import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.models import Identity
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.actions.parting import lapse
from beffroi.kernel.provider.rules import UNCONFIRMED
from beffroi.kernel.territory.factories import make_authority, make_membership
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.identity.certified import Town, asked, leads

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ADA = {"given_name": "Ada", "family_name": "Vauban", "email": "ada@town.example", "email_verified": True}
SIRET = "21770284400015"


@pytest.fixture
def meaux() -> Authority:
    return make_authority()


def back(client: Client, address: str) -> tuple[int, str]:
    answer = client.get(address.removeprefix("https://testserver"), secure=True)
    return answer.status_code, answer.content.decode()


def log_in(town: Town, who: str, browser: httpx.Client | None = None, **more: str) -> tuple[Client, int, str]:
    """From the button to our own answer, in one browser."""
    client = Client(headers=ENGLISH)
    page = client.post("/login/provider/", {"next": "/account/"}, secure=True)
    assert page.status_code == 200, page.content
    with browser or town.browser() as opened:
        status, said = back(client, town.visit(opened, leads(page.content.decode()), who, **more))
    return client, status, said


def roles(email: str = "ada@town.example") -> set[Role]:
    person = Person.objects.get(email=email)
    return {post.role for post in live_posts(person=person.pk, as_of=utc_now())}


def inside(client: Client) -> bool:
    return client.get("/account/", secure=True).status_code == 200


def test_staff_log_in_and_hold_what_their_groups_give(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(ada={**ADA, "groups": ["police"]})
    make_group_rule(meaux, "police", source=OIDC)
    client, status, _said = log_in(keycloak, "ada")
    assert status == 302
    assert inside(client)
    ada = Person.objects.get()
    assert (ada.name, ada.email, ada.has_usable_password()) == ("Ada Vauban", "ada@town.example", False)
    assert roles() == {Role.OPERATOR}
    assert "ada" not in Identity.objects.get().subject, "what identifies them there is kept as a hash"
    keycloak.know(ada={**ADA, "groups": []})
    again, status, _said = log_in(keycloak, "ada")
    assert status == 403, "their last role has ended"
    assert not inside(again)
    assert roles() == set()
    assert not inside(client), "and every session with it"


def test_a_session_ends_after_a_working_day_whatever_is_done_in_it(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(ada={**ADA, "groups": ["police"]})
    make_group_rule(meaux, "police", source=OIDC)
    before = utc_now()
    client, _status, _said = log_in(keycloak, "ada")
    ends = Session.objects.get(pk=client.session.session_key).expire_date
    assert ends <= utc_now() + timedelta(hours=12)
    assert ends >= before + timedelta(hours=11)
    client.post("/language/", {"language": "fr"}, secure=True)
    session = client.session
    session["something"] = "written"
    session.save()
    assert Session.objects.get(pk=session.session_key).expire_date == ends


def test_whoever_has_no_role_gets_no_account_and_is_told_whom_to_ask(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(
        ada={**ADA, "groups": ["other"]}, bob={**ADA}, eve={**ADA, "email_verified": False, "groups": ["police"]}
    )
    make_group_rule(meaux, "police", source=OIDC)
    for who, words in (("ada", "gives a role here"), ("bob", "doesn’t say your groups"), ("eve", "is yours")):
        client, status, said = log_in(keycloak, who)
        assert (status, words in said) == (403, True), said
        assert not inside(client)
    assert not Person.objects.exists()


def test_nobody_takes_over_an_account_by_its_address(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(thief={**ADA, "groups": ["police"]})
    make_group_rule(meaux, "police", source=OIDC)
    invited = make_person("Ada", email="ada@town.example", password=None)
    make_membership(invited, meaux.organisation, Role.ADMINISTRATOR)
    client, status, said = log_in(keycloak, "thief")
    assert status == 403
    assert "taken over by an address" in said
    assert not inside(client)
    assert not Identity.objects.exists()


def test_an_account_is_tied_by_its_owner_once_confirmed(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(a1={**ADA, "groups": ["police"]}, b2={**ADA, "email": "bob@town.example", "groups": []})
    make_group_rule(meaux, "police", source=OIDC)
    ada = make_person("Ada", email="ada@town.example", password=PASSWORD)
    make_membership(ada, meaux.organisation, Role.AGENT)
    client = Client(headers=ENGLISH)
    client.post("/login/", {"login": "ada@town.example", "password": PASSWORD}, secure=True)
    here = "/account/provider/"
    assert client.post(here, secure=True).status_code == 302, "whoever asks confirms first"
    client.post("/login/confirm/", {"password": PASSWORD}, secure=True)
    page = client.post(here, secure=True)
    where = leads(page.content.decode())
    assert asked(where)["prompt"] == ["login"], "the provider asks who it is, whoever is logged in there"
    with keycloak.browser() as browser:
        returned = keycloak.visit(browser, where, "a1")
    other = Client(headers=ENGLISH)
    assert back(other, returned)[0] == 400, "another browser brings nothing"
    assert back(client, returned)[0] == 302
    assert Identity.objects.get().person == ada
    assert roles() == {Role.AGENT, Role.OPERATOR}
    assert "is tied" in client.get(here, secure=True).content.decode()
    assert back(client, returned)[0] == 400, "once"
    assert log_in(keycloak, "a1")[1] == 302
    again = leads(client.post(here, secure=True).content.decode())
    with keycloak.browser() as browser:
        assert back(client, keycloak.visit(browser, again, "b2"))[0] == 302
    assert Identity.objects.count() == 1, "a person is one there"


def test_proconnect_says_an_employer_and_rules_go_by_it(proconnect: Town, meaux: Authority) -> None:
    person = {"given_name": "Ada", "usual_name": "Vauban", "email": "ada@town.example", "siret": SIRET, "uid": "1"}
    proconnect.know(ada=person, eve={**person, "siret": "11122233300011"}, low={**person, "acr": "eidas0"})
    make_group_rule(meaux, SIRET, Role.AGENT, source=OIDC)
    assert log_in(proconnect, "low")[1] == 400, "a level that isn't known"
    assert log_in(proconnect, "eve")[1] == 403
    client, status, _said = log_in(proconnect, "ada")
    assert status == 302
    assert inside(client)
    assert (Person.objects.get().name, roles()) == ("Ada Vauban", {Role.AGENT})


def test_whoever_gives_up_there_is_led_back(keycloak: Town, meaux: Authority) -> None:
    client, status, _said = log_in(keycloak, "ada", refused="yes")
    assert status == 302
    assert "let nobody in" in client.get("/login/", secure=True).content.decode()


def test_a_role_that_is_not_confirmed_for_long_ends(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(ada={**ADA, "groups": ["police"]})
    make_group_rule(meaux, "police", source=OIDC)
    client, _status, _said = log_in(keycloak, "ada")
    seen = Identity.objects.get().seen_at
    assert lapse(authority=meaux.pk, now=seen + UNCONFIRMED) == 0
    assert roles() == {Role.OPERATOR}
    assert lapse(authority=meaux.pk, now=seen + UNCONFIRMED + timedelta(seconds=1)) == 1
    assert not inside(client)


def test_where_no_provider_is_set_up_there_is_no_such_page(meaux: Authority) -> None:
    client = Client()
    assert client.post("/login/provider/").status_code == 404
    assert client.get("/login/provider/back/").status_code == 404
    assert client.post("/login/provider/out/").status_code == 404
