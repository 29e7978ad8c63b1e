"""An agent reports for somebody: a place found by typing, a kind by a few letters, what was reported already, what to say to them."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.territory.factories import draw_authority, make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.actions.questions import keep_question
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Follower, Letter, Line, Question, Report
from beffroi.systems.reports.rules import Source

pytestmark = pytest.mark.usefixtures("own_database")
FOR = "/reports/meaux/for/"
STREET = "12, rue Saint-Étienne"


@pytest.fixture
def town() -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


@pytest.fixture
def desk(alice: Person) -> Client:
    return as_(alice)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def reported_at(kind: Category, address: str, position: Position = HERE) -> Report:
    report, _new = make_report(
        authority=kind.authority_id,
        submission=uuid4(),
        told=Told(category=kind.pk, position=position, address=address, text="Un trou"),
        photos=(),
        source=Source.POCKET,
        author=None,
        by=None,
        now=utc_now(),
    )
    return report


def call(kind: Category, **more: str) -> dict[str, str]:
    said = {"submission": str(uuid4()), "source": "phone", "category": kind.label, "latitude": str(HERE.latitude)}
    return {**said, "longitude": str(HERE.longitude), "text": "Depuis hier", "email": "", "language": "fr", **more}


def test_it_is_written_down_and_says_what_to_say(desk: Client, alice: Person, hole: Category) -> None:
    answer = desk.post(FOR, call(hole, email="Nora@exemple.fr"), follow=True)
    report = Report.objects.get()
    assert (report.source, report.author_id, report.text) == (Source.PHONE, None, "Depuis hier")
    assert answer.redirect_chain == [(f"{FOR}{report.pk}/", 302)]
    page = answer.content.decode()
    for words in (report.reference, "La voirie passe voir.", "Promised within 48 hours", report.organisation.name):
        assert words in page
    entry = Entry.objects.get(kind="report.made")
    values = openings_of([entry.pk])[entry.pk]
    assert str(values["by"].value) == str(alice.pk)
    assert values["source"].value == "phone"
    assert Follower.objects.get().email == "nora@exemple.fr"
    assert Letter.objects.get().kind == "confirm"


def test_nobody_need_be_told_and_the_same_submission_is_one_report(desk: Client, hole: Category) -> None:
    said = call(hole, source="counter", text="")
    first, second = desk.post(FOR, said), desk.post(FOR, said)
    assert first["Location"] == second["Location"]
    assert Report.objects.get().source == Source.COUNTER
    assert not Follower.objects.exists()


@pytest.mark.parametrize("words", ["saint etienne", "RUE SAINT", "12 rue saint-é"])
def test_a_place_is_found_by_typing_however_it_is_written(desk: Client, hole: Category, words: str) -> None:
    reported_at(hole, STREET)
    reported_at(hole, STREET)
    reported_at(hole, "Place du Marché")
    part = desk.get(f"{FOR}places/", {"place": words}).content.decode()
    assert part.count('type="radio"') == 1
    assert STREET in part
    found = re.search(r'value="([^"]+)"', part)
    assert found is not None
    desk.post(FOR, call(hole, spot=found[1], latitude="", longitude="", place=words))
    report = Report.objects.get(source=Source.PHONE)
    assert (report.address, round(report.latitude, 4)) == (STREET, round(HERE.latitude, 4))


def test_what_is_short_or_a_pattern_finds_nothing(desk: Client, hole: Category) -> None:
    reported_at(hole, STREET)
    for words in ("ru", ".*", "(((", "é"):
        assert b"radio" not in desk.get(f"{FOR}places/", {"place": words}).content


def test_without_a_script_the_page_asks_which_place_and_keeps_what_was_typed(desk: Client, hole: Category) -> None:
    reported_at(hole, "Rue du Marché")
    reported_at(hole, "Place du Marché", Position(48.9605, 2.88))
    answer = desk.post(FOR, call(hole, latitude="", longitude="", place="marche", text="Un trou <b>"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose one of these places" in page
    assert page.count('name="spot"') == 2
    assert "Un trou &lt;b&gt;" in page
    unknown = desk.post(FOR, call(hole, latitude="", longitude="", place="avenue de nulle part"))
    assert "known here yet" in unknown.content.decode()
    only = desk.post(FOR, call(hole, latitude="", longitude="", place="rue du marche"))
    assert only.status_code == 302
    assert Report.objects.latest("number").address == "Rue du Marché"


def test_a_kind_is_known_by_a_few_letters(desk: Client, hole: Category) -> None:
    lamp = make_category(hole.authority_id, "Lampadaire éteint")
    make_category(hole.authority_id, "Lampe cassée")
    desk.post(FOR, call(hole, category="eteint"))
    assert Report.objects.get().category == lamp
    unsure = desk.post(FOR, call(hole, category="lamp"))
    assert unsure.status_code == 422
    assert "Which one: Lampadaire éteint, Lampe cassée?" in unsure.content.decode()
    assert "No kind of fault has this word" in desk.post(FOR, call(hole, category="dragon")).content.decode()


def test_what_a_kind_asks_is_asked_and_what_must_be_answered_is(desk: Client, hole: Category) -> None:
    other = make_category(hole.authority_id, "Tag")
    depth = Question(authority_id=hole.authority_id, category=hole, code="depth", label="Quelle profondeur ?")
    depth.kind, depth.required = "number", True
    keep_question(question=depth, by=None, now=utc_now())
    name = f"q-{depth.pk.hex}"
    assert name not in desk.get(FOR).content.decode()
    parts = [desk.get(f"{FOR}questions/", {"category": words}).content.decode() for words in ("nid", "tag", "", "x")]
    assert [name in part for part in parts] == [True, False, False, False]
    for answer in ("", "profond"):
        refused = desk.post(FOR, call(hole, **{name: answer}))
        assert refused.status_code == 422
        assert f'name="{name}"' in refused.content.decode()
    assert 'value="profond"' in refused.content.decode()
    assert desk.post(FOR, call(other)).status_code == 302
    assert desk.post(FOR, call(hole, **{name: "12.50"})).status_code == 302
    assert Report.objects.latest("number").answers == {"depth": "12.5"}


def test_what_was_reported_close_by_takes_one_press(desk: Client, alice: Person, hole: Category) -> None:
    there = reported(hole)
    near = desk.get(f"{FOR}similar/", call(hole)).content.decode()
    assert there.reference in near
    assert f'name="too" value="{there.pk}"' in near
    answer = desk.post(FOR, {**call(hole), "too": str(there.pk)}, follow=True)
    assert there.reference in answer.content.decode()
    note = Line.objects.get(report=there, kind="said")
    assert (note.public, note.author_id) == (False, alice.pk)
    desk.post(FOR, {**call(hole, email="nora@exemple.fr"), "too": str(there.pk)})
    assert Follower.objects.get(report=there).too
    assert Report.objects.count() == 1
    for wrong in ("x", str(uuid4())):
        assert desk.post(FOR, {**call(hole), "too": wrong}).status_code == 422
    assert desk.post(FOR, {**call(hole, email="nora@"), "too": str(there.pk)}).status_code == 422


def test_outside_the_town_it_is_another_place(desk: Client, town: Authority, hole: Category) -> None:
    draw_authority(town)
    answer = desk.post(FOR, call(hole, latitude="43.3", longitude="5.4"))
    assert answer.status_code == 422
    assert b"lies outside the authority" in answer.content
    assert not Report.objects.exists()


def test_only_whoever_handles_the_reports_of_the_town(town: Authority, hole: Category) -> None:
    other = make_authority("provins")
    report = reported(hole)
    charlie = make_member("Charlie", other.organisation, Role.AGENT)
    for person in (charlie, make_person("Zoe")):
        client = as_(person)
        for path in (FOR, f"{FOR}places/", f"{FOR}questions/", f"{FOR}similar/", f"{FOR}{report.pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(FOR, call(hole)).status_code == 404
    switched_on(other.id)
    assert as_(charlie).get(f"/reports/provins/for/{report.pk}/").status_code == 404
    assert as_(charlie).get("/reports/for/")["Location"] == "/reports/provins/for/"
