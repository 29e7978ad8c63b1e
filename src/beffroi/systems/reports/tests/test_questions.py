"""A kind of fault asks what its menders need: by the form, by Open311, from one town to another; answers are never public."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.open311 import reading
from beffroi.adapters.open311.documents import Datatype, Format
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import hand_over
from beffroi.systems.reports.actions.keys import give_key
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.actions.questions import keep_question
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import HERE, make_category, switched_on
from beffroi.systems.reports.models import Category, Errand, Question, Report, Team
from beffroi.systems.reports.queries.errands import errand_token
from beffroi.systems.reports.rules import Source
from beffroi.systems.reports.tests.darkroom import store_in

SECRET = "a-key-of-a-program"


@pytest.fixture(autouse=True)
def store(own_database: object, settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)


@pytest.fixture
def meaux(own_database: object) -> Authority:
    authority = make_authority()
    switched_on(authority.pk)
    give_key(authority=authority.pk, name="Application", secret=SECRET, by=None, now=utc_now())
    return authority


@pytest.fixture
def road(meaux: Authority) -> Category:
    return make_category(meaux.pk)


def asked(
    category: Category, code: str, kind: str, *, required: bool = False, choices: list[list[str]] | None = None
) -> Question:
    row = Question(
        authority_id=category.authority_id, category=category, code=code, label=f"Question {code}", kind=kind
    )
    row.required, row.choices = required, choices or []
    keep_question(question=row, by=None, now=utc_now())
    return row


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def told(category: Category, **more: str) -> dict[str, str]:
    place = {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude)}
    return {"category": str(category.pk), "text": "Un trou", "submission": str(uuid4()), **place, **more}


def test_an_administrator_writes_changes_and_gives_up_a_question(meaux: Authority, road: Category) -> None:
    admin = as_(make_member("ada", meaux.organisation, Role.ADMINISTRATOR))
    page = f"/settings/meaux/reports/categories/{road.pk}/questions/"
    form = {
        "label": "Quelle taille ?",
        "kind": "singlevaluelist",
        "choices": "Petit\n12 = Plus de 10 cm",
    }
    assert admin.post(page, {**form, "choices": ""}).status_code == 422
    people = admin.post(page, {**form, "label": "Qui sont ces voisins ?"})
    assert "No question is about people" in people.content.decode()
    assert Question.objects.count() == 0
    assert admin.post(page, form).status_code == 302
    row = Question.objects.get()
    assert (row.code, row.choices) == ("quelle-taille", [["petit", "Petit"], ["12", "Plus de 10 cm"]])
    one = f"/settings/meaux/reports/questions/{row.pk}/"
    assert "12 = Plus de 10 cm" in admin.get(one).content.decode()
    admin.post(one, {**form, "label": "Quelle largeur ?", "required": "on", "code": "another"})
    row.refresh_from_db()
    assert (row.label, row.code, row.required) == ("Quelle largeur ?", "quelle-taille", True)
    new = Client(headers={"accept-language": "en"}).get("/reports/meaux/new/").content.decode()
    assert "Quelle largeur ?" in new
    admin.post(f"{one}retire/")
    assert "Quelle largeur ?" not in Client().get("/reports/meaux/new/").content.decode()
    assert "asked no more" in admin.get(page).content.decode()
    assert Entry.objects.filter(kind="report.rules-changed").count() == 4  # with the kind of fault itself
    alice = as_(make_member("alice", meaux.organisation))
    assert [alice.get(path).status_code for path in (page, one)] == [404, 404]


def test_questions_go_up_and_down_by_buttons(meaux: Authority, road: Category) -> None:
    admin = as_(make_member("ada", meaux.organisation, Role.ADMINISTRATOR))
    page = f"/settings/meaux/reports/categories/{road.pk}/questions/"
    for label in ("Largeur", "Longueur", "Profondeur"):
        assert admin.post(page, {"label": label, "kind": "number"}).status_code == 302
    rows = {row.label: f"/settings/meaux/reports/questions/{row.pk}/" for row in Question.objects.all()}

    def order() -> list[str]:
        return list(Question.objects.order_by("order").values_list("label", flat=True))

    assert order() == ["Largeur", "Longueur", "Profondeur"]
    assert "Lower: Largeur" in admin.get(page).content.decode()
    answer = admin.post(f"{rows['Profondeur']}move/", {"way": "up"})
    assert answer["Location"].startswith(f"{page}#question-")
    assert order() == ["Largeur", "Profondeur", "Longueur"]
    entries = Entry.objects.count()
    admin.post(f"{rows['Largeur']}move/", {"way": "up"})
    assert Entry.objects.count() == entries, "what is first already stays, and nothing is written of it"
    admin.post(f"{rows['Largeur']}move/", {"way": "down"})
    assert order() == ["Profondeur", "Largeur", "Longueur"]
    admin.post(f"{rows['Profondeur']}retire/")
    admin.post(f"{rows['Longueur']}move/", {"way": "up"})
    assert [row for row in order() if row != "Profondeur"] == ["Longueur", "Largeur"]


def test_what_is_asked_of_the_chosen_kind_must_be_answered_and_no_other(meaux: Authority, road: Category) -> None:
    depth = asked(road, "depth", "number", required=True)
    since = asked(road, "since", "datetime")
    what = asked(road, "what", "multivaluelist", choices=[["a", "Chaussée"], ["b", "Trottoir"]])
    other = make_category(meaux.pk, "Tag")
    asked(other, "colour", "text", required=True)
    client = Client(headers={"accept-language": "en"})
    wrong = client.post("/reports/meaux/new/", told(road, **{f"q-{depth.pk.hex}": "profond"}))
    assert wrong.status_code == 422
    assert 'value="profond"' in wrong.content.decode()
    assert client.post("/reports/meaux/new/", told(road)).status_code == 422
    answers = {f"q-{depth.pk.hex}": "12.50", f"q-{since.pk.hex}": "2026-11-20T08:00", f"q-{what.pk.hex}": ["a", "b"]}
    assert client.post("/reports/meaux/new/", {**told(road), **answers}).status_code == 302
    report = Report.objects.get()
    assert report.answers == {"depth": "12.5", "since": "2026-11-20T08:00:00+01:00", "what": ["a", "b"]}
    shown = as_(make_member("alice", meaux.organisation)).get(f"/reports/{report.pk}/").content.decode()
    assert "Chaussée, Trottoir" in shown
    assert "Chaussée" not in client.get(f"/reports/meaux/{report.reference}/").content.decode()


def test_words_that_name_somebody_are_for_the_town_alone(meaux: Authority, road: Category) -> None:
    who = asked(road, "where", "text")
    Client().post("/reports/meaux/new/", told(road, **{f"q-{who.pk.hex}": "Chez Madame Durand"}))
    report = Report.objects.get()
    alice = as_(make_member("alice", meaux.organisation)).get(f"/reports/{report.pk}/").content.decode()
    assert "Madame Durand" in alice
    assert "Seems to name somebody" in alice
    public = Client().get(f"/open311/meaux/v2/requests/{report.reference}.json?extensions=true").content
    assert b"Durand" not in public


def test_whoever_mends_by_the_link_of_a_letter_reads_what_was_answered(meaux: Authority, road: Category) -> None:
    depth, where = asked(road, "depth", "number"), asked(road, "where", "text")
    team = Team(authority_id=meaux.pk, organisation_id=meaux.organisation_id, name="Nord", email="n@meaux.example")
    keep_team(team=team, by=None, now=utc_now())
    answers = {f"q-{depth.pk.hex}": "12", f"q-{where.pk.hex}": "Chez Madame Durand"}
    Client().post("/reports/meaux/new/", told(road, **answers))
    given = Report.objects.get()
    hand_over(report=given, organisation=team.organisation_id, team=team.pk, by=None, now=utc_now())
    page = Client().get(f"/reports/desk/{errand_token(Errand.objects.get())}/").content.decode()
    assert "<dt>Question depth</dt><dd>12" in page
    assert "Durand" not in page


@pytest.mark.parametrize("form", list(Format))
def test_programs_read_the_questions_and_answer_them(meaux: Authority, road: Category, form: Format) -> None:
    asked(road, "depth", "number", required=True)
    asked(road, "what", "multivaluelist", choices=[["a", "Chaussée"], ["b", "Trottoir"]])
    client, path = Client(headers={"accept-language": "en"}), "/open311/meaux/v2"
    (service,) = reading.read_services(client.get(f"{path}/services.{form}").content, form).items
    assert service.metadata is True
    definition = reading.read_definition(client.get(f"{path}/services/{road.code}.{form}").content, form)
    assert [(one.code, one.datatype, one.required) for one in definition.attributes] == [
        ("depth", Datatype.NUMBER, True),
        ("what", Datatype.MULTI, False),
    ]
    post = {"api_key": SECRET, "service_code": road.code, "description": "Un trou"}
    post |= {"lat": str(HERE.latitude), "long": str(HERE.longitude)}
    refused = client.post(f"{path}/requests.json", {**post, "attribute[what][]": ["z"]})
    assert refused.status_code == 400
    assert [each["description"][:17] for each in json.loads(refused.content)] == [
        "attribute[depth]:",
        "attribute[what]: ",
    ]
    assert (
        client.post(f"{path}/requests.json", {**post, "attribute[depth]": "3", "attribute[what][]": ["b"]}).status_code
        == 200
    )
    assert Report.objects.get().answers == {"depth": "3", "what": ["b"]}


def test_an_address_alone_is_taken_where_it_is_known(meaux: Authority, road: Category) -> None:
    client, path = Client(headers={"accept-language": "en"}), "/open311/meaux/v2/requests.json"
    post = {
        "api_key": SECRET,
        "service_code": road.code,
        "description": "Un trou",
        "address_string": "12 rue du Château",
    }
    refused = client.post(path, post)
    assert refused.status_code == 400
    assert "lat and long" in refused.content.decode()
    client.post(path, {**post, "lat": str(HERE.latitude), "long": str(HERE.longitude)})
    assert client.post(path, {**post, "address_string": "12, RUE DU CHATEAU"}).status_code == 200
    assert Report.objects.filter(latitude=HERE.latitude, longitude=HERE.longitude).count() == 2


def test_an_address_tells_no_program_of_what_is_not_public(meaux: Authority, road: Category) -> None:
    client, path = Client(headers={"accept-language": "en"}), "/open311/meaux/v2/requests.json"
    hidden, address = make_category(meaux.pk, "Abri secret", public=False), "7 impasse du Puits"
    make_report(
        authority=meaux.pk,
        submission=uuid4(),
        told=Told(hidden.pk, HERE, address=address),
        photos=(),
        source=Source.COUNTER,
        author=None,
        by=None,
        now=utc_now(),
    )
    post = {"api_key": SECRET, "service_code": road.code, "description": "Un trou", "address_string": address}
    assert client.post(path, post).status_code == 400
    assert Report.objects.count() == 1
