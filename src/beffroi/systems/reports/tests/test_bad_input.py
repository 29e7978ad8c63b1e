"""What no good phone sends, by both doors: the form that anybody has and Open311. Each answer says what to do; nothing typed is lost."""

import io
import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.kernel.territory.factories import draw_authority, make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.photographs import Kind
from beffroi.lib.tests.cameras import street
from beffroi.lib.tests.cameras import written as camera
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.keys import give_key
from beffroi.systems.reports.factories import HERE, make_category, switched_on
from beffroi.systems.reports.models import Category, Photo, Report
from beffroi.systems.reports.rules import PhotoState
from beffroi.systems.reports.tests.darkroom import developed, files_in, store_in, taken, written

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

SECRET: Final = "a-key-of-a-program"
HTML: Final = "<script>alert(1)</script> & <b>un trou</b>"
NEW: Final = "/reports/meaux/new/"


@dataclass(frozen=True)
class Told:
    """What somebody says, whichever way."""

    text: str = "Un trou"
    latitude: object = HERE.latitude
    longitude: object = HERE.longitude
    address: str = ""
    photos: tuple[bytes, ...] = ()
    number: str = field(default_factory=lambda: str(uuid4()))

    def files(self) -> list[SimpleUploadedFile]:
        return [SimpleUploadedFile("trou.jpg", one, "image/jpeg") for one in self.photos]


@pytest.fixture(autouse=True)
def store(own_database: None, settings: Settings, tmp_path: Path) -> Path:
    return store_in(tmp_path, settings)


@pytest.fixture(autouse=True)
def town(store: Path) -> Authority:
    authority = make_authority("meaux")
    draw_authority(authority)
    switched_on(authority.id)
    make_category(authority.id)
    give_key(authority=authority.pk, name="Ville voisine", secret=SECRET, by=None, now=utc_now())
    return authority


def client() -> Client:
    return Client(headers={"accept-language": "en"})


def by_phone(told: Told, *, script: bool = True, browser: Client | None = None) -> "Response":
    """Through the form; without a script the answer is a page."""
    body = {
        "submission": told.number,
        "category": str(Category.objects.get().pk),
        "text": told.text,
        "address": told.address,
    }
    place = {"latitude": str(told.latitude), "longitude": str(told.longitude)}
    headers = {"accept": "application/json"} if script else {}
    said = {**body, **place, "photos": told.files(), "email": "ana@meaux.example"}
    return (browser or client()).post(NEW, said, headers=headers)


def by_program(told: Told) -> "Response":
    """Through Open311."""
    body = {"api_key": SECRET, "service_code": Category.objects.get().code, "description": told.text}
    place = {"lat": str(told.latitude), "long": str(told.longitude)}
    if told.address:
        place["address_string"] = told.address
    photos = {f"media_{at}": file for at, file in enumerate(told.files())}
    headers = {"Idempotency-Key": told.number}
    return client().post("/open311/meaux/v2/requests.json", {**body, **place, **photos}, headers=headers)


def large_jpeg() -> bytes:
    """A photo of a few kilobytes that says it is sixty thousand points wide and high."""
    small = written(Image.new("RGB", (64, 64)), "JPEG")
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", 60_000, 60_000) + small[at + 4 :]


def large_webp() -> bytes:
    return b"RIFF\x00\x01\x00\x00WEBPVP8X\x0a\x00\x00\x00" + b"\x00" * 4 + b"\xff\x3f\x00" * 2 + b"\x00" * 200


