"""Logging out here logs out there; what the provider signs of a log-out ends the sessions that it speaks of, and nothing else does."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.oidc.claims import Somebody, subject_of
from beffroi.adapters.oidc.tokens import LOGGED_OUT
from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.models import Identity
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.actions.coming import tie_account
from beffroi.kernel.provider.queries.sessions import KEPT
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.identity.certified import OURS, Town, asked, leads
from tests.identity.liar import CLIENT, OTHER, Liar, signed, unsigned

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def meaux() -> Authority:
    return make_authority()


@pytest.fixture
def speaking(liar: Liar, settings: Settings) -> Liar:
    """A provider whose signature we can make: it speaks to us by itself."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    liar.now = utc_now
    settings.BEFFROI_PROVIDER = liar.provider()
    settings.BEFFROI_PUBLIC_URL = OURS
    return liar


def message(liar: Liar, **changed: Any) -> dict[str, Any]:
    moment = int(utc_now().timestamp())
    told = {
        "iss": liar.issuer,
        "aud": CLIENT,
        "iat": moment,
        "exp": moment + 60,
        "jti": "1",
        "events": {LOGGED_OUT: {}},
    }
    return told | {"sub": "ada"} | changed


def say(liar: Liar, token: str = "", **changed: Any) -> int:
    told = token or signed(message(liar, **changed), liar.key, kid=liar.kid, typ="logout+jwt")
    return (
        Client(enforce_csrf_checks=True).post("/login/provider/out/", {"logout_token": told}, secure=True).status_code
    )


def open_as(liar: Liar, meaux: Authority, sid: str = "") -> Client:
    """Ada's session in one more browser, which the provider calls so."""
    tied = Identity.objects.filter(source=OIDC).select_related("person").first()
    person = tied.person if tied else make_member("Ada", meaux.organisation, Role.AGENT, password=PASSWORD)
    if tied is None:
        ada = Somebody(subject_of(liar.issuer, "ada"), "", "Ada", None)
        assert tie_account(authority=meaux.pk, person=person, who=ada, now=utc_now(), by=person.pk)
    client = Client(headers=ENGLISH)
    client.post("/login/", {"login": person.email, "password": PASSWORD}, secure=True)
    session = client.session
    session[KEPT] = {"proof": "a-proof", "sid": sid}
    session.save()
    return client


def inside(client: Client) -> bool:
    return client.get("/account/", secure=True).status_code == 200


def test_whoever_logs_out_here_is_led_to_log_out_there(keycloak: Town, meaux: Authority) -> None:
    keycloak.know(ada={"name": "Ada", "email": "ada@town.example", "email_verified": True, "groups": ["police"]})
    make_group_rule(meaux, "police", source=OIDC)
    client = Client(headers=ENGLISH)
    page = client.post("/login/provider/", secure=True).content.decode()
    with keycloak.browser() as browser:
        returned = keycloak.visit(browser, leads(page), "ada")
        assert client.get(returned.removeprefix(OURS), secure=True).status_code == 302
        key = client.session.session_key
        where = leads(client.post("/logout/", secure=True).content.decode())
        assert not Session.objects.filter(pk=key).exists(), "out of here first"
        assert where.startswith(f"{keycloak.issuer}/session/end?")
        assert asked(where)["post_logout_redirect_uri"] == [f"{OURS}/logout/done/"]
        assert "Leave the provider" in browser.get(where).text, "the provider takes the proof and our address"
    done = client.get("/logout/done/", {"state": asked(where)["state"][0]}, secure=True, follow=True)
    assert "logged out of Town log-in too" in done.content.decode()
    again = client.get("/logout/done/", {"state": asked(where)["state"][0]}, secure=True, follow=True)
    assert "logged out of Town" not in again.content.decode()


def test_a_provider_that_is_away_does_not_keep_anybody_in(speaking: Liar, meaux: Authority) -> None:
    client = open_as(speaking, meaux)
    speaking.status = {"openid-configuration": 503}
    assert client.post("/logout/", secure=True).status_code == 302
    assert not inside(client)


def test_the_session_that_the_provider_names_ends(speaking: Liar, meaux: Authority) -> None:
    one, two = open_as(speaking, meaux, "s-1"), open_as(speaking, meaux, "s-2")
    assert say(speaking, sid="s-1") == 200
    assert (inside(one), inside(two)) == (False, True)
    assert say(speaking, sid="s-1") == 400, "a message is taken once"
    told = message(speaking, sid="s-2", jti="2")
    told.pop("sub")
    assert say(speaking, signed(told, speaking.key, kid=speaking.kid)) == 200, (
        "a session's name does without a person's"
    )
    assert not inside(two)
    assert Entry.objects.filter(kind="sessions.ended").count() == 2


def test_a_leaver_is_out_everywhere(speaking: Liar, meaux: Authority) -> None:
    one, two = open_as(speaking, meaux, "s-1"), open_as(speaking, meaux, "s-2")
    bystander = Client()
    bystander.force_login(make_member("Bob", meaux.organisation, Role.AGENT))
    assert say(speaking, sub="somebody else") == 200
    assert inside(one)
    assert say(speaking, jti="2") == 200
    assert (inside(one), inside(two), inside(bystander)) == (False, False, True)


def test_nobody_else_ends_a_session(speaking: Liar, meaux: Authority) -> None:
    client = open_as(speaking, meaux, "s-1")
    told = message(speaking)
    for token in (
        "nothing",
        unsigned(told),
        signed(told, OTHER, kid=speaking.kid),
        signed(told | {"aud": "another"}, speaking.key, kid=speaking.kid),
        signed(told | {"events": {}}, speaking.key, kid=speaking.kid),
        signed(told | {"nonce": "of a log-in"}, speaking.key, kid=speaking.kid),
        signed(told | {"exp": 1}, speaking.key, kid=speaking.kid),
    ):
        assert say(speaking, token) == 400
    speaking.status = {"keys": 503}
    assert say(speaking, signed(told, OTHER, kid="made up")) in (400, 503)
    assert inside(client)
