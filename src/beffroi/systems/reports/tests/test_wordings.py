"""Ready-made answers: an administrator writes them, whoever handles a report says them in one gesture and changes what they like."""

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import Line, Report, Wording

pytestmark = pytest.mark.usefixtures("own_database")
AT = "/settings/meaux/reports/wordings/"
PLANNED = {"label": "Planifié", "text": "Nous venons le {planned_for} ({place}).", "acts": ["planned"]}


def as_(person: Person, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def admin(town: Authority) -> Client:
    return as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))


@pytest.fixture
def alice(town: Authority) -> Client:
    return as_(make_member("Alice", town.organisation, Role.AGENT))


@pytest.fixture
def report(town: Authority) -> Report:
    return reported(make_category(town.id))


def said(report: Report) -> str:
    return Line.objects.filter(report=report).order_by("at").last().text  # type: ignore[union-attr]  # there is one


def chosen(label: str) -> str:
    return str(Wording.objects.get(label=label).pk)


def test_a_town_begins_with_the_usual_answers_once(town: Authority) -> None:
    admin = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR), "fr")
    assert "Ajouter 9 réponses habituelles" in admin.get(AT).content.decode()
    admin.post(f"{AT}begin/")
    admin.post(f"{AT}begin/")
    assert Wording.objects.count() == 9
    assert "{reference}" in Wording.objects.get(label="Bien reçu").text
    assert Entry.objects.filter(kind="report.rules-changed").count() == 9


def test_what_nobody_could_fill_in_is_refused_and_kept_on_the_page(admin: Client) -> None:
    wrong = admin.post(AT, {**PLANNED, "text": "Bonjour {prenom}, le {planned_for}."})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "Nothing is known by this name: {prenom}" in text
    assert "Bonjour {prenom}, le {planned_for}." in text
    assert admin.post(AT, {**PLANNED, "acts": []}).status_code == 422
    assert admin.post(AT, PLANNED).status_code == 302
    assert admin.post(AT, PLANNED).status_code == 422, "a name is one answer"
    assert Wording.objects.count() == 1


def test_an_answer_is_said_without_a_script_with_what_is_known(admin: Client, alice: Client, report: Report) -> None:
    admin.post(AT, PLANNED)
    page = alice.get(f"/reports/{report.pk}/").content.decode()
    assert "Ready-made answer" in page
    assert "Planifié" in page
    sent = {"stage": "planned", "planned_for": "2026-12-01", "wording": chosen("Planifié"), "text": ""}
    assert alice.post(f"/reports/{report.pk}/stage/", sent).status_code == 302
    assert said(report) == "Nous venons le 1 Dec. 2026 (48.96010, 2.87880)."


def test_ones_own_words_are_said_rather_than_the_answer(admin: Client, alice: Client, report: Report) -> None:
    admin.post(AT, PLANNED)
    sent = {
        "stage": "planned",
        "planned_for": "2026-12-01",
        "wording": chosen("Planifié"),
        "text": "Mardi, {reference}.",
    }
    alice.post(f"/reports/{report.pk}/stage/", sent)
    assert said(report) == f"Mardi, {report.reference}."


def test_an_answer_with_something_unknown_does_not_leave(admin: Client, alice: Client, report: Report) -> None:
    admin.post(AT, {**PLANNED, "acts": ["done", "planned"]})
    back = alice.post(f"/reports/{report.pk}/done/", {"wording": chosen("Planifié"), "text": ""})
    assert back.status_code == 422
    assert "Nothing is known yet for {planned_for}" in back.content.decode()
    assert "Nous venons le {planned_for}" in back.content.decode(), "it is there to be corrected"


def test_choosing_one_fills_the_words_and_keeps_what_was_typed(admin: Client, alice: Client, report: Report) -> None:
    admin.post(AT, PLANNED)
    admin.post(AT, {**PLANNED, "label": "Autre", "text": "Autrement."})
    asked = {"wording": chosen("Planifié"), "planned_for": "2026-12-01", "text": ""}
    address = f"/reports/{report.pk}/wording/stage/"
    text = alice.post(address, asked).content.decode()
    assert "Nous venons le 1 Dec. 2026" in text
    assert 'id="stage_text"' in text
    typed = alice.post(address, {**asked, "text": "Merci !"}).content.decode()
    assert "Merci !\nNous venons" in typed
    first = "Nous venons le 1 Dec. 2026 (48.96010, 2.87880)."
    other = alice.post(address, {**asked, "wording": chosen("Autre"), "text": first}).content.decode()
    assert "Nous venons" not in other, "another answer takes the first one's place"
    assert alice.post(f"/reports/{report.pk}/wording/hand/", asked).status_code == 404
    assert alice.get(address, asked).status_code == 405, "what is typed is in no address, and in nobody's log"
    assert f'hx-post="{address}"' in alice.get(f"/reports/{report.pk}/").content.decode()
    assert Line.objects.filter(report=report).count() == 1, "nothing is said yet"


def test_an_answer_is_offered_for_its_kind_of_fault_until_it_is_given_up(
    admin: Client, alice: Client, report: Report, town: Authority
) -> None:
    other = make_category(town.id, "Lampadaire")
    admin.post(AT, {**PLANNED, "category": str(other.pk)})
    assert "Planifié" not in alice.get(f"/reports/{report.pk}/").content.decode()
    lamp = reported(other)
    assert "Planifié" in alice.get(f"/reports/{lamp.pk}/").content.decode()
    row = Wording.objects.get()
    admin.post(f"{AT}{row.pk}/retire/")
    assert "Planifié" not in alice.get(f"/reports/{lamp.pk}/").content.decode()
    admin.post(f"{AT}{row.pk}/retire/", {"again": "1"})
    assert "Planifié" in alice.get(f"/reports/{lamp.pk}/").content.decode()


def test_they_are_put_in_order_and_changed(admin: Client, alice: Client) -> None:
    for name in ("Un", "Deux", "Trois"):
        admin.post(AT, {**PLANNED, "label": name})
    third = Wording.objects.get(label="Trois")
    admin.post(f"{AT}{third.pk}/move/", {"to": "up"})
    admin.post(f"{AT}{third.pk}/move/", {"to": "up"})
    admin.post(f"{AT}{third.pk}/move/", {"to": "up"})
    assert list(Wording.objects.order_by("order").values_list("label", flat=True)) == ["Trois", "Un", "Deux"]
    admin.post(f"{AT}{third.pk}/", {**PLANNED, "label": "Trois bis"})
    assert Wording.objects.filter(label="Trois bis").exists()
    assert alice.get(AT).status_code == 404
