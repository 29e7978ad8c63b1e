"""A convention about cameras by the pages alone: from whoever signs, registered as what they are, to its sheet."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import localtime
from django.utils.translation import override

from beffroi.kernel.grants.actions.conventions import sign_convention
from beffroi.kernel.grants.models import Convention, ConventionDraft
from beffroi.kernel.grants.pages.writing import Paper
from beffroi.kernel.grants.queries.refusals import explain_unsigned
from beffroi.kernel.grants.rules import Capacity, Party, Unsigned, Wanting, surely
from beffroi.kernel.territory.factories import make_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.systems.video.factories import reasons
from beffroi.systems.video.rules import SYSTEM
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
    today = localtime(utc_now()).date().isoformat()
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


def some(scene: Scene, day: date | None) -> dict[Wanting | None, list[Party]]:
    """What the three sign, and that without each of them."""
    town = scene.here.town.authority
    asks = Party(scene.here.police.pk, Capacity.ASKS)
    owner = Party(scene.here.landlord.pk, Capacity.OWNS, day)
    authority = Party(town.organisation_id, Capacity.SIGNS, day)
    prefecture = Party(make_organisation("Préfecture", OrganisationKind.PREFECTURE).pk, Capacity.SIGNS, day)
    return {
        None: [asks, owner, authority, prefecture],
        Wanting.OWNER: [asks, authority, prefecture],
        Wanting.AUTHORITY: [asks, owner, replace(authority, capacity=Capacity.RECEIVES), prefecture],
        Wanting.PREFECTURE: [asks, owner, authority, replace(owner, capacity=Capacity.SIGNS)],
        Wanting.DAY: [asks, owner, authority, replace(prefecture, signed_on=None)],
    }


def by_action(scene: Scene, parties: Sequence[Party]) -> Convention | Unsigned:
    now = utc_now()
    return sign_convention(
        authority=scene.here.town.authority.pk,
        partner=scene.here.landlord.pk,
        system=SYSTEM,
        title="Images",
        valid_from=now,
        valid_until=now + timedelta(days=30),
        purposes=reasons(),
        transports=("network",),
        list_age=timedelta(minutes=15),
        list_old="refuse",
        time_unknown="refuse",
        by=None,
        now=now,
        parties=parties,
    )


@pytest.mark.parametrize("lacking", Wanting)
def test_no_other_way_leads_around_who_must_sign(scene: Scene, lacking: Wanting) -> None:
    parties = some(scene, localtime(utc_now()).date())
    before = Convention.objects.count()
    answer = by_action(scene, parties[lacking])
    assert answer == Unsigned(frozenset({lacking}))
    assert Convention.objects.count() == before
    with override("en"):
        assert len(explain_unsigned(answer, "Charenton")) == 1
    with pytest.raises(TypeError, match=lacking.value):
        surely(answer)


def test_nobody_named_is_nobody_who_signed_and_all_three_are_enough(scene: Scene) -> None:
    assert by_action(scene, ()) == Unsigned(frozenset({Wanting.OWNER, Wanting.AUTHORITY, Wanting.PREFECTURE}))
    undated = by_action(scene, some(scene, None)[None])
    assert undated == Unsigned(frozenset({Wanting.DAY}))
    prefecture = Organisation.objects.get(name="Préfecture")
    day = localtime(utc_now()).date()
    town = scene.here.town.authority.organisation_id
    three = [(scene.here.landlord.pk, Capacity.OWNS), (town, Capacity.SIGNS), (prefecture.pk, Capacity.SIGNS)]
    assert isinstance(by_action(scene, [Party(who, how, day) for who, how in three]), Convention)


def test_what_a_page_let_through_is_refused_all_the_same_and_says_what_is_wanting(
    scene: Scene, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(scene, admin, "l272-2")
    said = filled(scene, admin, path, **{**bound(scene), "party-3-capacity": "receives"})
    monkeypatch.setattr(Paper, "look_over", lambda _paper, _draft: None)
    answer = admin.post(path, said)
    assert answer.status_code == 422
    assert "The prefecture signs it: add it to the parties." in answer.content.decode()
    assert ConventionDraft.objects.count() == 1, "the draft stays"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose-0-legal_text": ""}, "This field is required."),
        ({"purpose-0-legal_version_on": ""}, "This field is required."),
        ({"purpose-0-most": "721"}, "less than or equal to 720"),
        ({"valid_until": (localtime(utc_now()).date() + timedelta(days=400)).isoformat()}, "last beyond"),
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
