"""Things that reports are about: picked from the map by whoever may report, with their history; the authority's list of them."""

import json
import re
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.assets import keep_asset, retire_asset
from beffroi.systems.reports.factories import HERE, make_category, switched_on
from beffroi.systems.reports.models import Asset, Category, Report
from beffroi.systems.reports.rules import OpenTo

AROUND = {"west": "2.87", "south": "48.955", "east": "2.89", "north": "48.97"}
LIST = "/settings/meaux/reports/things/"
SHEET = "Type;Numéro;Rue;Lat;Long;Propriétaire\r\nCandélabre;L-2;Rue A;48,9603;2,8786;\r\nMât;P-1;;48,9604;2,8787;\r\n"


@pytest.fixture
def town(own_database: None) -> Authority:
    cache.clear()
    authority = make_authority("meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def lamps(town: Authority) -> Category:
    return about(make_category(town.id, "Lampadaire éteint"), "lamp")


def about(category: Category, kind: str, *, open_to: OpenTo = OpenTo.ANYBODY) -> Category:
    with writing():
        Category.objects.filter(pk=category.pk).update(asset=kind, open_to=open_to.value)
    return category


def stands(authority: Authority, number: str, *, kind: str = "lamp", east: float = 0.0) -> Asset:
    asset = Asset(authority=authority, kind=kind, number=number, owner=authority.organisation)
    asset.latitude, asset.longitude = HERE.latitude, HERE.longitude + east
    keep_asset(asset=asset, by=None, now=utc_now())
    return asset


def as_(person: Person | None = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def around(client: Client, slug: str = "meaux", **box: str) -> list[str]:
    answer = client.get(f"/reports/{slug}/things/", {**AROUND, **box})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/geo+json"
    return [one["properties"]["label"] for one in json.loads(answer.content)["features"]]


def send(category: Category, asset: UUID, kind: str = "lamp", client: Client | None = None) -> Report:
    fields = {
        "submission": str(uuid4()),
        "category": str(category.pk),
        "text": "Éteint depuis lundi",
        "latitude": str(HERE.latitude),
        "longitude": str(HERE.longitude),
        "asset_kind": kind,
        "asset_id": str(asset),
    }
    assert (client or as_()).post("/reports/meaux/new/", fields).status_code == 302
    return Report.objects.get(submission=fields["submission"])


def guessed(page: str) -> dict[str, str]:
    """Which column of the file says what, as the page proposes it."""
    fields = re.findall(r'<select name="(\w+)"(.*?)</select>', page, re.DOTALL)
    found = {name: re.search(r'<option value="(\d+)" selected>', field) for name, field in fields}
    return {name: match[1] for name, match in found.items() if match}


def test_what_stands_around_is_told_by_its_number_and_nothing_else(town: Authority, lamps: Category) -> None:
    near, _far = stands(town, "L-1"), stands(town, "L-2", east=0.005)
    stands(town, "P-1", kind="pole")
    gone = stands(town, "L-3")
    retire_asset(asset=gone, retired=True, by=None, now=utc_now())
    assert around(as_()) == ["street lamp L-1", "street lamp L-2"], "no pole: no category is about one"
    features = json.loads(as_().get("/reports/meaux/things/", AROUND).content)["features"]
    assert features[0] == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [near.longitude, near.latitude]},
        "properties": {"id": str(near.pk), "kind": "lamp", "label": "street lamp L-1"},
    }
    assert around(as_(), east="2.879") == ["street lamp L-1"]


def test_a_street_full_of_lamps_is_answered_with_the_nearest_to_its_middle(town: Authority, lamps: Category) -> None:
    many = [
        Asset(
            authority=town, kind="lamp", number=f"L-{n}", owner=town.organisation, added_at=utc_now(), latitude=48.9625
        )
        for n in range(600)
    ]
    for at, lamp in enumerate(many):
        lamp.longitude = 2.88 + 0.00001 * at
    with writing():
        Asset.objects.bulk_create(many)
    found = around(as_())
    assert len(found) == 500
    assert found[0] == "street lamp L-0"
    assert "street lamp L-599" not in found


@pytest.mark.parametrize("box", [{"east": "2.97"}, {"north": "40"}, {"west": "x"}, {"south": "nan"}])
def test_a_town_at_once_or_no_place_is_told_nothing(lamps: Category, box: dict[str, str]) -> None:
    assert as_().get("/reports/meaux/things/", {**AROUND, **box}).status_code == 204


