"""A report from a phone: once however often it is sent, by whoever may, with photos that are photos; and what stands close by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import draw_authority, make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Follower, Photo, Report
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of, seal
from beffroi.systems.reports.rules import OpenTo

JPEG = b"\xff\xd8\xff\xe0" + b"the points of a photo" * 20
NEW = "/reports/meaux/new/"


@pytest.fixture(autouse=True)
def home(own_database: None, settings: Settings, tmp_path: Path) -> Path:
    """Media of the test's own, and what seals them; nobody has sent anything yet."""
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = tmp_path, tmp_path / "media"
    KeyStore(tmp_path / "keys").create_media_key()
    cache.clear()
    return tmp_path


@pytest.fixture
def town() -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def pothole(town: Authority) -> Category:
    return make_category(town.id)


def client_of(person: Person | None = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def jpeg(name: str = "trou.jpg", content: bytes = JPEG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def body(category: Category, **more: object) -> dict[str, object]:
    where = {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude)}
    return {"submission": str(uuid4()), "category": str(category.pk), "text": "Un trou", **where, **more}


def send(client: Client, fields: dict[str, object]) -> tuple[int, dict[str, Any]]:
    answer = client.post(NEW, fields, headers={"accept": "application/json"})
    return answer.status_code, answer.json()


def kept(home: Path) -> int:
    return sum(path.is_file() for path in (home / "media").rglob("*"))


def test_it_arrives_once_with_its_photos_however_often_it_is_sent(pothole: Category, home: Path) -> None:
    seen = [{"at": "2026-11-22T09:30:00", "latitude": 48.95, "longitude": 2.9}, None]
    fields = body(pothole, taken=json.dumps(seen))
    status, answer = send(client_of(), {**fields, "photos": [jpeg(), jpeg("deux.jpg")]})
    assert status == 201
    report = Report.objects.get()
    assert answer == {"reference": report.reference, "url": f"/reports/meaux/sent/{fields['submission']}/"}
    first, second = Photo.objects.filter(report=report).order_by("position")
    assert (first.latitude, str(first.taken_at)) == (48.95, "2026-11-22 08:30:00+00:00")
    assert second.taken_at is None
    name = name_of(report.authority_id, first.pk, ORIGINAL)
    assert media().get(name)[:4] == b"BFS1"
    assert seal().open_sealed(name, media().get(name)) == JPEG
    again = send(client_of(), {**fields, "photos": [jpeg(), jpeg("deux.jpg")]})
    assert again == (200, answer)
    assert (Report.objects.count(), Photo.objects.count(), kept(home)) == (1, 2, 2)


def test_a_page_without_a_script_sends_it_and_says_what_happens_next(pothole: Category) -> None:
    client = client_of()
    page = client.get(NEW)
    assert page.status_code == 200
    assert page["X-Beffroi-Keep"] == "7"
    assert b"La voirie passe voir." in page.content
    assert b"Handled within 48 hours" in page.content
    answer = client.post(NEW, body(pothole, email="ana@meaux.example"), follow=True)
    assert answer.redirect_chain[0][0].startswith("/reports/meaux/sent/")
    assert Report.objects.get().reference in answer.content.decode()
    assert Follower.objects.get().email == "ana@meaux.example"


def test_what_is_typed_comes_back_with_what_is_wrong(pothole: Category) -> None:
    answer = client_of().post(NEW, body(pothole, text="é" * 4001, latitude="95"))
    assert answer.status_code == 422
    assert "é" * 4001 in answer.content.decode()
    status, faults = send(client_of(), body(pothole, text="é" * 4001, latitude="95"))
    assert (status, sorted(faults["errors"])) == (422, ["latitude", "text"])
    assert send(client_of(), body(pothole, text=" "))[0] == 422
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "files",
    [
        lambda: [jpeg(), jpeg("facture.jpg", b"%PDF-1.7 not a photo")],
        lambda: [jpeg("vide.jpg", b"")],
        lambda: [jpeg("lourd.jpg", JPEG + b"0" * 26_000_000)],
        lambda: [jpeg(f"{number}.jpg") for number in range(11)],
    ],
)
def test_what_is_no_photo_is_refused_and_nothing_of_it_is_kept(
    pothole: Category, home: Path, files: Callable[[], list[SimpleUploadedFile]]
) -> None:
    status, faults = send(client_of(), body(pothole, photos=files()))
    assert (status, list(faults["errors"])) == (422, ["photos"])
    assert (Report.objects.count(), kept(home)) == (0, 0)


