"""Places and outlines through their pages: an administrator's alone, shown before they are written, undone; the map is everybody's."""

import json
import re
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import draw_authority, make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Outline, Territory
from beffroi.kernel.territory.queries.outlines import areas_of, root_of
from beffroi.lib.outlines import MOST_BYTES
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db

TOWN = [[2.80, 48.90], [2.96, 48.90], [2.96, 49.02], [2.80, 49.02], [2.80, 48.90]]
WEST = [[2.80, 48.90], [2.88, 48.90], [2.88, 49.02], [2.80, 49.02], [2.80, 48.90]]
BOW = [[2.87, 48.95], [2.89, 48.97], [2.89, 48.95], [2.87, 48.97], [2.87, 48.95]]


@dataclass
class Towns:
    """Meaux, its people and a partner's; Provins beside."""

    meaux: Authority
    admin: Person
    alice: Person
    bob: Person
    charlie: Person

    @property
    def root(self) -> Territory:
        """Meaux, the place."""
        return root_of(self.meaux.pk)


@pytest.fixture
def towns() -> Towns:
    meaux, provins = make_authority("meaux"), make_authority("provins")
    return Towns(
        meaux,
        make_member("Claire Moreau", meaux.organisation, Role.ADMINISTRATOR),
        make_member("Alice Lambert", meaux.organisation, Role.AGENT),
        make_member("Bob Girard", make_organisation("Fibre 77"), Role.ADMINISTRATOR),
        make_member("Charlie Nguyen", provins.organisation, Role.ADMINISTRATOR),
    )


