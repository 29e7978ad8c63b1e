"""The desk: the queue by deadline, one report's page, what is done there, alone and several at once."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, mend_report
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Line, Photo, Report, Team
from beffroi.systems.reports.rules import Priority, Stage

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority()
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


@pytest.fixture
def desk(alice: Person) -> Client:
    return as_(alice)


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def fresh(report: Report) -> Report:
    return Report.objects.get(pk=report.pk)


def page(client: Client, report: Report) -> str:
    return client.get(f"/reports/{report.pk}/").content.decode()


def listed(client: Client, **asked: str) -> list[str]:
    found = client.get("/reports/", asked).content.decode()
    return re.findall(r'<span class="code">(\d\d-\d{6})</span>', found)


def test_the_queue_is_ordered_by_what_is_promised_first(desk: Client, hole: Category) -> None:
    now = utc_now()
    cable = make_category(hole.authority_id, "Câble à terre", hours=4)
    late = reported(hole, now=now - 50 * HOUR)
    far = reported(hole, now=now - HOUR)
    near = reported(cable, now=now - HOUR)
    assert listed(desk) == [late.reference, near.reference, far.reference]
    text = desk.get("/reports/").content.decode()
    assert "Late by 2 h" in text
    assert "2 h left" in text
    assert listed(desk, late="on") == [late.reference]
    assert listed(desk, category=str(cable.pk)) == [near.reference]
    assert listed(desk, q=far.reference) == [far.reference]
    assert "No report matches." in desk.get("/reports/", {"q": "(nowhere["}).content.decode()


def test_what_is_closed_leaves_the_queue_and_is_found_again(desk: Client, hole: Category) -> None:
    report = reported(hole, text="Un trou profond")
    mend_report(report=report, said=Said("Rebouché."), by=None, now=utc_now())
    assert "Nothing waits" in desk.get("/reports/").content.decode()
    assert listed(desk, stage="closed") == listed(desk, stage="done", q="trou profond") == [report.reference]


def test_a_report_goes_along_its_stages_to_its_end(desk: Client, alice: Person, hole: Category) -> None:
    report = reported(hole)
    address = f"/reports/{report.pk}/"
    assert "Promised within 48 hours" in page(desk, report)
    missing = desk.post(f"{address}stage/", {"stage": "planned", "text": "Mardi matin"})
    assert missing.status_code == 422
    assert "Say which day" in missing.content.decode()
    assert "Mardi matin" in missing.content.decode()
    assert desk.post(f"{address}stage/", {"stage": "planned", "planned_for": "2026-12-01"}).status_code == 302
    assert fresh(report).stage == Stage.PLANNED
    empty = desk.post(f"{address}done/", {"text": " "})
    assert empty.status_code == 422
    assert "Show it mended" in empty.content.decode()
    assert desk.post(f"{address}done/", {"text": "Rebouché à chaud."}).status_code == 302
    assert fresh(report).stage == Stage.DONE
    assert "Rebouché à chaud." in page(desk, report)
    again = desk.post(f"{address}done/", {"text": "Encore"}, follow=True).content.decode()
    assert "at another stage by now" in again
    desk.post(f"{address}reopen/", {"text": "Le trou est revenu."})
    assert (fresh(report).stage, fresh(report).due_at) == (Stage.ACKNOWLEDGED, report.due_at)


def test_declining_what_is_not_ours_says_whose(desk: Client, hole: Category) -> None:
    report = reported(hole)
    address = f"/reports/{report.pk}/decline/"
    assert desk.post(address, {"reason": "not-ours", "text": "Voyez là-bas."}).status_code == 422
    desk.post(address, {"reason": "not-ours", "whose": "SNCF Réseau", "text": "Voyez là-bas."})
    assert fresh(report).stage == Stage.DECLINED
    assert "SNCF Réseau" in Line.objects.get(report=report, kind="closed").text


def test_it_is_handed_to_a_team_and_given_to_somebody(
    desk: Client, alice: Person, town: Authority, hole: Category
) -> None:
    roads = Team(authority=town, organisation=town.organisation, name="Voirie")
    keep_team(team=roads, by=None, now=utc_now())
    police = create_organisation(
        name="Police municipale", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=town.id
    )
    report = reported(hole)
    address = f"/reports/{report.pk}/"
    desk.post(f"{address}hand/", {"to": f"{town.organisation_id}:{roads.pk}", "text": "Pour vous"})
    assert fresh(report).team_id == roads.pk
    assert desk.post(f"{address}assign/", {"person": str(alice.pk)}).status_code == 302
    assert fresh(report).assigned_id == alice.pk
    assert listed(desk, whose="mine") == [report.reference]
    desk.post(f"{address}hand/", {"to": str(police.pk)})
    assert (fresh(report).organisation_id, fresh(report).team_id, fresh(report).assigned_id) == (police.pk, None, None)
    assert "Handed over to Police municipale" in page(desk, report)
    assert listed(desk, whose="ours") == []


def test_another_priority_and_the_same_fault_twice(desk: Client, hole: Category) -> None:
    first, second = reported(hole), reported(hole)
    desk.post(f"/reports/{first.pk}/rate/", {"category": str(hole.pk), "priority": "2"})
    assert fresh(first).priority == Priority.URGENT
    assert f'name="into" value="{first.reference}"' in page(desk, second)
    unknown = desk.post(f"/reports/{second.pk}/merge/", {"into": "26-999999"})
    assert unknown.status_code == 422
    assert "26-999999" in unknown.content.decode()
    desk.post(f"/reports/{second.pk}/merge/", {"into": first.reference})
    assert fresh(second).into_id == first.pk
    assert f"same fault as report {first.reference}" in page(desk, second)


def test_a_held_text_is_shown_in_part(desk: Client, hole: Category) -> None:
    report = reported(hole, text="Chez Madame Durand, un trou")
    assert "seem to name somebody" in page(desk, report)
    assert listed(desk, check="on") == [report.reference]
    desk.post(f"/reports/{report.pk}/text/", {"shown": "Un trou"})
    assert (fresh(report).shown, fresh(report).held) == ("Un trou", False)
    assert Entry.objects.filter(kind="report.text-decided").count() == 1


def test_the_home_page_says_what_is_late(desk: Client, hole: Category) -> None:
    reported(hole, now=utc_now() - 49 * HOUR)
    reported(hole, text="Voir Monsieur Petit")
    home = desk.get("/").content.decode()
    assert "1 report is late" in home
    assert "1 report’s words wait to be read" in home


def test_a_photo_shows_it_mended_and_what_is_none_is_refused(
    desk: Client, hole: Category, settings: Settings, tmp_path: Path
) -> None:
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = tmp_path, tmp_path / "media"
    KeyStore(tmp_path / "keys").create_media_key()
    report = reported(hole)
    address = f"/reports/{report.pk}/done/"
    paper = SimpleUploadedFile("road.jpg", b"%PDF-1.7 no photo at all")
    refused = desk.post(address, {"text": "Voir", "photos": paper})
    assert refused.status_code == 422
    assert fresh(report).stage == Stage.RECEIVED
    file = BytesIO()
    Image.new("RGB", (320, 240), "grey").save(file, "JPEG")
    assert desk.post(address, {"photos": SimpleUploadedFile("road.jpg", file.getvalue())}).status_code == 302
    assert fresh(report).stage == Stage.DONE
    assert [photo.role for photo in Photo.objects.filter(report=report)] == ["mended"]


def test_held_words_of_the_thread_are_shown_or_not(desk: Client, hole: Category) -> None:
    author = make_person("Odile")
    report = reported(hole, author=author.pk)
    for words in ("Voir Monsieur Petit", "Appelez le 06 12 34 56 78"):
        as_(author).post(f"/reports/{report.pk}/add/", {"text": words})
    assert "Keep it hidden" in page(desk, report)
    first, second = Line.objects.filter(report=report, held=True).order_by("at")
    desk.post(f"/reports/{report.pk}/lines/{first.pk}/", {"shown": "yes"})
    desk.post(f"/reports/{report.pk}/lines/{second.pk}/", {"shown": "no"})
    assert list(Line.objects.filter(report=report, kind="said").order_by("at").values_list("held", "public")) == [
        (False, True),
        (False, False),
    ]
    assert Entry.objects.filter(kind="report.text-decided").count() == 2
    again = desk.post(f"/reports/{report.pk}/lines/{first.pk}/", {"shown": "no"}, follow=True).content.decode()
    assert "decided on these words already" in again
    assert as_(author).post(f"/reports/{report.pk}/lines/{first.pk}/", {"shown": "yes"}).status_code == 404