def test_only_kinds_that_one_may_report_are_shown_and_picked(town: Authority) -> None:
    ours = about(make_category(town.id, "Poteau penché"), "pole", open_to=OpenTo.OFFICIALS)
    anybodys = make_category(town.id)
    pole = stands(town, "P-1", kind="pole")
    alice = as_(make_member("Alice", town.organisation, Role.AGENT))
    assert around(as_()) == []
    assert around(alice) == ["pole P-1"]
    assert "data-points-url" not in as_().get("/reports/meaux/new/").content.decode()
    assert 'data-points-url="/reports/meaux/things/"' in alice.get("/reports/meaux/new/").content.decode()
    assert send(anybodys, pole.pk, "pole").asset is None
    assert send(ours, pole.pk, "pole", alice).asset == pole.pk


def test_a_thing_of_another_town_is_left_out_of_a_report(town: Authority, lamps: Category) -> None:
    other = make_authority("provins")
    there = stands(other, "L-9")
    assert send(lamps, there.pk).asset is None
    assert send(lamps, uuid4()).asset is None
    assert as_().get("/reports/provins/things/", AROUND).status_code == 404, "it takes no reports"


def test_what_was_reported_of_the_same_thing_is_offered_first_and_stays_its_history(
    town: Authority, lamps: Category
) -> None:
    lamp = stands(town, "L-1")
    leaning = make_category(town.id, "Mât penché")
    first = send(leaning, lamp.pk)
    near = send(lamps, uuid4())
    assert first.asset == lamp.pk
    asked = {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude), "category": str(lamps.pk)}
    page = as_().get("/reports/meaux/similar/", {**asked, "asset_id": str(lamp.pk)}).content.decode()
    assert page.index(first.reference) < page.index(near.reference)
    assert first.reference not in as_().get("/reports/meaux/similar/", asked).content.decode()
    alice = as_(make_member("Alice", town.organisation, Role.AGENT))
    own = alice.get(f"/reports/things/{lamp.pk}/").content.decode()
    assert "What was reported of it" in own
    assert first.reference in own
    assert near.reference not in own
    assert f"/reports/things/{lamp.pk}/" in alice.get(f"/reports/{first.pk}/").content.decode()
    charlie = as_(make_member("Charlie", make_authority("provins").organisation, Role.AGENT))
    assert charlie.get(f"/reports/things/{lamp.pk}/").status_code == 404


def test_an_administrator_writes_them_down_changes_and_takes_them_down(town: Authority) -> None:
    admin = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    filled = {
        "kind": "lamp",
        "number": "L-7",
        "address": "Place de l’Europe",
        "latitude": "48.96",
        "longitude": "2.88",
        "owner": str(town.organisation_id),
    }
    assert admin.post(LIST, filled).status_code == 302
    again = admin.post(LIST, filled)
    assert again.status_code == 422
    assert "Another thing of this kind has this number." in again.content.decode()
    assert "Place de l’Europe" in again.content.decode(), "what was typed is still there"
    lamp = Asset.objects.get()
    assert admin.post(f"{LIST}{lamp.pk}/", {**filled, "number": "L-8"}).status_code == 302
    assert admin.post(f"{LIST}{lamp.pk}/retire/").status_code == 302
    assert "taken down" in admin.get(LIST).content.decode().lower()
    assert admin.post(f"{LIST}{lamp.pk}/retire/", {"again": "1"}).status_code == 302
    lamp.refresh_from_db()
    assert (lamp.number, lamp.retired_at) == ("L-8", None)
    assert "L-8" not in admin.get(LIST, {"q": "nowhere"}).content.decode()
    assert Entry.objects.filter(kind="report.thing-changed").count() == 4


def test_a_list_of_them_is_written_once_and_taken_back(town: Authority, lamps: Category) -> None:
    admin = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    file = SimpleUploadedFile("lampes.csv", SHEET.encode())
    answer = admin.post("/imports/meaux/street-things/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"].removesuffix("columns/")
    page = admin.get(f"{address}columns/").content.decode()
    chosen = guessed(page)
    assert set(chosen) == {"kind", "number", "address", "north", "east", "owner"}
    assert admin.post(f"{address}columns/", {**chosen, "change": "leave"}).status_code == 302
    assert admin.post(f"{address}commit/").status_code == 302
    assert {(row.kind, row.number, row.address) for row in Asset.objects.all()} == {
        ("lamp", "L-2", "Rue A"),
        ("pole", "P-1", ""),
    }
    reported = send(lamps, Asset.objects.get(number="L-2").pk)
    assert reported.asset is not None
    assert admin.post(f"{address}undo/").status_code == 302
    assert [row.number for row in Asset.objects.all()] == ["L-2"], "what something was reported of stays"
    assert Entry.objects.filter(kind="report.things-import-undone").count() == 1
