"""A way in that is added in the very moment in which a new sheet takes them all away is gone too, whoever comes first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.queries import has_way_in
from beffroi.kernel.safe.actions import seal_sheet
from beffroi.kernel.safe.models import Sheet
from beffroi.kernel.safe.rules import Sealed
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from tests.holding import held

Way = Callable[[Client], tuple[str, dict[str, str]]]
NEW = "a password of a thief, long"


@pytest.fixture
def meaux(own_database: ConnectionInfo, settings: Settings) -> Authority:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    return make_authority()


@pytest.fixture
def thief(meaux: Authority) -> Client:
    """Somebody who is in by a code of the sheet."""
    codes = seal_sheet(authority=meaux.pk, now=utc_now(), by=None).codes
    client = Client()
    assert client.post("/login/safe/", {"code": codes[0]}).status_code == 302
    return client


def an_app(client: Client) -> tuple[str, dict[str, str]]:
    client.get("/account/totp/add/")
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    return "/account/totp/add/", {"code": code}


def a_password(_client: Client) -> tuple[str, dict[str, str]]:
    return "/account/password/first/", {"password1": NEW, "password2": NEW}


@pytest.mark.parametrize("way", [an_app, a_password])
@pytest.mark.parametrize("first", ["sheet", "way in"])
def test_a_way_in_added_as_the_sheet_is_sealed_opens_nothing(
    own_database: ConnectionInfo, meaux: Authority, thief: Client, way: Way, first: str
) -> None:
    where, form = way(thief)
    person = Sheet.objects.get().person_id

    def seal() -> Sealed:
        try:
            return seal_sheet(authority=meaux.pk, now=utc_now(), by=None)
        finally:
            connections.close_all()

    def add() -> int:
        try:
            return thief.post(where, form).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "accounts_person", person) as waits:
            order = (seal, add) if first == "sheet" else (add, seal)
            coming = [threads.submit(order[0])]
            waits(1, over=coming[0].done)
            coming.append(threads.submit(order[1]))
            waits(2, over=lambda: any(one.done() for one in coming))
            assert not any(one.done() for one in coming)
        for one in coming:
            one.result()
    assert not has_way_in(person)
    assert not Authenticator.objects.exists()
    assert thief.get("/account/").status_code == 302
