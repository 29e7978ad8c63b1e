"""After the counter: the same person logs in by themselves, by a letter or a paper, and nobody else does."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.models import Mandate
from beffroi.kernel.counter.tests.counter import ENGLISH, Counter, act_for, logged_in, look_up, opened, text, values
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory import jobs, keeping
from beffroi.kernel.territory.factories import make_member, make_membership
from beffroi.kernel.territory.models import Invitation, Membership
from beffroi.kernel.territory.rules import INVITATION_LIFE
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER
from beffroi.lib.viewer import Role
from beffroi.persistence.keeping import REFERENCES

pytestmark = pytest.mark.django_db
PAGE, NEW = "/mandate/way-in/", "a long enough phrase"
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


@pytest.fixture(autouse=True)
def calm(settings: Settings) -> None:
    """Nobody has tried anything yet; and no secret is kept here, so that its hash may be quick."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def counter() -> Counter:
    return opened()


@pytest.fixture
def louis(counter: Counter) -> Person:
    """Somebody whose account this counter made, with an address."""
    form = {"name": "Louis Petit", "email": "louis@example.org", "language": "en"}
    counter.browser.post("/counter/meaux/people/", form)
    return Person.objects.get(email="louis@example.org")


def paper(counter: Counter) -> str:
    answer = counter.browser.post(PAGE, {"means": "paper"})
    assert answer.status_code == 201
    return code_in(answer.content.decode())


def code_in(said: str) -> str:
    found = CODE.search(said)
    assert found is not None
    return found[0]


def with_code(code: str) -> Client:
    client = Client(headers=ENGLISH)
    assert client.post("/welcome/", {"code": code})["location"] == "/welcome/role/"
    return client


def refused(code: str) -> bool:
    return Client(headers=ENGLISH).post("/welcome/", {"code": code}).status_code == 422


def test_a_paper_opens_the_account_that_was_served_and_no_second_one(counter: Counter, louis: Person) -> None:
    act_for(counter, louis)
    code = paper(counter)
    counter.browser.post("/mandate/end/")
    people = Person.objects.count()
    client = with_code(code)
    page = text(client, "/welcome/role/")
    assert "Your account" in page
    assert "louis@example.org" in page
    body = {"name": "Louis Petit", "language": "en", "password": NEW}
    assert client.post("/welcome/role/", body)["location"] == "/"
    done = text(client, "/account/done-for-me/")
    assert "You were invited to log in by yourself" in done
    assert Person.objects.count() == people
    assert not Membership.objects.filter(person=louis).exists()
    again = Client(headers=ENGLISH)
    assert again.post("/login/", {"login": louis.email, "password": NEW}).status_code == 302
    assert "Louis Petit" in text(again, "/")
    assert refused(code), "once"


def test_each_step_is_on_record_by_whom_and_for_whom(counter: Counter, louis: Person) -> None:
    act_for(counter, louis)
    paper(counter)
    paper(counter)
    counter.browser.post(f"{PAGE}withdraw/")
    marks = {"by": str(counter.agent.pk), "for": str(louis.pk), "mandate": str(Mandate.objects.get().pk)}
    row = Invitation.objects.get()
    (made,) = values("invitation.to-account")
    assert made == {
        "invitation": str(row.pk),
        "organisation": str(counter.authority.organisation_id),
        "person": str(louis.pk),
        **marks,
    }
    assert values("invitation.renewed") == [{"invitation": str(row.pk), "means": "printed", **marks}]
    assert values("invitation.withdrawn") == [{"invitation": str(row.pk), **marks}]
    assert Entry.objects.filter(kind="mandate.used").count() == 0, "each has its own"


def test_without_an_address_there_is_a_passkey(counter: Counter) -> None:
    act_for(counter)
    page = text(counter.browser, PAGE)
    assert "Send the letter" not in page
    client = with_code(paper(counter))
    answer = client.post("/welcome/role/", {"name": "Jeanne Martin", "language": "fr", "passkey": "1"})
    assert answer["location"] == "/account/passkeys/add/"
    assert client.get("/account/passkeys/add/").status_code == 200
    assert client.session["_auth_user_id"] == str(counter.jeanne.pk)


def test_a_letter_goes_to_the_address_of_the_account(counter: Counter, louis: Person) -> None:
    act_for(counter, louis)
    assert "l…@example.org" in text(counter.browser, PAGE)
    assert counter.browser.post(PAGE, {"means": "letter"}).status_code == 302
    assert "The letter leaves" in text(counter.browser, PAGE)
    (sent,) = jobs.claim(utc_now(), 10)
    assert sent.to == "louis@example.org"
    assert "Meaux" in sent.subject
    assert "role" not in sent.text
    jobs.note(sent, HANDED_OVER, utc_now())
    assert "Letter handed over" in text(counter.browser, PAGE)
    code = code_in(sent.text)
    paper(counter)
    assert refused(code), "the paper voids the letter"


