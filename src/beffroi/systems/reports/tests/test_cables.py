"""Cables that are lines: written down by hand or from a list, drawn, picked by pressing near them, with their history."""

import json

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Asset, Category
from beffroi.systems.reports.tests.test_things import about, as_, guessed, send

LIST = "/settings/meaux/reports/things/"
COURSE = "LINESTRING (2.87 48.96, 2.89 48.96)"
SHEET = f"Numéro;Tracé\r\nC-1;{COURSE}\r\nC-2;nulle part\r\n"
NEAR = {"west": "2.8795", "south": "48.9595", "east": "2.8805", "north": "48.9605"}
FAR = {"west": "2.8795", "south": "48.9625", "east": "2.8805", "north": "48.9635"}


@pytest.fixture
def town(own_database: None) -> Authority:
    cache.clear()
    authority = make_authority("meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def cables(town: Authority) -> Category:
    return about(make_category(town.id, "Câble arraché"), "cable")


@pytest.fixture
def admin(town: Authority) -> Client:
    return as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))


def filled(town: Authority, **fields: str) -> dict[str, str]:
    said = {"kind": "cable", "number": "C-1", "address": "", "latitude": "48.96", "longitude": "2.87"}
    return {**said, "owner": str(town.organisation_id), "line": COURSE, **fields}


def drawn(box: dict[str, str]) -> list[dict[str, object]]:
    answer = as_().get("/reports/meaux/things/", box)
    return [one["geometry"] for one in json.loads(answer.content)["features"]]


def imported(admin: Client, name: str, content: str) -> str:
    """The page of the list, its columns as they were guessed."""
    answer = admin.post("/imports/meaux/street-things/", {"file": SimpleUploadedFile(name, content.encode())})
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"].removesuffix("columns/")
    chosen = guessed(admin.get(f"{address}columns/").content.decode())
    assert admin.post(f"{address}columns/", {**chosen, "change": "change"}).status_code == 302
    return address


def test_a_cable_that_only_passes_is_drawn_where_it_passes(town: Authority, cables: Category, admin: Client) -> None:
    assert admin.post(LIST, filled(town)).status_code == 302
    assert drawn(NEAR) == [{"type": "LineString", "coordinates": [[2.87, 48.96], [2.89, 48.96]]}]
    assert drawn(FAR) == []


def test_what_is_reported_of_it_stands_at_its_nearest_point_and_is_its_history(
    town: Authority, cables: Category, admin: Client
) -> None:
    admin.post(LIST, filled(town))
    cable = Asset.objects.get()
    report = send(cables, cable.pk, "cable")
    assert (report.asset, report.latitude) == (cable.pk, 48.96)
    assert report.longitude == pytest.approx(2.8786, abs=0.001)
    asked = {"latitude": "48.96", "longitude": "2.889", "category": str(cables.pk), "asset_id": str(cable.pk)}
    assert report.reference in as_().get("/reports/meaux/similar/", asked).content.decode()
    assert report.reference in admin.get(f"/reports/things/{cable.pk}/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"line": "rue de la Paix"}, "This is no line"),
        ({"line": "LINESTRING (48.96 2.87, 48.97 2.87)"}, "Latitude comes before longitude"),
        ({"kind": "pole"}, "Only a cable is a line"),
    ],
)
def test_a_wrong_line_comes_back_with_what_to_do(
    town: Authority, admin: Client, fields: dict[str, str], words: str
) -> None:
    answer = admin.post(LIST, filled(town, **fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert fields.get("line", COURSE) in page, "what was typed is still there"
    assert not Asset.objects.exists()


def test_its_line_goes_when_it_is_emptied_and_stays_when_something_else_changes(town: Authority, admin: Client) -> None:
    admin.post(LIST, filled(town))
    cable = Asset.objects.get()
    page = admin.get(f"{LIST}{cable.pk}/").content.decode()
    assert COURSE in page
    assert admin.post(f"{LIST}{cable.pk}/", filled(town, number="C-9")).status_code == 302
    cable.refresh_from_db()
    assert (cable.number, cable.line, cable.east) == ("C-9", [[2.87, 48.96], [2.89, 48.96]], 2.89)
    admin.post(f"{LIST}{cable.pk}/", filled(town, line=""))
    cable.refresh_from_db()
    assert (cable.line, cable.west, cable.north) == (None, None, None)


def test_a_column_of_wkt_makes_cables_and_can_be_taken_back(town: Authority, cables: Category, admin: Client) -> None:
    address = imported(admin, "cables.csv", SHEET)
    assert "This is no line" in admin.get(address).content.decode()
    assert admin.post(f"{address}commit/").status_code == 302
    cable = Asset.objects.get()
    assert (cable.kind, cable.number, cable.longitude, cable.south) == ("cable", "C-1", 2.88, 48.96)
    assert len(drawn(NEAR)) == 1
    moved = imported(admin, "cables.csv", "Numéro;Tracé\r\nC-1;LINESTRING (2.87 48.963, 2.89 48.963)\r\n")
    assert admin.post(f"{moved}commit/").status_code == 302
    assert (len(drawn(NEAR)), len(drawn(FAR))) == (0, 1)
    assert admin.post(f"{moved}undo/").status_code == 302
    assert (len(drawn(NEAR)), len(drawn(FAR))) == (1, 0)


def test_a_map_file_is_a_list(town: Authority, cables: Category, admin: Client) -> None:
    line = {"type": "LineString", "coordinates": [[2.87, 48.96], [2.88, 48.96], [2.89, 48.96]]}
    place = {"type": "Point", "coordinates": [2.88, 48.9601]}
    features = [
        {"type": "Feature", "properties": {"numero": "C-1", "style": {"colour": "red"}}, "geometry": line},
        {"type": "Feature", "properties": {"numero": 12, "type": "Lampadaire"}, "geometry": place},
    ]
    address = imported(admin, "reseau.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert admin.post(f"{address}commit/").status_code == 302
    assert set(Asset.objects.values_list("kind", "number", "latitude")) == {
        ("cable", "C-1", 48.96),
        ("lamp", "12", 48.9601),
    }
    assert len(drawn(NEAR)) == 1
