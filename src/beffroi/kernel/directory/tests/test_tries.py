"""Nobody outside gets an account locked in the town's directory, whatever names they type; and what they are told is the same for all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.directory.place import TRIES
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.directory.actions.proving import asked_about
from beffroi.kernel.directory.actions.tries import forget_tries
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.models import Try
from beffroi.kernel.directory.rules import Seen
from beffroi.kernel.territory.factories import make_authority, make_membership
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.proving import Denied
from tests.directory import LOCKED_AT, Directory
from tests.directory import PASSWORD as KNOWN

NAMES = ("ada@town.example", "a.vauban@town.example", "vauban@town.example")
TIE = "/account/directory/"


@pytest.fixture
def meaux(hall: Directory) -> Authority:
    return make_authority()


def hired(hall: Directory, town: Authority) -> str:
    """Somebody with three addresses and an identifier, who has a role."""
    dn = hall.hire("ada", "Ada Vauban", mail=list(NAMES))
    make_group_rule(town, hall.gather("police", dn))
    return dn


def told(name: str, password: str) -> str:
    cache.clear()  # log-in's own count, by name and by address of the network, is another's
    answer = Client(headers={"accept-language": "en"}).post("/login/", {"login": name, "password": password})
    page = answer.content.decode()
    words = {"is not right": "wrong", "Too many wrong passwords": "enough"}
    return "in" if answer.status_code == 302 else next((said for seen, said in words.items() if seen in page), page)


@pytest.mark.django_db
def test_an_entry_is_counted_as_one_under_all_its_names(hall: Directory, meaux: Authority) -> None:
    dn = hired(hall, meaux)
    for name in NAMES * 2:
        assert told(name, "wrong") == "wrong"
    boss = make_person("Boss", email="boss@town.example", password=PASSWORD)
    make_membership(boss, meaux.organisation, Role.ADMINISTRATOR)
    client = Client(headers={"accept-language": "en"})
    client.post("/login/", {"login": "boss@town.example", "password": PASSWORD})
    client.post("/login/confirm/", {"password": PASSWORD})
    for _try in range(2):
        assert "isn’t the password" in client.post(TIE, {"login": "ada", "password": "wrong"}).content.decode()
    assert hall.wrong_tries(dn) == TRIES < LOCKED_AT
    assert told(NAMES[0], KNOWN) == "wrong", "it isn't told whose name it is, either"


@pytest.mark.django_db
def test_whoever_is_tried_the_answer_is_the_same(hall: Directory, meaux: Authority) -> None:
    hired(hall, meaux)
    make_person("Own", email="own@town.example", password=PASSWORD)
    for name in (NAMES[0], "own@town.example", "nobody@town.example"):
        said = [told(name, "wrong") for _try in range(TRIES + 2)]
        assert said == ["wrong"] * TRIES + ["enough"] * 2, name
    assert told("own@town.example", PASSWORD) == "in", "a password of one's own is no concern of the directory"


@pytest.mark.django_db
def test_tries_count_for_a_while_and_a_right_password_is_none(hall: Directory, meaux: Authority) -> None:
    dn = hired(hall, meaux)
    now = utc_now()
    for _time in range(TRIES + 1):
        assert isinstance(asked_about(NAMES[0], KNOWN, now), Seen)
    assert not Try.objects.exists()
    for minutes in range(TRIES):
        assert asked_about(NAMES[0], "wrong", now + timedelta(minutes=minutes)) is None
    blocked = now + timedelta(minutes=59)
    assert isinstance(asked_about(NAMES[0], KNOWN, blocked), Denied)
    assert asked_about("  ADA ", KNOWN, blocked) is None, "the entry waits too"
    assert isinstance(asked_about(NAMES[1], KNOWN, now + timedelta(minutes=60)), Seen), "the first counts no more"
    assert asked_about(NAMES[1], "wrong", now + timedelta(minutes=60)) is None
    assert asked_about(NAMES[1], KNOWN, now + timedelta(minutes=60, seconds=59)) is None, "never more within an hour"
    assert hall.wrong_tries(dn) < LOCKED_AT
    assert forget_tries(window=timedelta(hours=1), now=now + timedelta(hours=5)) > 0
    assert not Try.objects.exists()


@pytest.mark.django_db
def test_a_directory_that_is_away_counts_nothing_against_anybody(
    hall: Directory, meaux: Authority, settings: Settings
) -> None:
    hired(hall, meaux)
    settings.BEFFROI_DIRECTORY = hall.place("ldaps://127.0.0.1:1")
    for _try in range(TRIES + 1):
        assert "doesn’t answer" in told(NAMES[0], KNOWN)
    settings.BEFFROI_DIRECTORY = hall.place()
    assert told(NAMES[0], KNOWN) == "in"


def test_many_at_once_get_no_further(own_database: ConnectionInfo, hall: Directory) -> None:
    dn = hired(hall, make_authority())

    def tried(number: int) -> Seen | Denied | None:
        try:
            return asked_about((*NAMES, "ada")[number % 4], f"wrong {number}", utc_now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as threads:
        found = list(threads.map(tried, range(16)))
    assert not any(isinstance(each, Seen) for each in found)
    assert hall.wrong_tries(dn) == TRIES
