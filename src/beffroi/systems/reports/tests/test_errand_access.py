"""Whose link opens what: one report, to one team, while it has it in charge; nobody else's, nothing of who reported, nothing forged."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.members import encode_bytes
from beffroi.systems.reports.actions.handling import Said, decline_report, hand_over, mend_report, say_of_report
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Errand, Follower, Letter, Report, Team
from beffroi.systems.reports.queries.errands import OPEN_AFTER, errand_token
from beffroi.systems.reports.queries.following import token_of
from beffroi.systems.reports.rules import Decline, Stage

pytestmark = pytest.mark.usefixtures("own_database")
NOTE = "Note entre agents : la clé est au gardien"


@pytest.fixture
def kind(own_database: ConnectionInfo) -> Category:
    cache.clear()
    town = make_authority(slug="meaux", name="Meaux")
    switched_on(town.id)
    return make_category(town.id, "Câble à terre")


@pytest.fixture
def team(kind: Category) -> Team:
    firm = make_organisation("Câbles de Brie")
    make_convention(kind.authority_id, firm.pk, [kind], until=utc_now() + timedelta(days=10))
    row = Team(authority_id=kind.authority_id, organisation=firm, name="Nord", email="nord@cables.example")
    keep_team(team=row, by=None, now=utc_now())
    return row


def given(kind: Category, team: Team, text: str = "Un câble pend") -> tuple[Report, str]:
    report = reported(kind, text=text, email="nora@exemple.fr")
    hand_over(report=report, organisation=team.organisation_id, team=team.pk, by=None, now=utc_now())
    return report, f"/reports/desk/{errand_token(Errand.objects.get(report=report, ended_at=None))}/"


def status(path: str) -> int:
    return int(Client().get(path).status_code)


def test_a_link_that_we_did_not_write_opens_nothing(kind: Category, team: Team) -> None:
    report, page = given(kind, team)
    errand, follower = Errand.objects.get(report=report, ended_at=None), Follower.objects.get(report=report)
    for token in (
        page.split("/")[3][:-1] + ("A" if page[-2] != "A" else "B"),
        encode_bytes(errand.pk.bytes),
        token_of(follower),
        Signer(salt="reports.errand", sep=".").sign(encode_bytes(report.pk.bytes)),
        "x",
    ):
        assert status(f"/reports/desk/{token}/") == 404, token
        assert Client().post(f"/reports/desk/{token}/done/", {"text": "Fait"}).status_code == 404
    assert status(f"/reports/follow/{errand_token(errand)}/") == 404, "nor a follower's page"


def test_one_link_opens_one_report(kind: Category, team: Team) -> None:
    first, page = given(kind, team)
    second, other = given(kind, team, "Un autre câble")
    assert "Un autre câble" not in Client().get(page).content.decode()
    Client().post(f"{page}done/", {"text": "Fait"})
    assert Report.objects.get(pk=first.pk).stage == Stage.DONE
    assert Report.objects.get(pk=second.pk).stage == Stage.RECEIVED
    assert status(other) == 200


def test_whoever_mends_reads_neither_notes_nor_what_is_held_nor_who_reported(kind: Category, team: Team) -> None:
    report, page = given(kind, team, "Chez Madame Vauquelin, un câble")
    say_of_report(report=report, said=Said(NOTE, public=False), staff=True, by=None, now=utc_now())
    say_of_report(report=report, said=Said("Demandez à Monsieur Petit"), staff=False, by=None, now=utc_now())
    shown = Client().get(page).content.decode()
    for words in ("Vauquelin", NOTE, "Petit", "nora@"):
        assert words not in shown


def test_it_ends_with_the_convention_the_system_and_a_month_after_the_end(
    kind: Category, team: Team, settings: Settings
) -> None:
    report, page = given(kind, team)
    decline_report(report=report, reason=Decline.REFUSED, said=Said("Non"), by=None, now=utc_now() - OPEN_AFTER)
    assert status(page) == 410
    done, old = given(kind, team)
    mend_report(report=done, said=Said("Fait"), by=None, now=utc_now() - OPEN_AFTER + timedelta(hours=1))
    assert status(old) == 200
    _report, live = given(kind, team)
    end_convention(convention=Convention.objects.get(), now=utc_now(), by=None)
    ended = Client().get(live)
    assert ended.status_code == 410
    assert "Un câble pend" not in ended.content.decode()
    assert Client().post(f"{live}taken/").status_code == 302
    assert not Report.objects.filter(stage=Stage.ACKNOWLEDGED).exists()


def test_a_flood_is_told_to_wait(kind: Category, team: Team) -> None:
    _report, page = given(kind, team)
    client = Client()
    answers = [client.post(f"{page}word/", {"text": ""}).status_code for _ in range(61)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_words_by_a_link_that_seem_to_name_somebody_wait_for_an_agent(kind: Category, team: Team) -> None:
    report, page = given(kind, team)
    Client().post(f"{page}done/", {"text": "Madame Vauquelin avait coupé le câble"})
    assert Report.objects.get().stage == Stage.DONE
    assert "Vauquelin" not in Client().get(f"/reports/meaux/{report.reference}/").content.decode()
    assert not Letter.objects.filter(follower__isnull=False, kind="outcome").exists()
    agent = Client()
    agent.force_login(make_member("Alice", kind.authority.organisation))
    assert "Vauquelin" in agent.get(f"/reports/{report.pk}/").content.decode()
