"""Logging in with the password of the town's directory, by the page that everybody uses; and what happens when it is away."""

import logging

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.actions.reading import read
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.models import Identity, Reading
from beffroi.kernel.factors.factories import make_demand
from beffroi.kernel.territory.factories import make_authority, make_membership
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.directory import PASSWORD as KNOWN
from tests.directory import Directory

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def meaux(hall: Directory) -> Authority:
    return make_authority()


def log_in(email: str, password: str) -> tuple[Client, int, str]:
    client = Client(headers=ENGLISH)
    answer = client.post("/login/", {"login": email, "password": password})
    return client, answer.status_code, answer.content.decode()


def roles(email: str) -> set[Role]:
    person = Person.objects.get(email=email)
    return {post.role for post in live_posts(person=person.pk, as_of=utc_now())}


def test_staff_log_in_with_the_password_they_have_and_hold_what_their_group_gives(
    hall: Directory, meaux: Authority
) -> None:
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"))
    make_group_rule(meaux, group)
    client, status, _page = log_in("ada@town.example", KNOWN)
    assert status == 302
    assert client.get("/account/").status_code == 200
    ada = Person.objects.get()
    assert (ada.name, ada.has_usable_password(), roles("ada@town.example")) == ("Ada Vauban", False, {Role.OPERATOR})
    assert KNOWN not in str(list(Person.objects.values())) + str(list(Identity.objects.values()))
    _client, status, page = log_in("ada@town.example", "not this one")
    assert status == 200
    assert "is not right" in page


def test_a_leaver_is_out_at_the_next_reading_wherever_they_were_logged_in(hall: Directory, meaux: Authority) -> None:
    ada = hall.hire("ada", "Ada Vauban")
    group = hall.gather("police", ada)
    make_group_rule(meaux, group)
    client, _status, _page = log_in("ada@town.example", KNOWN)
    assert client.get("/account/").status_code == 200
    hall.replace(ada, pwdAccountLockedTime="000001010000Z")
    done = read(meaux.pk, utc_now())
    assert done is not None
    assert done.ended == 1
    assert client.get("/account/").status_code == 302, "their session is over"
    assert log_in("ada@town.example", KNOWN)[1] == 200, "and they don't come back"
    hall.remove(ada)
    assert read(meaux.pk, utc_now()) is not None
    assert roles("ada@town.example") == set()


def test_whoever_has_no_role_is_told_whom_to_ask_and_gets_no_account(hall: Directory, meaux: Authority) -> None:
    hall.hire("ada", "Ada Vauban")
    hall.hire("mute", "No Address", mail="")
    assert "no group of yours has a role here yet" in log_in("ada@town.example", KNOWN)[2]
    assert not Person.objects.exists()


def test_an_account_that_is_there_is_tied_by_its_owner_alone(hall: Directory, meaux: Authority) -> None:
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"), hall.hire("bob", "Bob Vauban"))
    make_group_rule(meaux, group)
    ada = make_person("Ada", email="ada@town.example", password=PASSWORD)
    make_membership(ada, meaux.organisation, Role.AGENT)
    _client, status, page = log_in("ada@town.example", KNOWN)
    assert status == 200
    assert "tie your account of the directory" in page
    assert not Identity.objects.exists()
    client, status, _page = log_in("ada@town.example", PASSWORD)
    assert status == 302
    here = "/account/directory/"
    assert client.post(here, {"login": "ada", "password": "no"}).status_code == 302, "whoever asks confirms first"
    client.post("/login/confirm/", {"password": PASSWORD})
    assert "isn’t the password" in client.post(here, {"login": "ada", "password": "no"}).content.decode()
    assert client.post(here, {"login": "ada", "password": KNOWN}).status_code == 302
    assert Identity.objects.get().person == ada
    assert "is tied" in client.get(here).content.decode()
    assert log_in("ada@town.example", KNOWN)[1] == 302
    assert roles("ada@town.example") == {Role.AGENT, Role.OPERATOR}
    assert client.post(here, {"login": "bob", "password": KNOWN}).status_code == 422, "a person is one entry"
    assert Identity.objects.get().person == ada


def test_a_directory_that_is_away_is_said_and_keeps_nobody_else_out(
    hall: Directory, meaux: Authority, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"))
    make_group_rule(meaux, group)
    assert log_in("ada@town.example", KNOWN)[1] == 302
    boss = make_person("Boss", email="boss@town.example", password=PASSWORD)
    make_membership(boss, meaux.organisation, Role.ADMINISTRATOR)
    settings.BEFFROI_DIRECTORY = hall.place(seconds=0.5)
    hall.freeze()
    try:
        with caplog.at_level(logging.WARNING):
            page = log_in("ada@town.example", KNOWN)[2]
            assert log_in("boss@town.example", PASSWORD)[1] == 302
            for anybody in ("boss@town.example", "nobody@town.example"):
                assert "doesn’t answer" in log_in(anybody, "mistyped")[2], "it doesn't tell who has an account here"
            assert read(meaux.pk, utc_now()) is None
    finally:
        hall.thaw()
    assert "doesn’t answer" in page
    assert KNOWN not in caplog.text
    assert roles("ada@town.example") == {Role.OPERATOR}, "a directory that is away ends nothing"
    assert Reading.objects.get().fault == "silent"


def test_a_directory_of_nobody_in_particular_lets_nobody_in(hall: Directory, meaux: Authority) -> None:
    make_authority("elsewhere")
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"))
    make_group_rule(meaux, group)
    assert log_in("ada@town.example", KNOWN)[1] == 200
    assert not Person.objects.exists()


def test_where_a_second_factor_is_demanded_its_password_alone_is_not_enough(hall: Directory) -> None:
    meaux = make_authority()
    make_group_rule(meaux, hall.gather("police", hall.hire("ada", "Ada Vauban")))
    make_demand(meaux)
    client = Client(headers={"accept-language": "en"})
    assert client.post("/login/", {"login": "ada@town.example", "password": KNOWN}).status_code == 302
    assert client.get("/console/")["location"].startswith("/login/second-factor/")
    assert client.get("/account/totp/add/")["location"].startswith("/login/confirm/"), "its password, once more"
