"""Things of the street on the console's map: by the streets that it shows, with what is open of each, for those who read reports."""

from collections.abc import Mapping

import pytest
from django.core.cache import cache
from django.test import Client

from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.assets import retire_asset
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Asset
from beffroi.systems.reports.tests.test_things import AROUND, about, as_, send, stands

STREET = "/console/around/street/"


@pytest.fixture
def town(own_database: None) -> Authority:
    cache.clear()
    authority = make_authority("meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Client:
    return as_(make_member("Alice", town.organisation, Role.AGENT))


def shown(client: Client, box: Mapping[str, str] = AROUND) -> dict[str, str]:
    answer = client.get(STREET, box)
    assert answer.status_code == 200
    return {thing["label"]: thing["state"] for thing in answer.json()["things"]}


def test_a_map_is_told_what_stands_in_its_streets_and_what_is_open_of_it(town: Authority, alice: Client) -> None:
    lamps = about(make_category(town.id, "Lampadaire éteint"), "lamp")
    reported, _whole, gone = stands(town, "L-1"), stands(town, "L-2", east=0.001), stands(town, "L-3")
    retire_asset(asset=gone, retired=True, by=None, now=utc_now())
    stands(town, "L-9", east=0.5)
    send(lamps, reported.pk)
    assert shown(alice) == {"street lamp L-1": "1 open report", "street lamp L-2": "nothing open was reported of it"}
    links = {thing["label"]: thing["href"] for thing in alice.get(STREET, AROUND).json()["things"]}
    assert links["street lamp L-1"] == f"/reports/things/{reported.pk}/"
    assert alice.get(f"/console/things/street/{reported.pk}/").status_code == 200


def test_the_page_holds_none_of_them_and_the_layer_is_off_at_first(town: Authority, alice: Client) -> None:
    stands(town, "L-1")
    layers = {layer["code"]: layer for layer in alice.get("/console/state/").json()["layers"]}
    assert (layers["street"]["around"], layers["street"]["things"]) == (True, [])
    assert layers["reports"]["around"] is False
    page = alice.get("/console/").content.decode()
    assert 'data-layer="street" data-around>' in page
    assert 'data-layer="reports" checked>' in page


def test_a_cable_comes_with_its_line(town: Authority, alice: Client) -> None:
    cable = stands(town, "C-1", kind="cable", east=-0.5)
    with writing():
        box = {"west": 2.8, "south": 48.96, "east": 2.9, "north": 48.96}
        Asset.objects.filter(pk=cable.pk).update(line=[[2.8, 48.96], [2.9, 48.96]], **box)
    (thing,) = alice.get(STREET, AROUND).json()["things"]
    assert thing["line"] == [[2.8, 48.96], [2.9, 48.96]]


def test_no_more_than_a_screen_can_show(town: Authority, alice: Client) -> None:
    rows = [Asset(authority=town, kind="lamp", number=f"L-{n}", owner=town.organisation) for n in range(1_010)]
    for at, row in enumerate(rows):
        row.latitude, row.longitude, row.added_at = 48.9625, 2.88 + 0.000001 * at, utc_now()
    with writing():
        Asset.objects.bulk_create(rows)
    assert len(shown(alice)) == 1_000


@pytest.mark.parametrize("box", [{}, {"east": "2.97"}, {"north": "nan"}, {"west": "x"}, {"south": "48.99"}])
def test_a_town_at_once_is_told_nothing(alice: Client, box: dict[str, str]) -> None:
    assert alice.get(STREET, {**AROUND, **box} if box else {}).status_code == 204


def test_nobody_sees_another_town_s(town: Authority) -> None:
    lamp = stands(town, "L-1")
    other = make_authority("provins")
    switched_on(other.id)
    charlie = as_(make_member("Charlie", other.organisation, Role.AGENT))
    assert shown(charlie) == {}
    assert charlie.get(f"/console/things/street/{lamp.pk}/").status_code == 404
    assert charlie.get("/console/around/reports/", AROUND).status_code == 404, "a layer that is held whole"
    assert as_().get(STREET, AROUND).status_code == 302
