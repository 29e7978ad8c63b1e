"""Who receives a report: what the form says of it beforehand, and nobody who may not have it any more."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.factories import draw_authority, make_authority, make_organisation
from beffroi.kernel.territory.queries.outlines import root_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.settings import keep_way
from beffroi.systems.reports.factories import HERE, make_category, make_convention, switched_on
from beffroi.systems.reports.models import Category, Report, Way
from beffroi.systems.reports.rules import Way as Rule
from beffroi.systems.reports.rules import way_for
from beffroi.systems.reports.tests.darkroom import store_in

NEW = "/reports/meaux/new/"


@pytest.fixture
def torn(own_database: None, settings: Settings, tmp_path: Path) -> Category:
    """What is torn is the town's, but in one place, where a firm sees to it as long as its convention lasts."""
    store_in(tmp_path, settings)
    town = make_authority(slug="meaux", name="Meaux")
    switched_on(town.id)
    row, firm = make_category(town.id, "Câble arraché"), make_organisation("Fibre 77")
    draw_authority(town)
    make_convention(town.id, firm.pk, [row], until=utc_now() + timedelta(days=5))
    way = Way(authority=town, category=row, territory=root_of(town.pk), organisation=firm)
    keep_way(way=way, by=None, now=utc_now())
    return row


def received(kind: Category) -> str:
    """Who has in charge what anybody reports now."""
    place = {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude)}
    said = {"submission": str(uuid4()), "category": str(kind.pk), "text": "Un câble", **place}
    answer = Client().post(NEW, said, headers={"accept": "application/json"})
    assert answer.status_code == 201
    return Report.objects.select_related("organisation").latest("number").organisation.name


def form() -> str:
    return Client(headers={"accept-language": "en"}).get(NEW).content.decode()


def test_the_form_says_that_the_place_decides_and_so_it_does(torn: Category) -> None:
    assert f"{torn.authority.organisation.name}, or Fibre 77 by the place · Handled within" in form()
    assert received(torn) == "Fibre 77"


def test_nobody_receives_what_their_convention_covers_no_more(torn: Category) -> None:
    with writing():
        Convention.objects.update(valid_until=utc_now() - timedelta(minutes=1))
    assert received(torn) == torn.authority.organisation.name
    assert "Fibre 77" not in form()


def test_for_each_kind_of_the_form_only_its_own_lines_are_looked_at(
    torn: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[bool]()

    def looked_at(ways: list[Rule], *, category: UUID, territories: list[UUID], at: datetime) -> Rule | None:
        seen.extend(one.category in (None, category) for one in ways)
        return way_for(ways, category=category, territories=territories, at=at)

    make_category(torn.authority_id, "Lampadaire éteint")
    monkeypatch.setattr("beffroi.systems.reports.queries.ways.way_for", looked_at)
    assert "or Fibre 77 by the place" in form()
    assert seen
    assert all(seen)
