"""A report page at its own address with `?format=pdf`: the same words, the town's name, a title, a language, tags."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from django.test import Client
from pypdf import PdfReader

from beffroi.adapters.pdf import press
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.rosters import draw_up_roster
from beffroi.systems.cabinets.factories import Street, street
from beffroi.web import papers

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Street:
    return street(tmp_path, now=NOW)


@pytest.fixture
def administrator(here: Street) -> Person:
    return here.administrator


def browser(person: Person, language: str) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


def test_a_page_on_paper_says_what_it_says_on_the_screen(administrator: Person) -> None:
    answer = browser(administrator, "fr").get("/retention/of/meaux/?format=pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    pdf = PdfReader(BytesIO(answer.content))
    words = "".join(page.extract_text() for page in pdf.pages)
    assert str(pdf.root_object["/Lang"]) == "fr"
    assert "/StructTreeRoot" in pdf.root_object
    assert pdf.metadata is not None
    assert pdf.metadata.title is not None
    assert "Openings" not in words
    assert "Ouvertures et refus" in words
    assert "Page 1 / " in words
    assert "Imprimer" not in words


def test_a_page_that_offers_none_stays_a_page(administrator: Person) -> None:
    answer = browser(administrator, "en").get("/cabinets/?format=pdf")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/html")


def test_whoever_may_not_see_the_page_has_no_pdf_of_it(here: Street) -> None:
    assert browser(here.technician, "en").get("/retention/of/meaux/?format=pdf").status_code == 404


def test_what_takes_too_long_is_said_in_words(administrator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press.print_sheets, "__kwdefaults__", {"seconds": 0.01})
    answer = browser(administrator, "en").get("/retention/of/meaux/?page=2&format=pdf")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    text = answer.content.decode()
    assert "takes too long" in text
    assert 'href="/retention/of/meaux/?page=2"' in text


@pytest.mark.parametrize(("taken", "given"), [(["own"], 503), (["paper 0"], 200), (["paper 0", "paper 1"], 503)])
def test_other_processes_are_waited_for_a_moment(
    own_database: ConnectionInfo,
    administrator: Person,
    monkeypatch: pytest.MonkeyPatch,
    taken: list[str],
    given: int,
) -> None:
    monkeypatch.setattr(papers, "PATIENCE", 0.2)
    client = browser(administrator, "en")
    with psycopg.connect(own_database.app_url, autocommit=True) as other:
        for each in taken:
            what = f"paper of {administrator.pk}" if each == "own" else each
            other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
        answer = client.get("/retention/of/meaux/?format=pdf")
        assert answer.status_code == given
        assert ("Other PDFs are being made" in answer.content.decode(errors="replace")) == (given == 503)
        other.execute("SELECT pg_advisory_unlock_all()")
    assert client.get("/retention/of/meaux/?format=pdf").status_code == 200, "what they held is free"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/entries/of/{log}/", "The register"),
        ("/told/rosters/{roster}/", "Night"),
        ("/systems/meaux/cabinets/aipd/", "Draft of the impact assessment"),
        ("/start/meaux/", "First steps"),
        ("/legal/meaux/", "Legal notice"),
        ("/conventions/{convention}/paper/", "Cabinets of Operator of meaux"),
    ],
)
def test_every_report_has_its_pdf(here: Street, address: str, said: str) -> None:
    authority = here.town.authority
    roster = draw_up_roster(
        authority=authority.id, name="Night", continuous=True, holidays_apart=False, now=NOW, by=None
    )
    where = address.format(log=authority.id, roster=roster.id, convention=here.convention.id)
    answer = browser(here.administrator, "en").get(f"{where}?format=pdf")
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert said in " ".join(text.split())
