"""Where one is logged in: shown in words, ended one by one or all at once; a password that changes ends the others."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture(autouse=True)
def calm(settings: Settings) -> None:
    """Nobody has tried anything yet; and no secret is kept here, so that its hash may be quick."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def nina() -> Person:
    return make_person("Nina Roche", password=PASSWORD)


def logged_in(person: Person, browser: str) -> Client:
    client = Client(headers={"accept-language": "en", "user-agent": browser})
    assert client.post("/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    return client


def served(client: Client) -> int:
    return client.get("/account/").status_code


def test_each_is_told_by_its_browser_and_ended_alone(nina: Person) -> None:
    desk, phone, other = logged_in(nina, DESK), logged_in(nina, PHONE), logged_in(nina, PHONE)
    page = desk.get("/account/sessions/").content.decode()
    assert "Chrome, Android" in page
    assert "Firefox, Linux" in page
    row = UserSession.objects.get(session_key=phone.session.session_key)
    assert "The session was ended" in desk.post(f"/account/sessions/{row.pk}/end/", follow=True).content.decode()
    assert [served(each) for each in (desk, phone, other)] == [200, 302, 200]


def test_all_the_others_end_at_once_on_the_record(nina: Person) -> None:
    desk, phone, other = logged_in(nina, DESK), logged_in(nina, PHONE), logged_in(nina, PHONE)
    assert "2 sessions were ended" in desk.post("/account/sessions/", follow=True).content.decode()
    assert [served(each) for each in (desk, phone, other)] == [200, 302, 302]
    assert Entry.objects.filter(kind="sessions.ended").count() == 1


def test_nobody_ends_another_s_nor_their_own_by_mistake(nina: Person) -> None:
    desk, stranger = logged_in(nina, DESK), logged_in(make_person(password=PASSWORD), PHONE)
    row = UserSession.objects.get(session_key=desk.session.session_key)
    stranger.post(f"/account/sessions/{row.pk}/end/")
    desk.post(f"/account/sessions/{row.pk}/end/")
    assert served(desk) == 200


def test_when_it_was_last_seen_is_noted_now_and_then(nina: Person) -> None:
    desk = logged_in(nina, DESK)
    long_ago = utc_now() - timedelta(days=1)
    with writing():
        UserSession.objects.update(last_seen_at=long_ago)
    served(desk)
    assert UserSession.objects.get().last_seen_at > long_ago
    with writing():
        UserSession.objects.update(last_seen_at=long_ago)
    served(desk)
    assert UserSession.objects.get().last_seen_at == long_ago, "not at each request"


def test_a_password_that_changes_ends_every_session(nina: Person) -> None:
    desk, phone = logged_in(nina, DESK), logged_in(nina, PHONE)
    body = {
        "oldpassword": PASSWORD,
        "password1": "another long enough phrase",
        "password2": "another long enough phrase",
    }
    assert desk.post("/account/password/", body).status_code == 302
    assert served(phone) == 302


def test_an_account_waits_after_five_wrong_passwords_and_says_so_in_french(nina: Person) -> None:
    client = Client(headers={"accept-language": "fr"})
    wrong = {"login": nina.email, "password": "not this one"}
    texts = [client.post("/login/", wrong).content.decode() for _try in range(6)]
    assert "L’adresse ou le mot de passe" in texts[0]
    assert "Patientez cinq minutes" in texts[-1]
    right = Client(headers={"accept-language": "fr"}).post("/login/", {"login": nina.email, "password": PASSWORD})
    assert right.status_code != 302, "nor does the right one pass meanwhile"
    assert served(logged_in(make_person(password=PASSWORD), DESK)) == 200, "others log in"


def test_hundreds_of_others_who_try_make_no_limit_forgotten(nina: Person) -> None:
    wrong = {"login": nina.email, "password": "not this one"}
    client = Client(headers={"accept-language": "fr"})
    for _try in range(6):
        client.post("/login/", wrong)
    for number in range(400):
        cache.set(f"tried-by-{number}", [0.0], timeout=300)
    assert "Patientez cinq minutes" in client.post("/login/", wrong).content.decode()


def test_an_address_that_tries_many_accounts_waits() -> None:
    client = Client(headers={"accept-language": "fr"})
    answers = [
        client.post("/login/", {"login": f"somebody-{number}@meaux.example", "password": "guess"})
        for number in range(32)
    ]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "<html" in answers[-1].content.decode()
    elsewhere = Client(REMOTE_ADDR="192.0.2.7", headers={"accept-language": "fr"})
    assert elsewhere.post("/login/", {"login": "x@meaux.example", "password": "guess"}).status_code == 200
