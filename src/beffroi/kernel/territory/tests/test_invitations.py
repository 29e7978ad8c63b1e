"""Invitations: a letter or a paper, a code that works once, an account that nobody else made."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory import jobs
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, Invitation, LetterState, Membership
from beffroi.kernel.territory.rules import CODE_TRIES, INVITATION_LIFE, PAUSES
from beffroi.lib import clock
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.persistence.letters import Sealed

pytestmark = pytest.mark.django_db
NEW = "a long enough phrase"
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


@pytest.fixture(autouse=True)
def calm(settings: Settings) -> None:
    """Nobody has tried anything yet; and no secret is kept here, so that its hash may be quick."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def town() -> Authority:
    return make_authority("meaux")


@pytest.fixture
def admin(town: Authority) -> Client:
    return client_of(make_member("Claire Moreau", town.organisation, Role.ADMINISTRATOR))


def client_of(person: Person | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def invited(admin: Client, town: Authority, **body: str) -> Invitation:
    whole = {"name": "Nina Roche", "email": "nina@meaux.example", "language": "en", "role": "agent", "until": ""} | body
    answer = admin.post(f"/organisations/{town.organisation_id}/invite/", whole)
    assert answer.status_code == 302, answer.content.decode()
    return Invitation.objects.order_by("-made_at")[0]


def letter() -> Sealed:
    (found,) = jobs.claim(utc_now(), 10)
    return found


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found is not None
    return found[0]


def opened(code: str, client: Client | None = None) -> Client:
    client = client or client_of(None)
    answer = client.post("/welcome/", {"code": code})
    assert answer.status_code == 302, "the code is good"
    assert answer["location"] == "/welcome/role/"
    return client


def test_somebody_new_takes_a_role_and_is_logged_in(admin: Client, town: Authority) -> None:
    row = invited(admin, town, until="2099-03-31")
    sent = letter()
    assert sent.to == "nina@meaux.example"
    assert "until March 31, 2099" in sent.text or "31 March 2099" in sent.text
    code = code_in(sent.text)
    assert f"/welcome/#{code}" in sent.text, "in the fragment, which no server logs"
    client = opened(code.lower().replace("-", " "))
    page = client.get("/welcome/role/").content.decode()
    assert "Agent" in page
    assert "nina@meaux.example" in page
    short = client.post("/welcome/role/", {"name": "Nina R.", "language": "fr", "password": "short"})
    assert short.status_code == 422
    assert "Nina R." in short.content.decode()
    done = client.post("/welcome/role/", {"name": "Nina R.", "language": "fr", "password": NEW})
    assert done["location"] == "/"
    assert client.get("/account/").status_code == 200
    person = Person.objects.get(email="nina@meaux.example")
    assert (person.name, person.language) == ("Nina R.", "fr")
    role = Membership.objects.get(person=person)
    assert (role.role, role.valid_until) == ("agent", row.valid_until)
    again = client_of(None)
    assert again.post("/welcome/", {"code": code}).status_code == 422, "once"
    log_in = again.post("/login/", {"login": person.email, "password": NEW})
    assert log_in.status_code == 302
    kinds = list(Entry.objects.filter(kind__startswith="invitation.").values_list("kind", flat=True))
    assert kinds == ["invitation.made", "invitation.accepted"]


def test_a_passkey_takes_the_place_of_a_password(admin: Client, town: Authority) -> None:
    invited(admin, town)
    client = opened(code_in(letter().text))
    body = {"name": "Nina Roche", "language": "fr", "password": "", "passkey": "1"}
    answer = client.post("/welcome/role/", body)
    assert answer["location"] == "/account/passkeys/add/"
    assert client.get("/account/passkeys/add/").status_code == 200
    assert not Person.objects.get(email="nina@meaux.example").has_usable_password()


def test_five_wrong_codes_close_it(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    code = code_in(letter().text)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for _try in range(CODE_TRIES):
        answer = client_of(None).post("/welcome/", {"code": wrong})
        assert answer.status_code == 422
        assert "not right" in answer.content.decode()
    assert client_of(None).post("/welcome/", {"code": code}).status_code == 422
    assert Entry.objects.filter(kind="invitation.locked").count() == 1
    admin.post(f"/invitations/{row.pk}/send/")
    opened(code_in(letter().text))


def test_a_program_that_tries_codes_waits() -> None:
    client = client_of(None)
    answers = [client.post("/welcome/", {"code": "AAAA-BBBB-CCCC"}).status_code for _try in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_seven_days_later_it_is_void(admin: Client, town: Authority) -> None:
    invited(admin, town)
    code = code_in(letter().text)
    later = clock.utc_now() + INVITATION_LIFE + timedelta(minutes=1)
    with patch("beffroi.kernel.territory.pages.welcome.utc_now", return_value=later):
        assert client_of(None).post("/welcome/", {"code": code}).status_code == 422


def test_a_letter_sent_again_and_a_printed_code_void_the_one_before(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    first = code_in(letter().text)
    paper = admin.post(f"/invitations/{row.pk}/print/")
    assert paper.status_code == 201
    second = code_in(paper.content.decode())
    assert second != first
    assert client_of(None).post("/welcome/", {"code": first}).status_code == 422
    opened(second)
    assert Entry.objects.filter(kind="invitation.renewed").count() == 1


def test_withdrawn_it_can_t_be_taken_by_whoever_has_opened_it(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    client = opened(code_in(letter().text))
    admin.post(f"/invitations/{row.pk}/withdraw/")
    answer = client.post("/welcome/role/", {"name": "Nina", "language": "fr", "password": NEW})
    assert answer["location"] == "/welcome/"
    assert not Person.objects.filter(email="nina@meaux.example").exists()


def test_an_account_that_exists_is_logged_in_to_not_taken_over(admin: Client, town: Authority) -> None:
    known = make_person("Nina Roche", email="nina@meaux.example", password=PASSWORD)
    invited(admin, town)
    code = code_in(letter().text)
    client = opened(code)
    page = client.get("/welcome/role/").content.decode()
    assert "log in with it" in page
    client.post("/welcome/role/", {"name": "Thief", "language": "fr", "password": NEW})
    known.refresh_from_db()
    assert known.name == "Nina Roche"
    assert known.check_password(PASSWORD)
    client.post("/login/?next=/welcome/role/", {"login": known.email, "password": PASSWORD})
    assert "logged in as Nina Roche" in client.get("/welcome/role/").content.decode()
    client.post("/welcome/role/")
    assert Membership.objects.get(person=known).role == "agent"


def test_a_paper_opens_no_account_that_was_there(admin: Client, town: Authority) -> None:
    """Whoever prints a code could type it: it proves nothing of the address."""
    make_person("Nina Roche", email="nina@meaux.example")
    row = invited(admin, town)
    client = opened(code_in(admin.post(f"/invitations/{row.pk}/print/").content.decode()))
    assert "must come by e-mail" in client.get("/welcome/role/").content.decode()
    client.post("/welcome/role/", {"name": "Nina", "language": "fr", "password": NEW})
    assert not Membership.objects.exclude(role="administrator").exists()


def test_without_an_address_there_is_a_paper_and_a_passkey(admin: Client, town: Authority) -> None:
    row = invited(admin, town, email="")
    assert jobs.claim(utc_now(), 10) == []
    client = opened(code_in(admin.post(f"/invitations/{row.pk}/print/").content.decode()))
    answer = client.post("/welcome/role/", {"name": "Nina Roche", "language": "fr", "passkey": "1"})
    assert answer["location"] == "/account/passkeys/add/"
    assert client.get("/account/passkeys/add/").status_code == 200
    assert Membership.objects.get(person__name="Nina Roche").role == "agent"


def test_the_same_invitation_twice_is_one(admin: Client, town: Authority) -> None:
    invited(admin, town)
    body = {"name": "Nina", "email": "NINA@meaux.example", "language": "fr", "role": "agent", "until": ""}
    answer = admin.post(f"/organisations/{town.organisation_id}/invite/", body)
    assert answer.status_code == 422
    assert "already waits" in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_what_became_of_the_letter_is_shown(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    page = f"/organisations/{town.organisation_id}/"
    assert "The letter leaves" in admin.get(page).content.decode()
    sent = letter()
    assert jobs.claim(utc_now(), 10) == [], "nobody else takes it meanwhile"
    jobs.note(sent, Handover(Outcome.AGAIN, "no-connection"), utc_now())
    assert "tried again" in admin.get(page).content.decode()
    (again,) = jobs.claim(utc_now() + timedelta(minutes=2), 10)
    assert again.identifier == sent.identifier, "a mailbox keeps one"
    jobs.note(again, HANDED_OVER, utc_now())
    assert "Letter handed over" in admin.get(page).content.decode()
    admin.post(f"/invitations/{row.pk}/send/")
    jobs.note(letter(), Handover(Outcome.REFUSED, "mail-not-configured"), utc_now())
    assert "print the code" in admin.get(page).content.decode()
    row.refresh_from_db()
    assert row.letter == LetterState.FAILED


def test_a_letter_without_words_holds_no_other_up(admin: Client, town: Authority) -> None:
    poisoned = invited(admin, town)
    good = invited(admin, town, email="karim@meaux.example")
    with writing():
        Invitation.objects.filter(pk=poisoned.pk).update(role="removed")
    assert letter().to == good.email
    for turn in range(1, len(PAUSES) + 2):
        jobs.claim(utc_now() + turn * timedelta(days=1), 10)
    poisoned.refresh_from_db()
    assert (poisoned.letter, poisoned.fault) == (LetterState.FAILED, "ValueError")


def test_answers_that_come_after_another_code_change_nothing(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    old = letter()
    admin.post(f"/invitations/{row.pk}/send/")
    jobs.note(old, HANDED_OVER, utc_now())
    row.refresh_from_db()
    assert row.letter == LetterState.QUEUED


def test_strangers_do_nothing_with_them(admin: Client, town: Authority) -> None:
    row = invited(admin, town)
    charlie = client_of(make_member("Charlie", make_authority("provins").organisation, Role.ADMINISTRATOR))
    for act in ("send", "print", "withdraw"):
        assert charlie.post(f"/invitations/{row.pk}/{act}/").status_code == 404
