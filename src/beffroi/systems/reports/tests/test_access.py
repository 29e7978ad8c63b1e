"""Who sees which report at the desk, and does what with it: alice (agent), bob (partner's desk), charlie (stranger), dave (his convention
ended a minute ago), the official, the author.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.actions.conventions import Purpose, cover_resource, sign_convention
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, hand_over, mend_report, say_of_report
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Report
from beffroi.systems.reports.rules import SYSTEM, Stage

pytestmark = pytest.mark.usefixtures("own_database")
DAY = timedelta(days=1)
NOTE = "Note entre agents : prévoir la nacelle"
NAMED = "Chez Madame Vauquelin, un trou"
MENDING = Purpose(
    code="mending",
    label="Mending its network",
    kind=Kind.WORK_ORDER,
    legal_text="CPCE",
    legal_article="L34-8-3",
    legal_version_on=date(2026, 1, 1),
    least=timedelta(minutes=15),
    most=timedelta(hours=12),
)


def covering(authority: Authority, firm: Organisation, category: Category | None, *, until: datetime) -> None:
    now = utc_now()
    convention = surely(
        sign_convention(
            authority=authority.id,
            partner=firm.pk,
            system=SYSTEM,
            title=f"Réseaux de {firm.name}",
            valid_from=now - 30 * DAY,
            valid_until=until,
            purposes=[MENDING],
            transports=("local",),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=now,
        )
    )
    if category is not None:
        cover_resource(convention=convention, resource=category.pk, by=None, now=now)


@dataclass
class Scene:
    """A town, the firm that mends its cables, a report in that firm's charge."""

    town: Authority
    firm: Organisation
    category: Category
    author: Person
    report: Report

    def is_shown(self, person: Person, report: Report | None = None) -> bool:
        status = as_(person).get(f"/reports/{(report or self.report).pk}/").status_code
        assert status in (200, 404)
        return status == 200

    def text(self, person: Person) -> str:
        return as_(person).get(f"/reports/{self.report.pk}/").content.decode()


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def scene(own_database: ConnectionInfo) -> Scene:
    town, firm = make_authority(), make_organisation("Fibre 77")
    switched_on(town.id)
    category = make_category(town.id, "Câble à terre")
    covering(town, firm, category, until=utc_now() + 300 * DAY)
    author = make_person("Odile Auteur")
    report = reported(category, text=NAMED, author=author.pk)
    given = hand_over(report=report, organisation=firm.pk, team=None, by=None, now=utc_now())
    say_of_report(report=given, said=Said(NOTE, public=False), staff=True, by=None, now=utc_now())
    return Scene(town, firm, category, author, given)


def test_alice_reads_and_does_everything(scene: Scene) -> None:
    alice = make_member("Alice", scene.town.organisation, Role.AGENT)
    text = scene.text(alice)
    for words in (NOTE, NAMED, "Odile Auteur", "Decline", "Hand over", "Fibre 77"):
        assert words in text


def test_bob_handles_what_a_convention_covers_and_knows_nobody(scene: Scene) -> None:
    bob = make_member("Bob", scene.firm, Role.DISPATCHER)
    text = scene.text(bob)
    assert NOTE in text
    for words in (NAMED, "Vauquelin", "Odile", "Close: declined", "Category and priority"):
        assert words not in text
    address = f"/reports/{scene.report.pk}/"
    client = as_(bob)
    for act in ("decline", "rate", "merge", "text", "add"):
        assert client.post(f"{address}{act}/", {"text": "x", "shown": "x"}).status_code == 404
    assert client.post(f"{address}stage/", {"stage": "mending"}).status_code == 302
    assert scene.report.reference in client.get("/reports/").content.decode()
    # He gives it back to the town, and to nobody else; then it is his no more.
    other = make_organisation("Câbles de Brie")
    covering(scene.town, other, scene.category, until=utc_now() + DAY)
    assert client.post(f"{address}hand/", {"to": str(other.pk)}).status_code == 422
    silent = client.post(f"{address}hand/", {"to": str(scene.town.organisation_id)})
    assert silent.status_code == 422
    assert "Say whose it is" in silent.content.decode()
    back = client.post(f"{address}hand/", {"to": str(scene.town.organisation_id), "text": "À l’éclairagiste"})
    assert back["Location"] == "/reports/"
    assert not scene.is_shown(bob)


def test_bob_sees_neither_other_kinds_nor_what_others_have(scene: Scene) -> None:
    bob = make_member("Bob", scene.firm, Role.DISPATCHER)
    other = reported(scene.category)
    hole = reported(make_category(scene.town.id))
    hand_over(report=hole, organisation=scene.firm.pk, team=None, by=None, now=utc_now())
    assert not scene.is_shown(bob, other)
    assert not scene.is_shown(bob, hole)
    listed = as_(bob).get("/reports/?stage=all").content.decode()
    assert (other.reference in listed, hole.reference in listed) == (False, False)
    tech = make_member("Tech", scene.firm, Role.TECHNICIAN)
    assert not scene.is_shown(tech)


