"""A town's list of many years: counted as far as anybody turns its pages, and it says so."""

import pytest
from django.test import Client

from beffroi.kernel.territory.factories import make_authority
from beffroi.persistence import listing
from beffroi.systems.reports.factories import make_category, reported, switched_on

pytestmark = pytest.mark.usefixtures("own_database")


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def five_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a list counts, with two on a page."""
    monkeypatch.setattr(listing, "MOST", 4)
    monkeypatch.setattr("beffroi.systems.reports.pages.public.A_PAGE", 2)
    town = make_authority("meaux")
    switched_on(town.pk)
    category = make_category(town.pk)
    for _ in range(5):
        reported(category)


def test_a_list_longer_than_anybody_turns_says_more_than(five_reports: None) -> None:
    page = visitor().get("/reports/meaux/").content.decode()
    assert "more than 4 reports" in page
    assert "more than 4: narrow the list to see the others" in page


def test_its_last_page_is_the_last_that_can_be_turned_to(five_reports: None) -> None:
    page = visitor().get("/reports/meaux/?page=9").content.decode()
    assert "Page 2 of 2" in page


def test_a_list_that_fits_is_counted_whole(five_reports: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST", 5)
    page = visitor().get("/reports/meaux/").content.decode()
    assert "5 reports" in page
    assert "more than" not in page