REFUSED = [
    pytest.param(lambda: Told(photos=(b"%PDF-1.7\n1 0 obj",)), "photos", "is no photo", id="a PDF called .jpg"),
    pytest.param(
        lambda: Told(photos=(b"<svg onload='alert(1)'/>",)), "photos", "is no photo", id="a drawing that runs"
    ),
    pytest.param(
        lambda: Told(photos=(taken(), written(Image.new("1", (20_000, 20_000)), "PNG"))),
        "photos",
        "too many points",
        id="a bomb behind a photo",
    ),
    pytest.param(lambda: Told(photos=(large_jpeg(),)), "photos", "too many points", id="a JPEG that says it is huge"),
    pytest.param(lambda: Told(photos=(large_webp(),)), "photos", "too many points", id="a WebP that says it is huge"),
    pytest.param(lambda: Told(photos=(taken() + b"0" * 26_000_000,)), "photos", "25 MB", id="26 MB"),
    pytest.param(lambda: Told(photos=(taken(),) * 11), "photos", "ten photos at most", id="eleven photos"),
    pytest.param(lambda: Told(latitude=45.0, longitude=5.0), "latitude", "outside the authority", id="Grenoble"),
    pytest.param(lambda: Told(latitude=95), "latitude", "90", id="off the globe"),
    pytest.param(lambda: Told(longitude="nan"), "longitude", "number", id="nowhere at all"),
    pytest.param(lambda: Told(text="é" * 4001), "text", "000 characters", id="4,001 characters"),
]


@pytest.mark.parametrize(("told", "where", "words"), REFUSED)
def test_what_is_refused_is_refused_in_words_and_nothing_typed_is_lost(
    told: Callable[[], Told], where: str, words: str, store: Path
) -> None:
    said = told()
    answer = by_phone(said)
    assert (answer.status_code, list(json.loads(answer.content)["errors"])) == (422, [where])
    page = by_phone(said, script=False)
    text = unescape(page.content.decode())
    assert page.status_code == 422
    assert said.text in text
    assert f'value="{said.longitude}"' in text
    assert 'value="ana@meaux.example"' in text
    assert "checked" in text
    refused = by_program(said)
    (problem,) = json.loads(refused.content)
    assert (refused.status_code, problem["code"]) == (400, 400)
    for told_so in (*json.loads(answer.content)["errors"][where], text, problem["description"]):
        assert words in told_so
    assert not Report.objects.exists()
    assert files_in(store) == set()


def test_at_the_counter_a_photo_that_is_too_large_is_said_where_it_was_chosen(town: Authority) -> None:
    agent = client()
    agent.force_login(make_member("Alice", town.organisation, Role.AGENT))
    said = Told(photos=(large_jpeg(),))
    place = {"latitude": str(said.latitude), "longitude": str(said.longitude), "photos": said.files()}
    body = {"submission": said.number, "source": "phone", "category": "Nid-de-poule", "language": "fr", **place}
    page = agent.post("/reports/meaux/for/", body)
    assert page.status_code == 422
    (error,) = re.findall(r'id="id_photos_error">.*?</ul>', page.content.decode(), re.DOTALL)
    assert "too many points" in error


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(lambda: taken(size=(8944, 6708)), id="sixty megapixels"),
        pytest.param(lambda: camera(street((640, 480)), Kind.HEIC), id="HEIC"),
    ],
)
@pytest.mark.parametrize("door", [by_phone, by_program])
def test_what_phones_take_today_is_taken(photo: Callable[[], bytes], door: "Callable[[Told], Response]") -> None:
    assert door(Told(photos=(photo(),))).status_code in (200, 201)
    shown = developed(Photo.objects.get())
    assert shown.state == PhotoState.WAITING
    assert max(shown.width, shown.height) <= 2048


@pytest.mark.parametrize("door", [by_phone, by_program])
def test_the_same_submit_twice_is_one_report(door: "Callable[[Told], Response]") -> None:
    told = Told(photos=(taken(),))
    first, second = door(told), door(told)
    assert first.content == second.content
    assert (Report.objects.count(), Photo.objects.count()) == (1, 1)


@pytest.mark.parametrize("door", [by_phone, by_program])
def test_html_is_words_wherever_it_is_read(town: Authority, door: "Callable[[Told], Response]") -> None:
    assert door(Told(text=HTML)).status_code in (200, 201)
    report = Report.objects.get()
    assert report.text == HTML
    staff = client()
    staff.force_login(make_member("Alice", town.organisation))
    public = f"/reports/meaux/{report.reference}/"
    for browser, address in (
        (staff, f"/reports/{report.pk}/"),
        (client(), public),
        (client(), "/reports/meaux/feed.atom"),
    ):
        shown = browser.get(address)
        assert shown.status_code == 200, address
        assert b"<b>un trou" not in shown.content
        assert b"alert(1)</script>" not in shown.content
    (read,) = json.loads(client().get(f"/open311/meaux/v2/requests/{report.reference}.json").content)
    assert read["description"] == HTML


