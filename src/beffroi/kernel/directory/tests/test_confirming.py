"""Whoever has no password but the directory's gives it once more before they change how they log in."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.directory.place import TRIES
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.territory.factories import make_authority
from tests.directory import LOCKED_AT, Directory
from tests.directory import PASSWORD as KNOWN

pytestmark = pytest.mark.django_db
CONFIRM = "/login/confirm/"


@pytest.fixture
def dn(hall: Directory) -> str:
    return hall.hire("ada", "Ada Vauban")


@pytest.fixture
def ada(hall: Directory, dn: str) -> Client:
    """Logged in by the directory, with no way in of her own."""
    make_group_rule(make_authority(), hall.gather("police", dn))
    client = Client(headers={"accept-language": "en"})
    assert client.post("/login/", {"login": "ada@town.example", "password": KNOWN}).status_code == 302
    return client


def gives(client: Client, password: str, onward: str = "/account/passkeys/add/") -> tuple[int, str]:
    cache.clear()
    answer = client.post(CONFIRM, {"password": password, "next": onward})
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("page", ["/account/passkeys/add/", "/account/totp/add/", "/account/directory/"])
def test_what_changes_how_one_logs_in_is_behind_the_directory_s_password(ada: Client, page: str) -> None:
    answer = ada.get(page)
    assert answer.status_code == 302
    assert answer["location"].startswith(CONFIRM)
    assert "Password of the directory" in ada.get(answer["location"]).content.decode()
    status, words = gives(ada, "not this one", page)
    assert status == 200
    assert "This is not your password" in words
    assert ada.get(page).status_code == 302
    assert gives(ada, KNOWN, page)[0] == 302
    assert ada.get(page).status_code == 200


def test_it_is_counted_with_every_other_wrong_password(hall: Directory, dn: str, ada: Client) -> None:
    for _try in range(TRIES):
        assert "This is not your password" in gives(ada, "wrong")[1]
    assert "Too many wrong passwords" in gives(ada, KNOWN)[1]
    stranger = Client(headers={"accept-language": "en"})
    for _try in range(TRIES):
        stranger.post("/login/", {"login": "ada@town.example", "password": "wrong"})
    assert hall.wrong_tries(dn) == TRIES < LOCKED_AT


def test_whoever_left_the_directory_confirms_nothing(hall: Directory, dn: str, ada: Client) -> None:
    hall.remove(dn)
    assert "This is not your password" in gives(ada, KNOWN)[1]


def test_a_directory_that_is_away_is_said(hall: Directory, dn: str, ada: Client, settings: Settings) -> None:
    settings.BEFFROI_DIRECTORY = hall.place("ldaps://127.0.0.1:1")
    assert "doesn’t answer" in gives(ada, KNOWN)[1]
    assert ada.get("/account/passkeys/add/").status_code == 302
