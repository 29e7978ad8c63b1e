"""A log-in ends with the last role, within the minute and without a job; whoever never had one goes on."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority, Invitation, Membership
from beffroi.kernel.territory.queries.invitations import code_of
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(settings: Settings) -> Authority:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no secret is kept here
    cache.clear()
    return make_authority("meaux")


@pytest.fixture
def official(town: Authority) -> Person:
    person = make_person("Élise Bellanger", password=PASSWORD)
    make_membership(person, town.organisation, Role.OFFICIAL, until=utc_now() + timedelta(days=3))
    return person


def log_in(person: Person) -> tuple[Client, int, str]:
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/login/", {"login": person.email, "password": PASSWORD})
    return client, answer.status_code, answer.content.decode()


def end(person: Person) -> None:
    for row in Membership.objects.filter(person=person):
        end_membership(membership=row, ends=utc_now(), by=None)


def test_an_open_session_ends_at_the_next_request(official: Person) -> None:
    client, _status, _text = log_in(official)
    assert client.get("/cabinets/").status_code == 200
    end(official)
    answer = client.get("/cabinets/")
    assert answer.status_code == 403
    words = answer.content.decode()
    assert "Your role ended on" in words
    assert "elected official, Meaux" in words
    assert "ask Meaux" in words
    assert client.get("/cabinets/").status_code == 302, "nobody is logged in any more"


def test_the_api_ends_too(official: Person) -> None:
    client, _status, _text = log_in(official)
    end(official)
    answer = client.get("/api/v1/holder/grants", {"gate": "x"})
    assert (answer.status_code, answer["content-type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "log-in-ended"


def test_its_end_needs_no_act(official: Person) -> None:
    """The date alone ends it."""
    client, _status, _text = log_in(official)
    with patch("beffroi.web.middleware.utc_now", return_value=utc_now() + timedelta(days=3, seconds=1)):
        assert client.get("/cabinets/").status_code == 403


def test_log_in_says_why_and_whom_to_ask_to_whoever_knows_the_password(official: Person) -> None:
    end(official)
    client, status, words = log_in(official)
    assert status == 403
    assert "Your role ended on" in words
    assert client.get("/account/").status_code == 302
    wrong = Client(headers={"accept-language": "en"}).post("/login/", {"login": official.email, "password": "guess"})
    assert "Your role" not in wrong.content.decode()


def test_with_another_role_one_stays(official: Person) -> None:
    client, _status, _text = log_in(official)
    end(official)
    make_membership(official, make_organisation("Fibre 77"), Role.MEMBER)
    assert client.get("/account/").status_code == 200
    assert client.get("/cabinets/").status_code == 404, "what the mandate showed is gone"


def test_an_account_that_never_had_a_role_goes_on(town: Authority) -> None:
    client, status, _text = log_in(make_person("An inhabitant", password=PASSWORD))
    assert status == 302
    assert client.get("/account/").status_code == 200


def test_a_role_given_again_opens_it_again(official: Person, town: Authority) -> None:
    end(official)
    make_membership(official, town.organisation, Role.OFFICIAL, since=utc_now(), until=utc_now() + timedelta(days=9))
    _client, status, _text = log_in(official)
    assert status == 302


def test_whoever_is_invited_again_logs_in_to_take_the_role(official: Person, town: Authority) -> None:
    """Another town's letter reaches somebody whose mandate is over: the account that they have is the way to it."""
    end(official)
    provins = make_authority("provins")
    admin = Client(headers={"accept-language": "en"})
    admin.force_login(make_member("Claire Moreau", provins.organisation, Role.ADMINISTRATOR))
    body = {"name": official.name, "email": official.email.upper(), "language": "fr", "role": "agent", "until": ""}
    assert admin.post(f"/organisations/{provins.organisation_id}/invite/", body).status_code == 302
    invitation = Invitation.objects.get()
    client, status, _text = log_in(official)
    assert status == 302
    assert client.get("/cabinets/").status_code == 404, "what the mandate showed is gone"
    assert client.post("/welcome/", {"code": code_of(invitation)})["location"] == "/welcome/role/"
    assert client.post("/welcome/role/").status_code == 302
    assert client.get("/cabinets/").status_code == 200

    end(official)
    assert log_in(official)[1] == 403, "an invitation that was taken opens nothing"
