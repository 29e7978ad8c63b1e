"""A convention about cameras by the pages alone: from whoever signs, registered as what they are, to its sheet."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.systems.video.tests.scene import Scene, client
from beffroi.systems.video.tests.test_writing import begun, filled

KINDS = {"Habitat du Pont": "landlord", "La Préfecture": "prefecture", "Brigade de nuit": "gendarmerie"}


@pytest.fixture
def admin(scene: Scene) -> Client:
    """Whoever administers, once they have registered who is to sign with them."""
    browser = client(scene.here.administrator)
    for name, kind in KINDS.items():
        assert browser.post("/organisations/add/", {"name": name, "kind": kind}).status_code == 302
    return browser


def parties(scene: Scene) -> list[tuple[Organisation, str]]:
    known = {row.name: row for row in Organisation.objects.filter(name__in=KINDS)}
    return [
        (scene.here.police, "asks"),
        (known["Habitat du Pont"], "owns"),
        (scene.here.town.authority.organisation, "signs"),
        (known["La Préfecture"], "signs"),
        (known["Brigade de nuit"], "receives"),
    ]


def bound(scene: Scene) -> dict[str, object]:
    today = utc_now().date().isoformat()
    return {
        name: value
        for number, (organisation, capacity) in enumerate(parties(scene))
        for name, value in (
            (f"party-{number}-organisation", str(organisation.pk)),
            (f"party-{number}-capacity", capacity),
            (f"party-{number}-signed_on", today),
        )
    }


def written(scene: Scene, admin: Client, template: str) -> str:
    """The draft, with room for five parties."""
    path = begun(scene, admin, template)
    assert admin.post(path, filled(scene, admin, path, act="party-more")).status_code == 302
    return path


@pytest.mark.parametrize("template", ["charenton", "l272-2"])
def test_landlord_commune_and_prefecture_sign_by_the_pages_alone(scene: Scene, admin: Client, template: str) -> None:
    path = written(scene, admin, template)
    assert "/organisations/add/" in admin.get(path).content.decode()
    answer = admin.post(path, filled(scene, admin, path, **bound(scene)))
    assert answer.status_code == 302, answer.content.decode()
    convention = Convention.objects.get(pk=UUID(answer["Location"].strip("/").split("/")[-1]))
    said = json.loads(admin.get(f"/conventions/{convention.pk}.json").content)
    assert said["partner"]["kind"] == "landlord"
    assert {(each["name"], each["kind"], each["capacity"]) for each in said["parties"]} == {
        (row.name, row.kind, capacity) for row, capacity in parties(scene)
    }
    sheet = admin.get(f"/conventions/{convention.pk}/paper/").content.decode()
    for words in (*KINDS, "landlord or owner", "prefecture", "gendarmerie", "Services that may receive"):
        assert words in sheet
    assert sheet.count("Signed on") == len(parties(scene))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose-0-legal_text": ""}, "This field is required."),
        ({"purpose-0-legal_version_on": ""}, "This field is required."),
        ({"purpose-0-most": "721"}, "less than or equal to 720"),
        ({"valid_until": (utc_now().date() + timedelta(days=400)).isoformat()}, "366 days at most"),
        ({"party-1-capacity": "signs"}, "Somebody owns what it covers"),
        ({"party-3-organisation": "0d3c9c0e-58c1-4a52-9d0a-2b0f3f8a7a11"}, "not one of the available choices"),
        ({"party-4-signed_on": "2026-13-40"}, "Enter a valid date"),
        ({"party-2-capacity": "receives"}, "Charenton signs it: add it to the parties."),
        ({"party-3-capacity": "receives"}, "The prefecture signs it: add it to the parties."),
        ({"party-1-signed_on": ""}, "Write the day that it signed the paper."),
        ({"party-2-signed_on": ""}, "Write the day that it signed the paper."),
        ({"party-3-signed_on": ""}, "Write the day that it signed the paper."),
    ],
)
@pytest.mark.parametrize("template", ["charenton", "l272-2"])
def test_neither_template_lets_what_the_law_refuses_be_signed(
    scene: Scene, admin: Client, template: str, changes: dict[str, object], words: str
) -> None:
    path = written(scene, admin, template)
    before = Convention.objects.count()
    answer = admin.post(path, filled(scene, admin, path, **{**bound(scene), **changes}))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Convention.objects.count() == before