def test_a_partner_without_a_covering_convention_is_no_receiver(scene: Scene) -> None:
    alice = make_member("Alice", scene.town.organisation, Role.AGENT)
    bare = make_organisation("Sans Catégorie")
    covering(scene.town, bare, None, until=utc_now() + DAY)
    assert "Sans Catégorie" not in scene.text(alice)
    refused = as_(alice).post(f"/reports/{scene.report.pk}/hand/", {"to": str(bare.pk)})
    assert refused.status_code == 422
    dispatcher = make_member("Bea", bare, Role.DISPATCHER)
    assert not scene.is_shown(dispatcher)


def test_charlie_and_dave_are_told_of_no_such_page(scene: Scene) -> None:
    provins = make_authority("provins")
    switched_on(provins.id)
    charlie = make_member("Charlie", provins.organisation, Role.AGENT)
    former = make_organisation("Fibre d’hier")
    covering(scene.town, former, scene.category, until=utc_now() - timedelta(minutes=1))
    dave = make_member("Dave", former, Role.DISPATCHER)
    hand_over(report=scene.report, organisation=former.pk, team=None, by=None, now=utc_now())
    for stranger in (charlie, dave):
        assert not scene.is_shown(stranger)
        answer = as_(stranger).post(f"/reports/{scene.report.pk}/say/", {"text": "x"})
        assert answer.status_code == 404
    said = as_(charlie).post(
        "/reports/queue/batch/", {"act": "acknowledge", "chosen": [str(scene.report.pk)]}, follow=True
    )
    assert "Choose some reports first." in said.content.decode()
    assert Report.objects.get(pk=scene.report.pk).stage == Stage.RECEIVED
    assert as_(dave).get("/reports/").status_code == 404


def test_an_official_reads_and_acts_on_nothing(scene: Scene) -> None:
    elected = make_person("Élise")
    make_membership(elected, scene.town.organisation, Role.OFFICIAL, until=utc_now() + 900 * DAY)
    text = scene.text(elected)
    assert NAMED in text
    for words in (NOTE, "Odile", "What you can do", "Say something"):
        assert words not in text
    address = f"/reports/{scene.report.pk}/"
    acts = ("stage", "done", "decline", "reopen", "hand", "assign", "rate", "merge", "say", "add", "text")
    assert {as_(elected).post(f"{address}{act}/").status_code for act in acts} == {404}
    assert as_(elected).post("/reports/queue/batch/", {"act": "acknowledge"}).status_code == 404
    assert 'name="chosen"' not in as_(elected).get("/reports/").content.decode()


def test_the_author_sees_theirs_answers_and_opens_it_again(scene: Scene) -> None:
    client = as_(scene.author)
    text = scene.text(scene.author)
    assert NAMED in text
    for words in (NOTE, "Decline", "Hand over", "Say how far it is"):
        assert words not in text
    assert not scene.is_shown(scene.author, reported(scene.category))
    assert client.get("/reports/").status_code == 404
    address = f"/reports/{scene.report.pk}/"
    held = client.post(f"{address}add/", {"text": "Demandez à Monsieur Petit"}, follow=True).content.decode()
    assert "An agent reads it before others do" in held
    bob = make_member("Bob", scene.firm, Role.DISPATCHER)
    assert "Monsieur Petit" not in scene.text(bob)
    mend_report(report=scene.report, said=Said("Refait"), by=None, now=utc_now())
    assert client.post(f"{address}reopen/", {"text": "Il pend encore"}).status_code == 302
    assert Report.objects.get(pk=scene.report.pk).stage == Stage.ACKNOWLEDGED
    mend_report(report=scene.report, said=Said("Refait"), by=None, now=utc_now() - 15 * DAY)
    assert "It isn’t mended" not in scene.text(scene.author)
    client.post(f"{address}reopen/", {"text": "Encore"})
    assert Report.objects.get(pk=scene.report.pk).stage == Stage.DONE


def test_where_reports_are_switched_off_there_is_no_desk(scene: Scene) -> None:
    provins = make_authority("provins")
    agent = make_member("Paul", provins.organisation, Role.AGENT)
    client = as_(agent)
    assert client.get("/reports/").status_code == 404
    assert 'href="/reports/"' not in client.get("/").content.decode()
    category = make_category(provins.id)
    assert not scene.is_shown(agent, reported(category))


def test_words_with_which_the_author_opens_it_again_wait_for_an_agent_as_any_of_theirs(scene: Scene) -> None:
    mend_report(report=scene.report, said=Said("Refait"), by=None, now=utc_now())
    answer = as_(scene.author).post(f"/reports/{scene.report.pk}/reopen/", {"text": "Demandez à Monsieur Petit"})
    assert answer.status_code == 302
    assert Report.objects.get(pk=scene.report.pk).stage == Stage.ACKNOWLEDGED
    public = Client().get(f"/reports/{scene.town.slug}/{scene.report.reference}/")
    assert public.status_code == 200
    bob = make_member("Bob", scene.firm, Role.DISPATCHER)
    for page in (public.content.decode(), scene.text(bob)):
        assert "Monsieur Petit" not in page
    assert "Monsieur Petit" in scene.text(scene.author)
