"""What a convention about cameras says on paper and to machines, and how its end is said before it comes."""

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localtime
from jsonschema import Draft202012Validator
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.models import Convention, ConventionDraft
from beffroi.kernel.grants.rules import Capacity, Kind
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts, add_camera, add_site
from beffroi.systems.video.rules import PlaceKind, Regime
from beffroi.systems.video.tests.scene import Scene, client
from beffroi.systems.video.tests.test_writing import Typed, sign, signed_today

SPEC = Path(__file__).resolve().parents[5] / "docs" / "spec"
SCHEMA: dict[str, Any] = json.loads((SPEC / "convention.schema.json").read_text(encoding="utf-8"))
TEXT = (SPEC / "convention.md").read_text(encoding="utf-8")


def valid(said: object) -> list[str]:
    """What a maintained judge finds wrong with a document."""
    judge = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in judge.iter_errors(said)]


def page(person: Person, convention: Convention, part: str = "") -> str:
    content = client(person).get(f"/conventions/{convention.pk}/{part}").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def read(person: Person, convention: Convention) -> dict[str, Any]:
    answer = client(person).get(f"/conventions/{convention.pk}.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_machines_read_what_was_signed_and_how_many_may_ask(scene: Scene, settings: Settings) -> None:
    here, convention = scene.here, scene.lent.convention
    said = read(here.administrator, convention)
    assert valid(said) == []
    assert said["address"] == f"{settings.BEFFROI_PUBLIC_URL}/conventions/{convention.pk}/"
    bound = [(each["name"], each["capacity"], each["signed_on"] is not None) for each in said["parties"]]
    assert bound == [
        (here.police.name, "asks", True),
        (here.landlord.name, "owns", True),
        (here.town.authority.organisation.name, "signs", True),
        ("Préfecture de charenton", "signs", True),
        (scene.lent.gendarmerie.name, "receives", True),
    ]
    purposes = {each["code"]: each for each in said["purposes"]}
    assert list(purposes) == ["theft", "occupation"]
    assert purposes["occupation"]["place_kinds"] == ["hall"]
    assert purposes["theft"]["kinds"] == ["emergency", "request"]
    assert purposes["theft"]["basis"] == {"text": "CSI", "article": "L272-2", "version_on": "2018-11-25"}
    assert (purposes["theft"]["least_seconds"], purposes["theft"]["most_seconds"]) == (2 * 3600, 12 * 3600)
    assert [(each["id"], each["called"], each["place_kind"]) for each in said["covers"]] == [
        (str(camera.pk), f"{camera.number} · {camera.name}", camera.place_kind) for camera in here.cameras
    ]
    assert (said["staff"], said["still_every_seconds"]) == ({"designated": 1}, 1800)
    assert here.bob.name not in json.dumps(said, ensure_ascii=False)


def test_what_the_schema_does_not_know_is_no_convention(scene: Scene) -> None:
    said = read(scene.here.administrator, scene.lent.convention)
    for wrong in (
        {**said, "more": 1},
        {**said, "version": 2},
        {**said, "valid_until": "2027-09-04"},
        {**said, "purposes": []},
        {**said, "approval": "nobody"},
        {name: value for name, value in said.items() if name != "staff"},
    ):
        assert valid(wrong)


def test_the_specification_speaks_of_every_member_and_of_every_word() -> None:
    table = set(re.findall(r"`([a-z_]+)`", TEXT.partition("## 2")[2].partition("## 3")[0]))
    assert set(SCHEMA["properties"]) <= table
    purpose = SCHEMA["properties"]["purposes"]["items"]["properties"]
    assert set(purpose) <= set(re.findall(r"`([a-z_]+)`", TEXT.partition("## 3")[2].partition("## 4")[0]))
    for word in (*OrganisationKind.values, *Capacity, *Kind, *PlaceKind):
        assert f"`{word}`" in TEXT
    example = json.loads(TEXT.partition("```json")[2].partition("```")[0])
    assert valid(example) == []


def test_machines_read_it_for_whoever_reads_its_page(scene: Scene) -> None:
    here, convention = scene.here, scene.lent.convention
    for person in (here.administrator, here.alice, here.lea, here.bob):
        assert client(person).get(f"/conventions/{convention.pk}/").status_code == 200
        assert valid(read(person, convention)) == []
    assert (
        f"/conventions/{convention.pk}.json" in client(here.lea).get(f"/conventions/{convention.pk}/").content.decode()
    )
    assert Client().get(f"/conventions/{convention.pk}.json").status_code == 302
    end_convention(convention=convention, by=None, now=utc_now())
    assert client(here.lea).get(f"/conventions/{convention.pk}.json").status_code == 404
    over = read(here.administrator, convention)
    assert (valid(over), over["ended_at"] is not None, over["renewal_due"]) == ([], True, None)


def test_the_sheet_says_who_signed_what_it_covers_and_how_many_may_ask(scene: Scene) -> None:
    here, convention = scene.here, scene.lent.convention
    answer = client(here.lea).get(f"/conventions/{convention.pk}/paper/?format=pdf")
    reader = PdfReader(BytesIO(answer.content))
    words = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
    for said in (
        convention.title,
        "Its renewal is due on",
        "entrance hall (3)",
        "1 person",
        here.police.name,
        scene.lent.gendarmerie.name,
        "Vols dans les parties communes",
        "L272-2",
        "1 · Hall",
        "3 · Hall",
        here.site.name,
        "Signed on",
    ):
        assert said in words
    assert here.bob.name not in words
    assert len(reader.pages) <= 2


@pytest.fixture
def ending(scene: Scene) -> Convention:
    """The only convention in force; it ends within two months."""
    end_convention(convention=scene.lent.convention, by=None, now=utc_now())
    return sign(scene, "charenton", valid_until=(localtime(utc_now()).date() + timedelta(days=40)).isoformat())


def test_long_before_its_end_a_convention_says_when_to_write_the_next(scene: Scene) -> None:
    said = page(scene.here.administrator, scene.lent.convention)
    assert "The one that follows has to be written from" in said
    assert "Its renewal is due" not in said


def test_once_it_has_to_be_renewed_a_button_does_and_what_follows_is_named(ending: Convention, scene: Scene) -> None:
    admin, lea = scene.here.administrator, scene.here.lea
    said = page(admin, ending)
    assert "Its renewal is due" in said
    assert "nothing follows it yet" in said
    assert "Write the one that follows" in said
    assert "Write the one that follows" not in page(lea, ending)
    draft = client(admin).post(f"/conventions/{ending.pk}/renew/")["Location"]
    assert "Its renewal is due" in page(admin, ending), "a draft is no convention"
    shown = Typed(client(admin).get(draft).content.decode()).values
    signed = client(admin).post(draft, {**shown, **signed_today(), "act": "sign"})
    assert signed.status_code == 302, signed.content.decode()
    said = page(admin, ending)
    assert "Its renewal is due" not in said
    assert "another one follows it" in said
    assert signed["Location"] in client(admin).get(f"/conventions/{ending.pk}/").content.decode()
    assert "another one follows it" not in page(lea, ending), "it isn't in force: lea doesn't see it yet"


def test_a_convention_that_ended_says_that_nothing_can_be_asked(ending: Convention, scene: Scene) -> None:
    end_convention(convention=ending, by=None, now=utc_now())
    said = page(scene.here.administrator, ending)
    assert "nothing can be asked for any more" in said
    assert "Write the one that follows" not in said


def test_a_name_that_several_cameras_have_covers_none_of_them(scene: Scene) -> None:
    here, admin = scene.here, client(scene.here.administrator)
    facts = SiteFacts(here.landlord.pk, "Résidence des Quais", "5 quai Haut", 48.82, 2.41, "Service juridique")
    other = add_site(authority=here.town.authority.pk, facts=facts, by=None, now=utc_now())
    hall = CameraFacts(1, "Hall", PlaceKind.HALL, Regime.COMMON_PARTS)
    add_camera(site=other, facts=hall, by=None, now=utc_now())
    things = f"{admin.post('/conventions/add/', {'beginning': 'video:charenton'})['Location']}things/"
    for named, words in (("1 · Hall", "Several things are called so"), ("9 · Cave", "No such thing")):
        answer = admin.post(things, {"act": "references", "references": f"2 · HALL, {named}"})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert ConventionDraft.objects.get().resources == []
    assert admin.post(things, {"act": "references", "references": "2 · HALL\n3 · Hall"}).status_code == 302
    assert set(ConventionDraft.objects.get().resources) == {camera.pk for camera in here.cameras[1:]}
