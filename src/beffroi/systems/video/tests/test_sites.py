"""Sites and cameras by HTTP: written down, corrected, read by whoever may; and what inhabitants read."""

from pathlib import Path

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.factories import CONTACT, Residence, residence
from beffroi.systems.video.forms.sites import site_initial
from beffroi.systems.video.models import Camera, Site


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Residence:
    return residence(tmp_path, now=utc_now())


def client(person: Person | None = None) -> Client:
    browser = Client(headers={"accept-language": "en"})
    if person is not None:
        browser.force_login(person)
    return browser


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def camera(**changes: object) -> dict[str, object]:
    given = {
        "number": "12",
        "name": "Car park, level -1",
        "place_kind": "parking",
        "regime": "common-parts",
        "entrance": "",
        "order_number": "",
        "order_on": "",
        "other_routes": "The landlord’s recorder in the lodge",
    }
    return {**given, **changes}


def test_a_site_is_written_down_and_corrected(here: Residence) -> None:
    admin = client(here.administrator)
    given = {
        "name": "Parking Saint-Pierre",
        "organisation": str(here.landlord.pk),
        "address": "1 place Saint-Pierre",
        "latitude": "48.82",
        "longitude": "2.41",
        "contact": CONTACT,
    }
    answer = admin.post("/video/sites/add/", given)
    assert answer.status_code == 302, answer.content.decode()
    site = Site.objects.get(name="Parking Saint-Pierre")
    assert entries("video.site-added") == 2
    again = admin.post("/video/sites/add/", given)
    assert again.status_code == 422
    assert "already has this name" in again.content.decode()
    assert admin.post(f"/video/sites/{site.pk}/edit/", {**given, "address": "2 place"}).status_code == 302
    site.refresh_from_db()
    assert site.address == "2 place"
    assert admin.post(f"/video/sites/{site.pk}/entrances/", {"entrance": "Level -1"}).status_code == 302
    twice = admin.post(f"/video/sites/{site.pk}/entrances/", {"entrance": "Level -1"})
    assert twice.status_code == 422
    assert "already has an entrance of this name" in twice.content.decode()


@pytest.mark.parametrize("unseen", ["\t", "\n", "\x1b", "\x85"], ids=ascii)
def test_a_name_that_a_relay_could_not_be_told_is_refused_with_its_own_words(here: Residence, unseen: str) -> None:
    admin, site = client(here.administrator), here.site
    words, called = "A tab or another character that is not seen is in it", f"Hall{unseen}nord"
    page = f"/video/cameras/{here.cameras[0].pk}/edit/"
    for answer in (
        admin.post(page, camera(name=called)),
        admin.post(f"/video/sites/{site.pk}/cameras/", camera(name=called)),
        admin.post(f"/video/sites/{site.pk}/edit/", {**site_initial(site), "name": called}),
    ):
        assert answer.status_code == 422
        assert [str(each) for each in answer.context["form"].errors["name"]] == [f"{words}: write it without."]
    assert not Camera.objects.filter(name__endswith="nord").exists()
    assert not Site.objects.filter(name__endswith="nord").exists()


def test_a_camera_has_one_law_and_a_public_road_its_order(here: Residence) -> None:
    admin = client(here.administrator)
    add = f"/video/sites/{here.site.pk}/cameras/"
    assert admin.post(add, camera()).status_code == 302
    row = Camera.objects.get(number=12)
    page = admin.get(f"/video/cameras/{row.pk}/").content.decode()
    assert "L272-2" in page
    assert "The landlord’s recorder in the lodge" in page
    taken = admin.post(add, camera())
    assert (taken.status_code, "already has this number" in taken.content.decode()) == (422, True)
    street = admin.post(add, camera(number="13", place_kind="street"))
    assert "under the law of the public road" in street.content.decode()
    without = admin.post(add, camera(number="13", place_kind="street", regime="public-road"))
    assert without.content.decode().count("needs its prefect’s order") >= 2
    order = {"regime": "public-road", "order_number": "2019/77", "order_on": "2019-03-02"}
    assert admin.post(add, camera(number="13", place_kind="street", **order)).status_code == 302
    old = Camera.objects.get(number=13)
    assert "The prefect’s order is over" in admin.get(f"/video/cameras/{old.pk}/").content.decode()
    # Another law, and the order is no more.
    edit = f"/video/cameras/{old.pk}/edit/"
    assert admin.post(edit, camera(number="13", order_number="2019/77", order_on="2019-03-02")).status_code == 302
    old.refresh_from_db()
    assert (old.regime, old.order_number, old.order_on) == ("common-parts", "", None)
    assert entries("video.camera-changed") == 1


def test_a_camera_goes_out_of_service_and_comes_back(here: Residence) -> None:
    admin, row = client(here.administrator), here.cameras[0]
    assert admin.post(f"/video/cameras/{row.pk}/service/", {"act": "out"}).status_code == 302
    assert "Out of service" in admin.get(f"/video/sites/{here.site.pk}/").content.decode()
    assert "1 out of service" in " ".join(admin.get("/video/").content.decode().split())
    admin.post(f"/video/cameras/{row.pk}/service/", {"act": "out"})
    assert entries("video.camera-changed") == 1
    admin.post(f"/video/cameras/{row.pk}/service/", {"act": "back"})
    row.refresh_from_db()
    assert row.out_since is None


def test_who_sees_cameras(here: Residence) -> None:
    strangers = [
        here.lea,  # no convention binds her organisation yet
        make_member("Charlie", make_authority("provins").organisation, Role.ADMINISTRATOR),
    ]
    pages = [f"/video/sites/{here.site.pk}/", f"/video/cameras/{here.cameras[0].pk}/"]
    for page in pages:
        assert [client(one).get(page).status_code for one in strangers] == [404, 404]
        assert [client(one).get(page).status_code for one in (here.alice, here.bob, here.administrator)] == [200] * 3
    assert client(here.lea).get("/video/").status_code == 404
    assert client(here.alice).get("/video/sites/add/").status_code == 404
    assert client(here.alice).post(f"/video/cameras/{here.cameras[0].pk}/service/", {"act": "out"}).status_code == 404
    assert client(here.alice).get("/video/relays/").status_code == 404


def test_inhabitants_read_who_is_responsible_and_under_which_text(here: Residence) -> None:
    page = client().get("/video/at/charenton/")
    assert page.status_code == 200
    said = page.content.decode()
    assert here.landlord.name in said
    assert CONTACT in said
    assert "L272-2" in said
    assert "no convention is in force, so nobody may look" in said
    assert client().get(f"/video/at/charenton/{here.site.pk}/").status_code == 200
    other = make_authority("provins")
    assert client().get(f"/video/at/{other.slug}/").status_code == 404, "not switched on there"
    assert client().get(f"/video/at/{other.slug}/{here.site.pk}/").status_code == 404