def test_lines_are_counted_as_a_browser_counts_them() -> None:
    """A browser sends two characters for each end of a line, and lets its person type 4,000 with one."""
    assert by_phone(Told(text="é\r\n" * 1999)).status_code == 201
    assert Report.objects.get().text.count("\n") == 1998


def test_a_flood_keeps_what_was_typed_and_says_when_to_send_it() -> None:
    browser = client()
    for _time in range(20):
        assert by_phone(Told(), browser=browser).status_code == 201
    page = by_phone(Told(text="Un lampadaire à terre"), script=False, browser=browser)
    assert (page.status_code, page["Retry-After"]) == (429, "600")
    assert "Un lampadaire à terre" in page.content.decode()
    assert "send it again in ten minutes" in page.content.decode()
    told = by_phone(Told(), browser=browser)
    assert (told.status_code, told["Retry-After"]) == (429, "600")
    assert Report.objects.count() == 20


def test_a_program_that_floods_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beffroi.systems.reports.pages.open311.PACE", "3/10m/key")
    assert [by_program(Told()).status_code for _time in range(3)] == [200] * 3
    slow = by_program(Told())
    assert (slow.status_code, slow["Retry-After"]) == (429, "600")
    assert "wait ten minutes" in json.loads(slow.content)[0]["description"]


def test_a_photo_that_only_looked_like_one_is_told_to_whoever_sent_it(town: Authority) -> None:
    told = Told(photos=(taken()[:300],))
    where = json.loads(by_phone(told).content)["url"]
    assert "read" not in client().get(where).content.decode().lower().split("</h1>")[1].split("what happens next")[0]
    assert developed(Photo.objects.get()).state == PhotoState.UNREADABLE
    staff = client()
    staff.force_login(make_member("Alice", town.organisation))
    said = "One of its photos can’t be read"
    assert said in client().get(where).content.decode()
    assert said in staff.get(f"/reports/{Report.objects.get().pk}/").content.decode()


def test_what_is_sent_as_a_photo_is_never_served_as_it_came() -> None:
    """A file that is a photo and a page at once is made again from its points: nothing else of it is ever sent to a browser."""
    both = taken() + b"<html><script>alert(1)</script></html>"
    assert by_phone(Told(photos=(both,))).status_code == 201
    photo = developed(Photo.objects.get())
    staff = client()
    staff.force_login(make_member("Alice", Authority.objects.get().organisation))
    shown = staff.get(f"/reports/photos/{photo.pk}/{photo.version}/full.jpg")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    content = b"".join(shown) if shown.streaming else shown.content
    assert b"<script>" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (900, 600)


@pytest.mark.parametrize("door", [by_phone, by_program])
@pytest.mark.parametrize(
    ("address", "text"), [("chez M. Dupont, 06 12 34 56 78", "Un trou"), ("", "jean dupont, mme Dupont, le trou")]
)
def test_words_and_a_place_that_name_somebody_wait_for_an_agent(
    town: Authority, door: "Callable[[Told], Response]", address: str, text: str
) -> None:
    assert door(Told(text=text, address=address)).status_code in (200, 201)
    report = Report.objects.get()
    anybody = client()
    for where in (
        "/reports/meaux/",
        f"/reports/meaux/{report.reference}/",
        f"/reports/meaux/{report.reference}/card/",
        "/reports/meaux/feed.atom",
        "/open311/meaux/v2/requests.json",
    ):
        shown = anybody.get(where)
        assert shown.status_code == 200, where
        assert "Dupont" not in shown.content.decode(), where
        assert "06 12" not in shown.content.decode(), where
    staff = client()
    staff.force_login(make_member("Alice", town.organisation))
    assert "Dupont" in staff.get(f"/reports/{report.pk}/").content.decode()
    staff.post(f"/reports/{report.pk}/text/", {"shown": "Un trou"})
    assert "Un trou" in anybody.get(f"/reports/meaux/{report.reference}/").content.decode()
