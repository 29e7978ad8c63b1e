"""The queue as a file: what its filters let through, without who reported it; no cell is a formula."""

import csv
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.handling import Said, assign_report, hand_over, mend_report, say_of_report
from beffroi.systems.reports.actions.questions import keep_question
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Question, Report

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)


def as_(person: Person, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority()
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


def read(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.streaming
    assert "attachment" in answer["Content-Disposition"]
    return bytes(answer.getvalue())


def table(client: Client, asked: str = "") -> list[dict[str, str]]:
    text = read(client, f"/reports/queue.csv{asked}").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_the_file_holds_what_the_queue_lists_with_the_same_filters(alice: Person, hole: Category) -> None:
    now, desk = utc_now(), as_(alice)
    late = reported(hole, now=now - 50 * HOUR)
    other = reported(make_category(hole.authority_id, "Lampadaire"), text="=1+1", now=now - HOUR)
    done = reported(hole, now=now - 3 * HOUR)
    mend_report(report=done, said=Said("Fait."), by=alice.pk, now=now)
    assert [row["Reference"] for row in table(desk)] == [late.reference, other.reference]
    assert [row["In time"] for row in table(desk)] == ["no", ""]
    assert table(desk)[1]["What others read"] == "'=1+1"
    assert [row["Reference"] for row in table(desk, "?late=on")] == [late.reference]
    (closed,) = table(desk, "?stage=closed")
    assert (closed["Stage"], closed["In time"]) == ("done", "yes")
    assert len(table(desk, "?stage=all")) == 3
    assert table(as_(alice, "fr"), "?late=on")[0]["Étape"] == "reçu"


def test_the_workbook_opens_and_its_texts_are_texts(alice: Person, hole: Category) -> None:
    report = reported(hole, text="=HYPERLINK(1)")
    (sheet,) = load_workbook(BytesIO(read(as_(alice), "/reports/queue.xlsx"))).worksheets
    headings, row = list(sheet.iter_rows())
    told = dict(zip([cell.value for cell in headings], row, strict=True))
    assert told["Reference"].value == report.reference
    assert told["What others read"].data_type == "s"
    assert told["Latitude"].value == pytest.approx(report.latitude)
    assert as_(alice).get("/reports/queue.pdf").status_code == 404


def test_nobody_reads_in_a_file_what_their_page_hides(town: Authority, alice: Person, hole: Category) -> None:
    now = utc_now()
    odile = make_person("Odile Garnier", email="odile@exemple.fr")
    report = reported(hole, text="Chez Madame Michu", author=odile.pk, now=now)
    say_of_report(report=report, said=Said("Devis trop cher", public=False), staff=True, by=alice.pk, now=now)
    assign_report(report=report, person=alice.pk, by=alice.pk, now=now)
    firm = make_organisation("Fibre 77")
    make_convention(town.pk, firm.pk, [hole], until=now + timedelta(days=9))
    bob, charlie = make_member("Bob", firm, Role.DISPATCHER), make_person("Charlie")
    official = make_person("Odette")
    make_membership(official, town.organisation, Role.OFFICIAL, until=now + timedelta(days=900))
    for person in (alice, official):
        (row,) = table(as_(person))
        assert not {word for word in ("Garnier", "odile@", "Michu", "Devis") for said in row.values() if word in said}
        assert row["Who sees to it"] == ("Alice" if person == alice else "")
    assert table(as_(bob)) == []
    hand_over(report=report, organisation=firm.pk, team=None, by=alice.pk, now=now)
    (row,) = table(as_(bob))
    assert row["In charge"] == "Fibre 77"
    assert "Garnier" not in str(row)
    assert as_(charlie).get("/reports/queue.csv").status_code == 404


def asks(kind_of: Category, code: str, kind: str, order: int, choices: list[list[str]] | None = None) -> None:
    row = Question(authority_id=kind_of.authority_id, category=kind_of, code=code, label=f"Combien {code} ?", kind=kind)
    row.order, row.choices = order, choices or []
    keep_question(question=row, by=None, now=utc_now())


def answering(report: Report, answers: dict[str, str | list[str]]) -> None:
    with writing():
        Report.objects.filter(pk=report.pk).update(answers=answers)


def test_answers_have_a_column_each_where_one_kind_is_looked_at_and_share_one_elsewhere(
    alice: Person, hole: Category
) -> None:
    asks(hole, "deep", "number", 2)
    asks(hole, "kind", "multivaluelist", 1, [["12", "Creux"], ["13", "Large"]])
    asks(hole, "since", "datetime", 3)
    asks(hole, "near", "text", 4)
    report, lamp = reported(hole), reported(make_category(hole.authority_id, "Lampadaire"))
    given: dict[str, str | list[str]] = {"deep": "12.5", "kind": ["12", "13"], "since": "2026-11-02T18:30:00+01:00"}
    answering(report, {**given, "near": "=1+1", "gone": "de l’eau"})
    desk = as_(alice, "fr")
    (row,) = table(desk, f"?category={hole.pk}")
    names = ["Combien kind ?", "Combien deep ?", "Combien since ?", "Combien near ?", "Autres réponses"]
    assert list(row)[-5:] == names
    assert [row[name] for name in names] == ["Creux, Large", "12.5", "2026-11-02 18:30", "'=1+1", "gone: de l’eau"]
    (sheet,) = load_workbook(BytesIO(read(desk, f"/reports/queue.xlsx?category={hole.pk}"))).worksheets
    headings, cells = list(sheet.iter_rows())
    told = dict(zip([cell.value for cell in headings], cells, strict=True))
    assert told["Combien deep ?"].value == pytest.approx(12.5)
    assert isinstance(told["Combien since ?"].value, datetime)
    assert told["Combien near ?"].data_type == "s"
    answering(lamp, {"near": "=2"})
    first, second = table(desk)
    assert list(first)[-1] == "Réponses"
    assert first["Réponses"].startswith(
        "Combien kind ?: Creux, Large · Combien deep ?: 12.5 · Combien since ?: 02/11/2026"
    )
    assert second["Réponses"] == "near: =2"
    answering(report, {"near": "chez Madame Michu", "deep": "12,5"})
    assert "Michu" not in str(table(desk))
    (row,) = table(desk, f"?category={hole.pk}")
    assert (row["Combien near ?"], row["Combien deep ?"]) == ("", "12,5")
