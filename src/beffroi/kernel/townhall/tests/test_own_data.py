"""What is held of somebody, on paper: for themselves, and at the counter under a mandate."""

import json

import pytest

from beffroi.kernel.counter.tests.counter import Counter, act_for, logged_in, opened, text, values
from beffroi.kernel.register.models import Entry

pytestmark = pytest.mark.django_db
PAGE, PAPER, FILE = "/account/data/", "/account/data/paper/", "/account/data/file/"


@pytest.fixture
def counter() -> Counter:
    return opened()


def test_at_the_counter_it_is_shown_and_printed_and_no_file_is_made(counter: Counter) -> None:
    act_for(counter)
    assert PAGE in text(counter.browser, "/"), "the menu leads there"
    page = text(counter.browser, PAGE)
    assert FILE not in page
    assert "it would stay on this computer" in page
    shown = counter.browser.post(PAPER)
    paper = shown.content.decode()
    assert (shown.status_code, shown["Cache-Control"]) == (200, "no-store")
    assert "What is held of Jeanne Martin" in paper
    assert "An agent began to act for a person" in paper
    assert "asked in person" in paper, "codes are in words"
    assert "Meaux" in paper
    assert str(counter.jeanne.pk) not in paper, "identifiers are for programs"
    assert "Agnès Roche" not in paper
    assert str(counter.agent.pk) not in paper
    assert "This is not done for somebody else" in text(counter.browser, FILE, 403)


def test_showing_it_is_on_record_as_done_for_the_person(counter: Counter) -> None:
    act_for(counter)
    counter.browser.get(PAGE)
    assert values("mandate.used") == []
    counter.browser.post(PAPER)
    (noted,) = values("mandate.used")
    assert (noted["act"], noted["for"], noted["by"]) == (
        "show-own-data",
        str(counter.jeanne.pk),
        str(counter.agent.pk),
    )
    assert "What is held of you was shown" in text(counter.browser, "/mandate/")


def test_one_reads_one_s_own_without_a_trace_and_takes_the_file(counter: Counter) -> None:
    own = logged_in(counter.agent)
    before = Entry.objects.count()
    paper = own.post(PAPER).content.decode()
    assert "What is held of Agnès Roche" in paper
    assert str(counter.jeanne.pk) not in paper
    assert Entry.objects.count() == before
    assert FILE in text(own, PAGE)
    tables = json.loads(own.get(FILE).content)["tables"]
    assert [row["name"] for row in tables["accounts.Person"]] == ["Agnès Roche"]


def test_a_page_that_is_only_looked_at_is_no_act(counter: Counter) -> None:
    assert logged_in(counter.agent).get(PAPER).status_code == 405
