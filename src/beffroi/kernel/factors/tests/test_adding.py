"""Whoever is stopped adds a factor, and goes on in the same session: it is their first, and they have it in their hands."""

from concurrent.futures import ThreadPoolExecutor

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.factors.factories import code_of, make_demand
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role
from tests.holding import held


def test_an_app_is_added_and_the_pages_are_there_again(own_database: ConnectionInfo, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no secret is kept here
    cache.clear()
    meaux = make_authority()
    alice = make_member("Alice Perrin", meaux.organisation, Role.AGENT, password=PASSWORD)
    make_demand(meaux)
    client = Client(headers={"accept-language": "en"})
    assert client.post("/login/", {"login": alice.email, "password": PASSWORD}).status_code == 302
    assert client.get("/cabinets/")["location"] == "/login/second-factor/?next=%2Fcabinets%2F"
    assert client.post("/login/confirm/", {"password": PASSWORD}).status_code == 302
    client.get("/account/totp/add/")
    sent = {"code": code_of(client.session["mfa.totp.secret"])}
    assert client.post("/account/totp/add/", sent)["location"] == "/account/recovery-codes/"
    assert client.get("/account/recovery-codes/").status_code == 200
    assert client.get("/cabinets/").status_code == 200
    assert client.get("/login/second-factor/?next=/cabinets/")["location"] == "/cabinets/"
    assert client.get("/login/second-factor/?next=https://elsewhere.example/")["location"] == "/"
    assert client.get("/login/second-factor/?next=abc")["location"] == "/", "no address of ours"


def test_of_two_who_add_the_first_at_once_the_second_shows_it(own_database: ConnectionInfo, settings: Settings) -> None:
    """A thief with the password, let by while there was none, adds no other to the one that its person has just added."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no secret is kept here
    cache.clear()
    meaux = make_authority()
    alice = make_member("Alice Perrin", meaux.organisation, Role.AGENT, password=PASSWORD)
    make_demand(meaux)
    thief = Client(headers={"accept-language": "en"})
    thief.post("/login/", {"login": alice.email, "password": PASSWORD})
    thief.post("/login/confirm/", {"password": PASSWORD})
    thief.get("/account/totp/add/")
    sent = {"code": code_of(thief.session["mfa.totp.secret"])}

    def passkey() -> str:
        try:
            return str(Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={}).type)
        finally:
            connections.close_all()

    def app() -> str:
        try:
            return thief.post("/account/totp/add/", sent)["location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "accounts_person", alice.pk) as waits:
            first = threads.submit(passkey)
            waits(1, over=first.done)
            second = threads.submit(app)
            waits(2, over=lambda: first.done() or second.done())
            assert not first.done()
            assert not second.done()
        first.result()
        assert second.result() == "/login/second-factor/"
    assert list(Authenticator.objects.filter(user=alice).values_list("type", flat=True)) == ["webauthn"]
