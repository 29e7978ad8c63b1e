"""Whom an agent finds at the counter, and what it says of them."""

import pytest

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.tests.counter import act_for, logged_in, look_up, opened, stranger, text, values
from beffroi.kernel.territory.factories import make_member, make_membership
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db


def said(response: object) -> str:
    return bytes(response.content).decode()  # type: ignore[attr-defined]  # the test client's response has no public type


def test_a_name_finds_whom_this_counter_knows_and_an_address_whoever_has_an_account() -> None:
    counter, other = opened(), stranger()
    page = said(counter.browser.post("/counter/meaux/", {"words": "jeanne"}))
    assert "Jeanne Martin" in page
    assert "Martinet" not in page
    assert "no e-mail address" in page
    page = said(counter.browser.post("/counter/meaux/", {"words": other.email}))
    assert "Jeanne Martinet" in page
    assert "j…@example.org" in page
    assert other.email not in page.replace(f'value="{other.email}"', "")


def test_two_letters_half_an_address_and_oneself_find_nobody() -> None:
    counter, _other = opened(), stranger()
    assert counter.browser.post("/counter/meaux/", {"words": "je"}).status_code == 422
    for words in ("jeanne.martinet@", "martinet@example.org", "Agnès"):
        assert "Nobody of that name" in said(counter.browser.post("/counter/meaux/", {"words": words}))


def test_ten_at_most_are_shown() -> None:
    counter = opened()
    for number in range(12):
        make_member(f"Durand {number:02}", counter.authority.organisation, Role.MEMBER)
    page = said(counter.browser.post("/counter/meaux/", {"words": "durand"}))
    assert page.count('name="person"') == 10
    assert "Ten at most" in page


def test_another_town_s_counter_knows_nobody_of_ours_by_name() -> None:
    ours, theirs = opened(), opened("provins")
    page = said(theirs.browser.post("/counter/provins/", {"words": "Jeanne Martin"}))
    assert str(theirs.jeanne.pk) in page
    assert str(ours.jeanne.pk) not in page
    assert theirs.browser.post("/counter/meaux/", {"words": "Jeanne"}).status_code == 404


def test_a_file_opens_only_for_whom_one_has_found_and_leaves_its_entry() -> None:
    counter, other = opened(), stranger()
    address = f"/counter/meaux/people/{other.pk}/"
    assert counter.browser.post("/counter/meaux/open/", {"person": str(other.pk)}).status_code == 404
    assert counter.browser.get(address).status_code == 404
    assert look_up(counter.browser, "meaux", other.email, other) == 302
    assert "Jeanne Martinet" in text(counter.browser, address)
    assert values("person.looked-up") == [{"by": str(counter.agent.pk), "person": str(other.pk)}]
    assert logged_in(counter.agent).get(address).status_code == 404, "another browser has not looked her up"


def test_somebody_without_an_address_has_an_account_and_no_way_in() -> None:
    counter = opened()
    response = counter.browser.post("/counter/meaux/people/", {"name": "Louis Petit", "email": "", "language": "fr"})
    louis = Person.objects.get(name="Louis Petit")
    assert response["Location"] == f"/counter/meaux/people/{louis.pk}/"
    assert (louis.email, louis.has_usable_password()) == ("", False)
    assert "Louis Petit" in text(counter.browser, response["Location"])
    assert counter.browser.post("/login/", {"login": "", "password": "x"}).status_code in (200, 302)
    act_for(counter, louis)
    assert "Louis Petit" in text(counter.browser, "/")


def test_who_serves_at_several_counters_chooses_one() -> None:
    counter, other = opened(), opened("provins")
    assert counter.browser.get("/counter/")["Location"] == "/counter/meaux/"
    both = make_member("Bruno Both", counter.authority.organisation, Role.AGENT)
    make_membership(both, other.authority.organisation, Role.ADMINISTRATOR)
    page = text(logged_in(both), "/counter/")
    assert "/counter/meaux/" in page
    assert "/counter/provins/" in page
