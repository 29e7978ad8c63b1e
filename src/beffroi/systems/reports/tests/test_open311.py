"""Open311 through the front door: what programs read, what they may write, and what they never see."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.open311 import reading
from beffroi.adapters.open311.documents import Format, Stage, Status
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.handling import Said, decline_report, merge_report, reopen_report, stage_report
from beffroi.systems.reports.actions.keys import end_key, give_key
from beffroi.systems.reports.actions.settings import keep_category
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Line, ProgramKey, Report
from beffroi.systems.reports.rules import Decline, OpenTo, Source
from beffroi.systems.reports.rules import Stage as Step

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("own_database")
SECRET = "a-key-of-a-program"


@pytest.fixture
def meaux(own_database: object) -> Authority:
    authority = make_authority()
    switched_on(authority.pk)
    return authority


@pytest.fixture
def key(meaux: Authority) -> ProgramKey:
    return give_key(authority=meaux.pk, name="Ville voisine", secret=SECRET, by=None, now=utc_now())


def client() -> Client:
    return Client(headers={"accept-language": "en"}, enforce_csrf_checks=True)


def get(authority: Authority, path: str, **asked: str) -> "Response":
    return client().get(f"/open311/{authority.slug}/v2/{path}", asked)


def post(authority: Authority, path: str, *, number: str = "", **told: str) -> "Response":
    headers = {"Idempotency-Key": number} if number else {}
    return client().post(f"/open311/{authority.slug}/v2/{path}", told, headers=headers)


def told_of(code: str, **more: str) -> dict[str, str]:
    place = {"lat": str(HERE.latitude), "long": str(HERE.longitude)}
    return {"api_key": SECRET, "service_code": code, "description": "Un trou <b>profond</b>", **place, **more}


def wrong(response: "Response") -> list[str]:
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    return [each["description"] for each in json.loads(response.content)]


def numbers(response: "Response") -> list[str]:
    assert response.status_code == 200, response.content
    return [each.service_request_id for each in reading.read_requests(response.content, Format.XML).items]


@pytest.mark.parametrize("form", list(Format))
def test_discovery_and_services_in_both_languages(meaux: Authority, form: Format) -> None:
    road = make_category(meaux.pk, "Nid-de-poule")
    make_category(meaux.pk, "Abri secret", public=False)
    response = client().get(f"/open311/{meaux.slug}/discovery.{form}")
    assert response.headers["Content-Type"] == form.content_type
    (endpoint,) = reading.read_discovery(response.content, form).endpoints
    assert endpoint.url.endswith(f"/open311/{meaux.slug}/v2")
    assert endpoint.formats == ("text/xml", "application/json")
    (service,) = reading.read_services(get(meaux, f"services.{form}").content, form).items
    assert (service.service_code, service.service_name, service.metadata) == (road.code, "Nid-de-poule", False)
    definition = reading.read_definition(get(meaux, f"services/{road.code}.{form}").content, form)
    assert definition.service_code == road.code


def test_a_report_is_made_with_a_key_and_read_by_anybody(meaux: Authority, key: ProgramKey) -> None:
    road = make_category(meaux.pk)
    created = reading.read_created(
        post(meaux, "requests.xml", **told_of(road.code, email="elue@voisine.example")).content, Format.XML
    )
    report = Report.objects.get(authority=meaux)
    assert (created.service_request_id, created.service_notice) == (report.reference, "La voirie passe voir.")
    assert (report.source, report.author) == (Source.OPEN311, None)
    assert [one.email for one in report.followers.all()] == ["elue@voisine.example"]
    response = get(meaux, f"requests/{report.reference}.xml")
    (seen,) = reading.read_requests(response.content, Format.XML).items
    assert (seen.status, seen.description, seen.service_code) == (Status.OPEN, "Un trou <b>profond</b>", road.code)
    assert (seen.lat, seen.long) == (HERE.latitude, HERE.longitude)
    assert seen.expected_datetime == report.due_at.replace(microsecond=0)
    assert b"elue@" not in response.content
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_the_same_post_twice_is_one_report_and_its_token_finds_it(meaux: Authority, key: ProgramKey) -> None:
    road, number = make_category(meaux.pk), str(uuid4())
    first, second = (post(meaux, "requests.json", number=number, **told_of(road.code)) for _time in range(2))
    assert first.content == second.content
    (found,) = json.loads(get(meaux, f"tokens/{number}.json").content)
    assert found == {"service_request_id": Report.objects.get().reference, "token": number}
    for _time in range(2):
        post(meaux, "requests.json", number="r-17", **told_of(road.code))
    assert Report.objects.count() == 2
    assert wrong(get(meaux, f"tokens/{uuid4()}.json")) == wrong(get(meaux, "tokens/r-17.json"))


def test_photos_come_along_and_no_file_that_is_none(
    meaux: Authority, key: ProgramKey, settings: Settings, tmp_path: Path
) -> None:
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = tmp_path, tmp_path / "media"
    KeyStore(tmp_path / "keys").create_media_key()
    road, address = make_category(meaux.pk), f"/open311/{meaux.slug}/v2/requests.json"
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(drawn, "JPEG")

    def file(content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("trou.jpg", content, "image/jpeg")

    told = {**told_of(road.code), "media": file(drawn.getvalue()), "other": file(drawn.getvalue())}
    assert client().post(address, told).status_code == 200
    assert Report.objects.get().photos.count() == 2
    assert b'"media_url":null' in get(meaux, "requests.json").content
    assert client().post(address, {**told_of(road.code), "media": file(b"%PDF-1.7 ...")}).status_code == 400
    assert Report.objects.count() == 1


def test_a_key_is_needed_to_write_and_none_to_read(meaux: Authority, key: ProgramKey) -> None:
    road, other = make_category(meaux.pk), make_authority("provins")
    switched_on(other.pk)
    elsewhere = make_category(other.pk)
    for authority, told in (
        (meaux, told_of(road.code, api_key="")),
        (meaux, told_of(road.code, api_key="another")),
        (other, told_of(elsewhere.code)),
    ):
        assert post(authority, "requests.json", **told).status_code == 403
    end_key(key=key, by=None, now=utc_now())
    assert post(meaux, "requests.json", **told_of(road.code)).status_code == 403
    assert post(meaux, "servicerequestupdates.json", **told_of(road.code)).status_code == 403
    assert Report.objects.count() == 0
    assert Entry.objects.filter(kind="report.key-changed").count() == 2


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"service_code": ""}, 400, ["service_code"]),
        ({"service_code": "nothing"}, 404, ["service_code"]),
        ({"lat": "", "long": ""}, 400, ["lat and long"]),
        ({"long": ""}, 400, ["go together"]),
        ({"lat": "95"}, 400, ["between -90 and 90"]),
        ({"lat": "nan", "description": "x" * 4001}, 400, ["lat is a number", "4,000"]),
        ({"email": "nobody"}, 400, ["no e-mail"]),
        ({"jurisdiction_id": "paris.example"}, 404, ["jurisdiction_id"]),
    ],
)
def test_everything_that_is_wrong_is_said(
    meaux: Authority, key: ProgramKey, more: dict[str, str], status: int, words: list[str]
) -> None:
    road = make_category(meaux.pk)
    response = post(meaux, "requests.json", **{**told_of(road.code), **more})
    told = wrong(response)
    assert response.status_code == status
    assert [each for each, word in zip(told, words, strict=True) if word not in each] == []
    assert Report.objects.count() == 0


def test_a_category_of_officials_or_not_public_takes_nothing_from_programs(meaux: Authority, key: ProgramKey) -> None:
    hidden, theirs = make_category(meaux.pk, public=False), make_category(meaux.pk)
    theirs.open_to = OpenTo.OFFICIALS.value
    keep_category(category=theirs, promises={}, by=None, now=utc_now())
    for category in (hidden, theirs):
        assert post(meaux, "requests.json", **told_of(category.code)).status_code == 404
    report, named = reported(hidden), reported(theirs, text="Monsieur Durand laisse ses gravats")
    assert numbers(get(meaux, "requests.xml")) == [named.reference]
    assert b"Durand" not in get(meaux, "requests.xml").content
    for path in (f"requests/{report.reference}.xml", f"services/{hidden.code}.xml"):
        assert get(meaux, path).status_code == 404
    assert numbers(get(meaux, "requests.xml", service_request_id=report.reference)) == []
    assert b"request_update>" not in get(meaux, "servicerequestupdates.xml").content


def test_requests_are_found_by_what_is_asked(meaux: Authority) -> None:
    now = utc_now()
    road, lamp = make_category(meaux.pk, "Route"), make_category(meaux.pk, "Lampe")
    old = reported(road, now=now - timedelta(days=100))
    far = reported(lamp, position=Position(HERE.latitude + 0.01, HERE.longitude), now=now - timedelta(days=2))
    near = reported(road, now=now - timedelta(days=1))
    decline_report(report=far, reason=Decline.NOT_OURS, said=Said("C’est au département."), by=None, now=now)
    assert numbers(get(meaux, "requests.xml")) == [near.reference, far.reference]
    assert numbers(get(meaux, "requests.xml", status="closed")) == [far.reference]
    assert numbers(get(meaux, "requests.xml", status="open,closed", service_code=f"{lamp.code},x")) == [far.reference]
    since = f"{now - timedelta(days=110):%Y-%m-%dT%H:%M:%SZ}"
    assert numbers(get(meaux, "requests.xml", start_date=since)) == [old.reference]
    assert numbers(get(meaux, "requests.xml", page_size="1", page="2")) == [far.reference]
    around = {"lat": str(HERE.latitude), "long": str(HERE.longitude), "radius": "500"}
    assert numbers(get(meaux, "requests.xml", **around)) == [near.reference]
    changed = f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert numbers(get(meaux, "requests.xml", updated_after=changed)) == [far.reference]
    asked = f"{old.reference},{near.reference},99-000001"
    assert numbers(get(meaux, "requests.xml", service_request_id=asked, status="closed")) == [
        near.reference,
        old.reference,
    ]
    (seen,) = json.loads(get(meaux, f"requests/{far.reference}.json", extensions="true").content)
    assert seen["status_notes"] == "C’est au département."
    assert seen["extended_attributes"]["detailed_status"] == "not_councils_responsibility"


@pytest.mark.parametrize(
    "asked",
    [
        {"start_date": "2026-11-22"},
        {"start_date": "2026-11-22T08:00:00"},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-22T00:00:00Z"},
        {"status": "received"},
        {"page": "0"},
        {"page_size": "1001"},
        {"lat": "48", "long": "2"},
        {"lat": "48"},
    ],
)
def test_what_cannot_be_asked_is_said(meaux: Authority, asked: dict[str, str]) -> None:
    response = get(meaux, "requests.json", **asked)
    assert (response.status_code, len(wrong(response))) == (400, 1)


def test_updates_say_each_stage_and_programs_add_words(meaux: Authority, key: ProgramKey) -> None:
    now = utc_now() - timedelta(hours=1)
    road = make_category(meaux.pk)
    report, twin = reported(road, now=now), reported(road, now=now)
    stage_report(report=report, stage=Step.PLANNED, said=Said("Lundi."), by=None, now=now + timedelta(minutes=1))
    stage_report(
        report=report,
        stage=Step.MENDING,
        said=Said("En secret.", public=False),
        by=None,
        now=now + timedelta(minutes=2),
    )
    decline_report(report=report, reason=Decline.REFUSED, said=Said("Non."), by=None, now=now + timedelta(minutes=3))
    reopen_report(report=report, said=Said("Si."), by=None, now=now + timedelta(minutes=4))
    merge_report(report=twin, into=report, by=None, now=now + timedelta(minutes=5))
    said = {"api_key": SECRET, "update_id": "u1", "service_request_id": report.reference, "status": "FIXED"}
    said |= {"updated_datetime": "2026-11-22T08:00:00Z", "description": "Encore là ce matin"}
    for _time in range(2):
        assert post(meaux, "servicerequestupdates.xml", **said).status_code == 200
    named = {**said, "update_id": "u2", "description": "C’est Madame Durand"}
    assert post(meaux, "servicerequestupdates.xml", **named).status_code == 200
    response = get(meaux, "servicerequestupdates.xml")
    found = reading.read_updates(response.content, Format.XML).items
    assert [(each.service_request_id, each.status, each.description) for each in found if each.description != "x"][
        :3
    ] == [
        (report.reference, Stage.ACTION_SCHEDULED, "Lundi."),
        (report.reference, Stage.NO_FURTHER_ACTION, "Non."),
        (report.reference, Stage.REOPEN, "Si."),
    ]
    assert [each.status for each in found if each.service_request_id == twin.reference] == [Stage.DUPLICATE]
    assert [each.description for each in found].count("Encore là ce matin") == 1
    for hidden in ("En secret.", "Durand"):
        assert hidden.encode() not in response.content
    assert Line.objects.filter(report=report, kind="said").count() == 2
    assert Report.objects.get(pk=report.pk).stage == Step.ACKNOWLEDGED
    (merged,) = reading.read_requests(get(meaux, f"requests/{twin.reference}.xml").content, Format.XML).items
    assert merged.status is Status.CLOSED
    assert twin.reference not in numbers(get(meaux, "requests.xml"))


def test_what_lies_elsewhere_is_shown_to_staff_and_fetched_by_nobody(meaux: Authority, key: ProgramKey) -> None:
    road = make_category(meaux.pk)
    post(meaux, "requests.json", **told_of(road.code, media_url="http://169.254.169.254/latest"))
    assert list(Line.objects.filter(kind="said").values_list("public")) == [(False,)]
    assert b"169.254" not in get(meaux, "requests.xml").content
    assert b"169.254" not in get(meaux, "servicerequestupdates.xml").content


def test_where_reports_are_off_there_is_nothing(own_database: object) -> None:
    authority = make_authority()
    for slug in (authority.slug, "nowhere"):
        for path in ("discovery.xml", "v2/services.json", "v2/requests.xml", "v2/servicerequestupdates.json"):
            assert client().get(f"/open311/{slug}/{path}").status_code == 404
    switched_on(authority.pk)
    assert get(authority, "services.html").status_code == 404
