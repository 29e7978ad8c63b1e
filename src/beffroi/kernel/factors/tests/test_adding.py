"""Whoever is stopped adds a factor, and goes on in the same session: it is their first, and they have it in their hands."""

from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.factors.factories import code_of, make_demand
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role


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
