"""Somebody is chosen among the many of a département: searched by the server, with a script or without, within one's own."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.rosters import draw_up_roster
from beffroi.kernel.alerts.factories import Watch, crowd, watch
from beffroi.kernel.alerts.models import Roster, RosterSlot
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
CROWD = 80


@pytest.fixture
def here() -> Watch:
    """Its police has many people."""
    town = watch(now=utc_now())
    crowd(town.police, CROWD, now=utc_now(), role=Role.OPERATOR)
    return town


@pytest.fixture
def roster(here: Watch) -> Roster:
    """To write hours in."""
    return draw_up_roster(
        authority=here.authority.pk,
        name="Nights",
        continuous=False,
        holidays_apart=False,
        now=utc_now(),
        by=here.administrator.pk,
    )


def client_of(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def hours(words: str = "", shown: str | None = None, **changes: str) -> dict[str, str]:
    """What a browser sends of the form: the words typed, and those that the list it holds was found by."""
    return {
        "slot-person": "",
        "slot-person-words": words,
        "slot-person-shown": words if shown is None else shown,
        "slot-days": "2",
        "slot-starts": "21:15",
        "slot-ends": "05:45",
        "slot-first": "2026-01-01",
        **changes,
    }


def choices(page: str, name: str = "slot-person") -> list[str]:
    """The words of a list, in order."""
    held = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    assert held is not None
    return [" ".join(words.split()) for words in re.findall(r"<option[^>]*>(.*?)</option>", held[0], re.DOTALL)]


def chosen(page: str, name: str = "slot-person") -> str:
    held = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    assert held is not None
    found = re.search(r'<option value="([^"]*)" selected', held[0])
    return found[1] if found else ""


def test_few_are_a_list_and_many_are_searched(roster: Roster, here: Watch) -> None:
    page = client_of(here.administrator).get(f"/told/rosters/{roster.pk}/").content.decode()
    assert len(choices(page)) == 21, "“choose”, and twenty"
    assert f"20 of {CROWD + 3}: refine" in page, "the town's two, the police's one, and the crowd"
    small = watch(now=utc_now(), slug="provins")
    few = draw_up_roster(
        authority=small.authority.pk,
        name="Nights",
        continuous=False,
        holidays_apart=False,
        now=utc_now(),
        by=small.administrator.pk,
    )
    page = client_of(small.administrator).get(f"/told/rosters/{few.pk}/").content.decode()
    assert choices(page) == ["Admin provins", "Alice provins", "Opal provins"]
    assert "slot-person-words" not in page


def test_a_search_without_a_script_keeps_what_was_typed_and_writes_nothing(roster: Roster, here: Watch) -> None:
    client = client_of(here.administrator)
    path = f"/told/rosters/{roster.pk}/hours/"
    answer = client.post(path, hours("person 7", "", find="slot-person"))
    page = answer.content.decode()
    assert answer.status_code == 200, "a search is no mistake"
    assert choices(page) == [
        "choose",
        *(f"Person {n}" for n in (17, 27, 37, 47, 57, 67, 7, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79)),
    ]
    assert "17 found" in page
    assert 'value="21:15"' in page
    assert 'value="person 7"' in page
    assert "aria-invalid" not in page
    assert "To correct:" not in page
    assert not RosterSlot.objects.exists()


def test_enter_in_the_search_searches_whatever_was_chosen_before(roster: Roster, here: Watch) -> None:
    """The form's own button is the one that Enter presses: new words are a search all the same, never a save of the choice before."""
    client = client_of(here.administrator)
    path = f"/told/rosters/{roster.pk}/hours/"
    answer = client.post(path, hours("person 44", "", **{"slot-person": str(here.opal.pk)}))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not RosterSlot.objects.exists()
    assert chosen(page) == str(here.opal.pk), "kept, though not found by these words"
    assert choices(page) == ["choose", here.opal.name, "Person 44"]
    assert "Nothing is found" in client.post(path, hours("zzz", "")).content.decode()


def test_who_was_found_and_chosen_is_written(roster: Roster, here: Watch) -> None:
    person = Person.objects.get(name="Person 44")
    answer = client_of(here.administrator).post(
        f"/told/rosters/{roster.pk}/hours/", hours("person 44", **{"slot-person": str(person.pk)})
    )
    assert answer.status_code == 302
    assert RosterSlot.objects.get().person_id == person.pk


def test_whoever_is_not_to_be_chosen_is_as_if_they_did_not_exist(roster: Roster, here: Watch) -> None:
    charlie = make_member("Charlie", watch(now=utc_now(), slug="provins").authority.organisation, Role.AGENT)
    client = client_of(here.administrator)
    path = f"/told/rosters/{roster.pk}/hours/"

    def said(value: str) -> tuple[int, str]:
        answer = client.post(path, hours(**{"slot-person": value}))
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", answer.content.decode())
        return answer.status_code, page

    there, nowhere, nonsense = said(str(charlie.pk)), said(str(uuid4())), said("nonsense")
    assert there[0] == 422
    assert "Choose one of those that are found." in there[1]
    assert "Charlie" not in there[1]
    assert there == nowhere == nonsense
    assert not RosterSlot.objects.exists()
    page = client.post(path, hours("charlie", "")).content.decode()
    assert choices(page) == ["choose"], "nor found by their name"


def test_two_choices_of_one_form_are_searched_each_by_its_own_words(roster: Roster, here: Watch) -> None:
    page = (
        client_of(here.administrator)
        .post(
            f"/told/rosters/{roster.pk}/swaps/",
            {
                "swap-starts": "2099-01-01T08:00",
                "swap-leaves-words": "person 12",
                "swap-takes-words": "opal",
                "find": "swap-takes",
            },
        )
        .content.decode()
    )
    assert choices(page, "swap-leaves") == ["nobody", "Person 12"]
    assert choices(page, "swap-takes") == ["nobody", here.opal.name]
    assert 'value="2099-01-01T08:00"' in page