def test_a_paper_is_only_for_whoever_has_shown_who_they_are(counter: Counter, louis: Person) -> None:
    assert look_up(counter.browser, "meaux", louis.email, louis) == 302
    said = {"why": "by-phone", "identity": "not-seen", "confirmed": "on"}
    counter.browser.post(f"/counter/meaux/people/{louis.pk}/", said)
    page = text(counter.browser, PAGE)
    assert "Print a code" not in page
    assert "whose proof of identity was seen" in page
    assert counter.browser.post(PAGE, {"means": "paper"}).status_code == 422
    assert not Invitation.objects.exists()
    assert counter.browser.post(PAGE, {"means": "letter"}).status_code == 302, "the address proves whose it is"


def test_seven_days_later_and_once_withdrawn_it_is_void(counter: Counter) -> None:
    act_for(counter)
    code = paper(counter)
    later = utc_now() + INVITATION_LIFE + timedelta(minutes=1)
    with patch("beffroi.kernel.territory.pages.welcome.utc_now", return_value=later):
        assert refused(code)
    client = with_code(code)
    assert counter.browser.post(f"{PAGE}withdraw/").status_code == 302
    assert refused(code)
    body = {"name": "Jeanne Martin", "language": "fr", "passkey": "1"}
    assert client.post("/welcome/role/", body)["location"] == "/welcome/", (
        "whoever had opened it doesn't take it either"
    )
    assert "A code was given" not in text(counter.browser, PAGE)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MEMBER])
def test_whoever_has_or_had_a_role_is_invited_by_who_gives_it(counter: Counter, role: Role) -> None:
    boss = make_member("Berthe Chef", counter.authority.organisation, role)
    act_for(counter, boss)
    assert "whoever gives that role invites them" in text(counter.browser, PAGE)
    for means in ("paper", "letter"):
        counter.browser.post(PAGE, {"means": means})
    assert not Invitation.objects.exists()


def test_a_role_taken_meanwhile_voids_it(counter: Counter) -> None:
    act_for(counter)
    code = paper(counter)
    client = with_code(code)
    make_membership(counter.jeanne, counter.authority.organisation, Role.ADMINISTRATOR)
    body = {"name": "Jeanne Martin", "language": "fr", "passkey": "1"}
    assert client.post("/welcome/role/", body)["location"] == "/welcome/"
    assert "_auth_user_id" not in client.session


def test_who_logs_in_already_is_offered_nothing(counter: Counter, louis: Person) -> None:
    act_for(counter, louis)
    with_code(paper(counter)).post("/welcome/role/", {"name": "Louis", "language": "fr", "password": NEW})
    assert "logs in already" in text(counter.browser, PAGE)
    counter.browser.post(PAGE, {"means": "paper"})
    assert Invitation.objects.count() == 1
    assert PAGE not in text(counter.browser, "/"), "nor does the menu"


def test_the_agent_who_types_the_code_takes_nobody_s_account(counter: Counter) -> None:
    act_for(counter)
    assert PAGE in text(counter.browser, "/")
    code = paper(counter)
    own = logged_in(counter.agent)
    assert own.post("/welcome/", {"code": code})["location"] == "/welcome/role/"
    assert "this invitation is for another account" in text(own, "/welcome/role/")
    own.post("/welcome/role/", {"name": "Agnès", "language": "fr", "password": NEW})
    counter.jeanne.refresh_from_db()
    assert not counter.jeanne.has_usable_password()


def test_it_is_no_invitation_of_an_office(counter: Counter) -> None:
    """Whoever administers the town hall finds no inhabitant among the roles that wait."""
    act_for(counter)
    paper(counter)
    admin = logged_in(make_member("Claire Moreau", counter.authority.organisation, Role.ADMINISTRATOR))
    page = text(admin, f"/organisations/{counter.authority.organisation_id}/")
    assert "Jeanne Martin" not in page
    row = Invitation.objects.get()
    for act in ("send", "print", "withdraw"):
        assert admin.post(f"/invitations/{row.pk}/{act}/").status_code == 404
    assert logged_in(counter.agent).get(PAGE).status_code == 404, "outside a mandate there is no such page"


def test_whoever_logs_in_keeps_their_account(counter: Counter, louis: Person) -> None:
    """No membership says that an inhabitant's account is in use, and the counter forgets whom it has not served for a year."""
    act_for(counter, louis)
    with_code(paper(counter)).post("/welcome/role/", {"name": "Louis", "language": "fr", "password": NEW})
    with patch.dict(REFERENCES):
        REFERENCES.pop("counter.inhabitants")
        leaving = set(keeping.people(None).values_list("pk", flat=True))
    assert louis.pk not in leaving
    assert counter.jeanne.pk in leaving