def test_a_phone_may_say_anything_of_its_photos(pothole: Category) -> None:
    for said in ("[", "{}", '[{"at": 3, "latitude": "x"}]', '[{"at": "?", "latitude": 1e999, "longitude": 2}]', "[[]]"):
        assert send(client_of(), body(pothole, taken=said, photos=[jpeg()]))[0] == 201
    assert not Photo.objects.exclude(taken_at=None, latitude=None).exists()


def test_what_waited_is_sent_for_nobody_else(town: Authority, pothole: Category) -> None:
    ana, tom = make_person("Ana"), make_person("Tom")
    waited = body(pothole, owner=str(ana.pk))
    assert send(client_of(), waited)[0] == 401
    assert send(client_of(tom), waited)[0] == 401
    assert send(client_of(ana), body(pothole, owner="nobody"))[0] == 401
    assert not Report.objects.exists()
    assert send(client_of(ana), waited)[0] == 201
    assert Report.objects.get().author_id == ana.pk


def test_who_may_report_a_kind_of_fault(town: Authority, pothole: Category) -> None:
    with writing():
        Category.objects.update(open_to=OpenTo.ACCOUNTS.value)
    anybody = client_of()
    assert anybody.get(NEW).status_code == 302
    assert send(anybody, body(pothole))[0] == 401
    assert client_of(make_person("Ana")).get(NEW).status_code == 200
    with writing():
        Category.objects.update(open_to=OpenTo.OFFICIALS.value)
    assert client_of(make_person("Tom")).get(NEW).status_code == 404
    alice = make_member("Alice", town.organisation, Role.AGENT)
    assert send(client_of(alice), body(pothole))[0] == 201


def test_a_place_outside_the_authority_is_refused_in_words(town: Authority, pothole: Category, home: Path) -> None:
    draw_authority(town)
    status, faults = send(client_of(), body(pothole, latitude="45.0", longitude="5.0", photos=[jpeg()]))
    assert (status, list(faults["errors"]), kept(home)) == (422, ["latitude"], 0)
    assert send(client_of(), body(pothole))[0] == 201


def test_a_flood_from_one_address_is_told_to_wait_and_what_arrived_is_answered(pothole: Category) -> None:
    client, first = client_of(), body(pothole)
    answers = [client.post(NEW, body(pothole), headers={"accept": "application/json"}) for _ in range(19)]
    assert {answer.status_code for answer in answers} == {201}
    assert send(client, first)[0] == 201
    slow = client.post(NEW, body(pothole), headers={"accept": "application/json"})
    assert (slow.status_code, slow["Retry-After"]) == (429, "600")
    assert send(client, first)[0] == 200


def test_where_reports_are_not_switched_on_there_is_no_page(town: Authority) -> None:
    make_authority("provins")
    assert client_of().get("/reports/provins/new/").status_code == 404
    assert client_of().get("/reports/nowhere/new/").status_code == 404
    assert client_of().get(f"/reports/meaux/sent/{uuid4()}/").status_code == 404


def test_similar_ones_close_by_are_shown_and_no_private_one(town: Authority, pothole: Category) -> None:
    private = make_category(town.id, "Câble", public=False)
    report = reported(pothole, text="Un trou <b>profond</b>")
    reported(private)
    client = client_of()

    def near(category: UUID, latitude: float = HERE.latitude) -> tuple[int, str]:
        asked = {"latitude": latitude, "longitude": HERE.longitude, "category": category}
        answer = client.get("/reports/meaux/similar/", {name: str(value) for name, value in asked.items()})
        return answer.status_code, answer.content.decode()

    status, shown = near(pothole.pk)
    assert status == 200
    assert "Un trou &lt;b&gt;profond&lt;/b&gt;" in shown
    assert report.category.label in shown
    assert near(pothole.pk, HERE.latitude + 0.001) == (204, "")
    assert near(private.pk) == (204, "")
    assert client.get("/reports/meaux/similar/").status_code == 204
