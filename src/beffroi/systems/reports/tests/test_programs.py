"""Keys of programs, as administrators give and end them; and what programs see of a photo, before and after it is checked."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.handling import Said, decide_line, say_of_report
from beffroi.systems.reports.actions.photos import decide_photo
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Line, Photo, ProgramKey, Report
from beffroi.systems.reports.rules import PhotoState
from beffroi.systems.reports.tests.darkroom import developed, store_in, taken

pytestmark = pytest.mark.usefixtures("own_database")
AT = "/settings/meaux/reports/programs/"


@pytest.fixture
def town(own_database: None, settings: Settings, tmp_path: Path) -> Authority:
    store_in(tmp_path, settings)
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def admin(town: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    return client


def given(admin: Client) -> str:
    """The key that the page shows."""
    answer = admin.post(AT, {"name": "Ville voisine"})
    assert answer.status_code == 201
    (secret,) = re.findall(r'id="secret">([\w-]+)<', answer.content.decode())
    return str(secret)


def report(secret: str, code: str, **more: object) -> int:
    place = {"lat": HERE.latitude, "long": HERE.longitude}
    told = {"api_key": secret, "service_code": code, **place, **more}
    return Client().post("/open311/meaux/v2/requests.json", told).status_code


def test_a_key_is_shown_once_opens_and_ends(town: Authority, admin: Client) -> None:
    code = make_category(town.pk).code
    secret = given(admin)
    assert secret not in admin.get(AT).content.decode()
    row = ProgramKey.objects.get()
    assert secret not in (row.digest, row.name)
    assert report(secret, code) == 200
    assert admin.post(f"{AT}{row.pk}/end/").status_code == 302
    assert report(secret, code) == 403
    assert Report.objects.count() == 1
    assert "Ended on" in admin.get(AT).content.decode()
    assert Entry.objects.filter(kind="report.key-changed").count() == 2


def test_a_program_without_a_name_gets_no_key(admin: Client) -> None:
    assert admin.post(AT, {"name": " "}).status_code == 422
    assert not ProgramKey.objects.exists()


def test_a_photo_is_seen_by_programs_once_it_is_checked(town: Authority, admin: Client) -> None:
    code = make_category(town.pk).code
    photo = SimpleUploadedFile("trou.jpg", taken(), "image/jpeg")
    assert report(given(admin), code, media=photo) == 200
    row = developed(Photo.objects.get())

    def media() -> str | None:
        (seen,) = json.loads(Client().get("/open311/meaux/v2/requests.json").content)
        address = seen["media_url"]
        assert address is None or isinstance(address, str)
        return address

    assert (row.state, media()) == (PhotoState.WAITING, None)
    decide_photo(photo=row, shown=True, areas=[], made=None, by=None, now=utc_now())
    address = media()
    assert address is not None
    found = re.search(r"/reports/photos/([0-9a-f-]{36})/", address)
    assert found is not None
    assert UUID(found[1]) == row.pk
    shown = Client().get(address[address.index("/reports/") :])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")


def test_words_that_were_held_are_told_to_programs_when_they_are_shown(town: Authority) -> None:
    row, now = reported(make_category(town.pk)), utc_now()
    held = say_of_report(
        report=row, said=Said("Madame Durand l’a vu"), staff=False, by=None, now=now - timedelta(hours=3)
    )
    hour = timedelta(hours=1)
    span = {"start_date": f"{now - hour:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{now + hour:%Y-%m-%dT%H:%M:%SZ}"}

    def told() -> list[str]:
        found = json.loads(Client().get("/open311/meaux/v2/servicerequestupdates.json", span).content)
        return [one["description"] for one in found]

    assert told() == []
    decide_line(line=held, shown=True, by=None, now=now)
    assert told() == ["Madame Durand l’a vu"]


def test_what_is_asked_the_wrong_way_is_said_as_errors(town: Authority) -> None:
    answer = Client(headers={"accept-language": "en"}).delete("/open311/meaux/v2/requests.json")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert json.loads(answer.content) == [{"code": 405, "description": "It is asked by GET, POST only."}]
    assert Client().head("/open311/meaux/v2/services.xml").status_code == 200
    assert Client().post("/open311/meaux/discovery.xml").status_code == 405


def test_what_changed_between_two_moments_is_found_however_old_it_is(town: Authority) -> None:
    category, now = make_category(town.pk), utc_now()
    old, between, new = (reported(category, now=now - timedelta(days=days)) for days in (200, 150, 1))

    def found(**asked: datetime) -> list[str]:
        told = {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in asked.items()}
        rows = json.loads(Client().get("/open311/meaux/v2/requests.json", told).content)
        return [row["service_request_id"] for row in rows]

    early, late = now - timedelta(days=180), now - timedelta(days=100)
    assert found(updated_after=early, updated_before=late) == [between.reference]
    assert found(updated_before=early) == [old.reference]
    assert found() == [new.reference]


def test_the_address_of_an_updates_photo_is_for_those_who_handle_it(town: Authority, admin: Client) -> None:
    row, link = reported(make_category(town.pk)), "http://169.254.169.254/latest"
    told = {"api_key": given(admin), "update_id": "u" * 80, "service_request_id": row.reference}
    for _time in range(2):
        address = "/open311/meaux/v2/servicerequestupdates.json"
        assert Client().post(address, {**told, "description": "Vu.", "media_url": link}).status_code == 200
    said = Line.objects.filter(report=row, kind="said").order_by("at")
    assert list(said.values_list("text", "public")) == [("Vu.", True), (link, False)]
    assert link not in Client().get("/open311/meaux/v2/servicerequestupdates.json").content.decode()
    with writing():
        said.filter(text=link).delete()  # the server died before it wrote that
    assert Client().post(address, {**told, "description": "Vu.", "media_url": link}).status_code == 200
    assert list(said.values_list("text", flat=True)) == ["Vu.", link]


def test_whoever_tries_keys_is_told_to_wait_and_a_key_in_force_goes_on(
    town: Authority, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beffroi.systems.reports.pages.open311.REFUSALS", "2/10m/ip")
    code, secret = make_category(town.pk).code, given(admin)
    assert [report("x", code, description="Un trou") for _time in range(3)] == [403, 403, 429]
    assert report(secret, code, description="Un trou") == 200


def test_a_program_without_numbers_of_its_own_that_posts_again_makes_one_report(town: Authority, admin: Client) -> None:
    code, secret = make_category(town.pk).code, given(admin)

    def post(text: str) -> None:
        photo = SimpleUploadedFile("a.jpg", taken(), "image/jpeg")
        assert report(secret, code, description=text, media=photo) == 200

    post("Un trou")
    post("Un trou")
    assert (Report.objects.count(), Photo.objects.count()) == (1, 1)
    post("Un autre trou")
    assert Report.objects.count() == 2