def client_of(person: Person | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def geojson(*named: tuple[str, object]) -> SimpleUploadedFile:
    features = [
        {"type": "Feature", "properties": {"nom": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in named
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return SimpleUploadedFile("quartiers.geojson", data, content_type="application/geo+json")


def undo_of(client: Client, address: str) -> str:
    found = re.search(r'action="(/places/meaux/undo/[^"]+)"', client.get(address).content.decode())
    assert found, "what was just done can be undone"
    return found[1]


def test_a_town_says_where_it_ends_and_takes_it_back(towns: Towns) -> None:
    client, place = client_of(towns.admin), f"/places/meaux/{towns.root.pk}/"
    assert "Nobody can tell yet" in client.get("/places/meaux/").content.decode()
    answer = client.post(f"{place}outline/", {"file": geojson(("", TOWN))})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert re.search(r"15\d\.\d\d km²", page), "11.7 km by 13.3"
    assert "<path d=" in page
    assert areas_of(towns.meaux.pk).inside(48.95, 2.85) is True
    entry = Entry.objects.get(kind="territory.outline-set")
    assert "Meaux" not in bytes(entry.body).decode(errors="replace")
    assert client.post(undo_of(client, answer["Location"])).status_code == 302
    assert areas_of(towns.meaux.pk).inside(48.95, 2.85) is None
    assert client.post(f"{place}outline/", {"file": geojson(("", WEST))}).status_code == 302
    taken = client.post(f"{place}outline/", {"remove": "1"})
    assert areas_of(towns.meaux.pk).inside(48.95, 2.85) is None
    client.post(undo_of(client, taken["Location"]))
    assert areas_of(towns.meaux.pk).inside(48.95, 2.85) is True


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("a.geojson", b"%PDF-1.7"), "This is no GeoJSON"),
        (SimpleUploadedFile("a.geojson", b" " * (MOST_BYTES + 1)), "This file is too large"),
        (geojson(("", BOW)), "crosses itself. Near 48.96000, 2.88000"),
        (geojson(("", [[y, x] for x, y in TOWN])), "longitude first"),
        (geojson(("a", TOWN), ("b", WEST)), "several surfaces"),
    ],
)
def test_a_file_that_is_no_outline_says_why(towns: Towns, file: SimpleUploadedFile, words: str) -> None:
    file.seek(0)
    answer = client_of(towns.admin).post(f"/places/meaux/{towns.root.pk}/outline/", {"file": file})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Outline.objects.exists()


def test_a_file_of_districts_is_shown_before_it_is_written_and_undone_whole(towns: Towns) -> None:
    client = client_of(towns.admin)
    sent = client.post("/places/meaux/files/", {"file": geojson(("Meaux", TOWN), ("Dunant", WEST), ("Travers", BOW))})
    page = client.get(sent["Location"]).content.decode()
    for words in ("Its outline is written", "A district is added", "Its edge crosses itself", "Write 2 outlines"):
        assert words in page
    assert not Outline.objects.exists()
    written = client.post(sent["Location"])
    assert len(areas_of(towns.meaux.pk).at(48.95, 2.85)) == 2
    assert client.post(sent["Location"]).status_code == 404, "the file is gone"
    client.post(undo_of(client, written["Location"]))
    assert areas_of(towns.meaux.pk).at(48.95, 2.85) == []
    assert not Territory.objects.filter(name="Dunant").exists()


def test_nothing_of_a_file_is_written_when_one_says_so(towns: Towns) -> None:
    client = client_of(towns.admin)
    sent = client.post("/places/meaux/files/", {"file": geojson(("Dunant", WEST))})
    assert client.post(sent["Location"], {"drop": "1"}).status_code == 302
    assert client.get(sent["Location"]).status_code == 404
    assert not Territory.objects.filter(name="Dunant").exists()


def test_a_place_is_added_inside_a_larger_one_and_renamed(towns: Towns) -> None:
    client = client_of(towns.admin)
    typed = {"name": "Beauval", "kind": "quartier", "inside": str(towns.root.pk)}
    added = client.post("/places/meaux/add/", typed)
    assert added.status_code == 302
    again = client_of(towns.admin).post("/places/meaux/add/", typed)
    assert again.status_code == 422
    assert "Another place has this name there" in again.content.decode()
    district = Territory.objects.get(name="Beauval")
    wrong = client.post("/places/meaux/add/", {"name": "Nord", "kind": "quartier", "inside": str(district.pk)})
    assert wrong.status_code == 422
    assert 'value="Nord"' in wrong.content.decode(), "what was typed is kept"
    client.post("/places/meaux/add/", {"name": "Dunant", "kind": "quartier", "inside": str(towns.root.pk)})
    assert client.post(f"/places/meaux/{district.pk}/", {"name": "Dunant"}).status_code == 422
    assert client.post(f"/places/meaux/{district.pk}/", {"name": "Beauval-Nord"}).status_code == 302
    page = client.get("/places/meaux/").content.decode()
    assert page.index("Beauval-Nord") < page.index("Dunant")


@pytest.mark.parametrize("who", ["alice", "bob", "charlie"])
def test_nobody_else_sees_or_draws_them(towns: Towns, who: str) -> None:
    admin = client_of(towns.admin)
    sent = admin.post("/places/meaux/files/", {"file": geojson(("Dunant", WEST))})
    act = draw_authority(towns.meaux)
    client = client_of(getattr(towns, who))
    for address in ("/places/meaux/", "/places/meaux/add/", f"/places/meaux/{towns.root.pk}/", sent["Location"]):
        assert client.get(address).status_code == 404, address
    for address in (f"/places/meaux/{towns.root.pk}/outline/", f"/places/meaux/undo/{act}/", sent["Location"]):
        assert client.post(address, {"remove": "1"}).status_code == 404, address
    assert areas_of(towns.meaux.pk).inside(48.95, 2.85) is True


def test_another_town_s_place_is_not_reached_through_one_s_own(towns: Towns) -> None:
    client = client_of(towns.charlie)
    assert client.get(f"/places/provins/{towns.root.pk}/").status_code == 404
    act = draw_authority(towns.meaux)
    assert client.post(f"/places/provins/undo/{act}/").status_code == 404
    assert (
        client.post("/places/provins/add/", {"name": "X", "kind": "site", "inside": str(towns.root.pk)}).status_code
        == 422
    )


def test_a_colleague_s_file_is_theirs(towns: Towns) -> None:
    sent = client_of(towns.admin).post("/places/meaux/files/", {"file": geojson(("Dunant", WEST))})
    other = make_member("Denis Petit", towns.meaux.organisation, Role.ADMINISTRATOR)
    assert client_of(other).get(sent["Location"]).status_code == 404


def test_anybody_s_map_reads_them_once_as_long_as_nothing_changes(towns: Towns) -> None:
    client = client_of(None)
    empty = client.get("/places/meaux/outline.json")
    assert empty.json() == {"type": "FeatureCollection", "features": []}
    draw_authority(towns.meaux)
    answer = client.get("/places/meaux/outline.json")
    assert answer["Content-Type"] == "application/geo+json"
    told = answer.json()
    assert told["bbox"] == [2.80, 48.90, 2.96, 49.02]
    assert told["features"][0]["properties"] == {"name": "Meaux", "kind": "commune", "parent": None}
    assert answer["ETag"] != empty["ETag"]
    again = client.get("/places/meaux/outline.json", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/places/nowhere/outline.json").status_code == 404
