"""What the platform can't protect against: who reads it, one sheet in each language, and no line that says nothing."""

from collections import Counter
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.territory.factories import make_membership
from beffroi.kernel.townhall.factories import Desk, browser
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.limits import LIMITS, Limit, all_limits, register_limits
from beffroi.persistence.places import PLACES


@pytest.fixture
def official(desk: Desk) -> Client:
    person = make_person("Odile Martin")
    make_membership(person, desk.authority.organisation, Role.OFFICIAL, until=utc_now() + timedelta(days=900))
    return browser(person)


def read(client: Client) -> str:
    answer = client.get("/limits/meaux/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_whoever_runs_it_and_whoever_answers_for_it_find_it_in_their_menu(admin: Client, official: Client) -> None:
    for client in (admin, official):
        assert 'href="/limits/"' in client.get("/").content.decode()
        assert client.get("/limits/").headers["Location"] == "/limits/meaux/"
        page = read(client)
        assert [str(limit.title) for limit in all_limits() if str(limit.title) not in page] == []


def test_it_is_nobody_elses(desk: Desk) -> None:
    for person in (desk.alice, desk.charlie, desk.dave):
        assert browser(person).get("/limits/meaux/").status_code == 404


def test_a_trace_leads_to_its_page_for_those_who_have_it(admin: Client, official: Client) -> None:
    assert 'href="/start/">' in read(admin).partition("<main")[2]
    assert 'href="/start/">' not in read(official), "first steps are the administrators'"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Both roots are lost"), ("fr", "Les deux racines sont perdues")]
)
def test_it_is_one_sheet_of_paper(desk: Desk, language: str, words: str) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(desk.administrator)
    answer = client.get("/limits/meaux/?format=pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    (sheet,) = PdfReader(BytesIO(answer.content)).pages
    assert words in " ".join(sheet.extract_text().split())


@pytest.mark.parametrize("code", sorted(LIMITS))
def test_each_is_a_few_sentences_in_both_languages_and_points_at_a_page_of_the_menu(code: str) -> None:
    limit = LIMITS[code]
    for language in ("en", "fr"):
        with translation.override(language):
            said = [str(limit.title), str(limit.happens), str(limit.less), str(limit.seen)]
            assert max(Counter(said).values()) == 1
            assert all(3 <= len(text.split()) <= 45 for text in said), said
            assert not said[0].endswith(".")
            assert all(text.endswith(".") for text in said[1:])
    assert not limit.place or limit.place in PLACES
    assert not limit.place or reverse(limit.place)


def test_a_code_is_one_limit() -> None:
    known = next(iter(LIMITS.values()))
    register_limits(known)
    with pytest.raises(ValueError, match=known.code):
        register_limits(Limit(known.code, "other", "other", "other", "other"))
