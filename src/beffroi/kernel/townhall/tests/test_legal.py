"""Legal pages are for everybody; they say what is missing, and what is done with data as it is done today."""

from datetime import date

import pytest
from django.test import Client

from beffroi.kernel.retention.actions.durations import set_duration
from beffroi.kernel.territory.actions.settings import Part
from beffroi.kernel.townhall.factories import Desk, browser
from beffroi.kernel.townhall.rules import Conformity, conformity
from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import KEPT
from beffroi.persistence.systems import processings

LEGAL = {
    "siren": "217702844",
    "director": "The mayor",
    "host_name": "The shared IT body",
    "host_address": "1 rue de l’Eau",
    "host_phone": "01 99 00 00 01",
    "dpo_name": "Dominique Roux",
    "dpo_email": "dpo@meaux.example",
}
CONTACT = {"address": "Place de la mairie", "phone": "01 99 00 00 00", "email": "accueil@meaux.example"}
AUDIT = {"audit_rate": "82", "audit_on": "2026-10-12", "auditor": "an office", "gaps": "The map\nPrinted maps"}


def read(page: str = "") -> str:
    answer = Client(headers={"accept-language": "en"}).get(f"/legal/meaux/{page}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("page", "words"),
    [("", "the publication director"), ("data/", "the data protection officer"), ("accessibility/", "an audit found")],
)
def test_what_is_missing_is_said(desk: Desk, page: str, words: str) -> None:
    assert "Not yet published" in read(page)
    assert words in read(page)


def test_what_is_written_is_published(admin: Client) -> None:
    assert admin.post("/settings/meaux/legal/", LEGAL).status_code == 302
    assert admin.post("/settings/meaux/contact/", CONTACT).status_code == 302
    assert "Not yet published" not in read()
    assert "The shared IT body" in read()
    assert "dpo@meaux.example" in read("data/")


def test_a_rate_without_its_date_is_refused_and_kept_in_the_form(admin: Client) -> None:
    answer = admin.post("/settings/meaux/accessibility/", {**AUDIT, "audit_on": ""})
    assert answer.status_code == 422
    assert "A rate goes with the date of its audit." in answer.content.decode()
    assert "Printed maps" in answer.content.decode()


def test_every_page_says_how_far_it_conforms(admin: Client) -> None:
    assert "Accessibility: not compliant" in read("accessibility/")
    admin.post("/settings/meaux/accessibility/", AUDIT)
    statement = read("accessibility/")
    assert "<strong>82 %</strong>" in statement
    assert "<li>Printed maps</li>" in statement
    assert "Accessibility: partially compliant" in read("data/")


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        (None, Conformity.NONE),
        (49, Conformity.NONE),
        (50, Conformity.PARTIAL),
        (99, Conformity.PARTIAL),
        (100, Conformity.WHOLE),
    ],
)
def test_the_words_of_the_model_statement(rate: int | None, word: Conformity) -> None:
    assert conformity(rate) is word


def test_the_durations_are_those_in_force(desk: Desk) -> None:
    assert "2 years" not in read("data/")
    set_duration(
        kept=KEPT["alerts.takers"], authority=desk.authority.id, length=24, by=desk.administrator.id, now=utc_now()
    )
    assert "2 years" in read("data/")


def test_everything_that_is_kept_is_in_a_processing() -> None:
    said = [rule for one in processings().values() for rule in one.rules]
    assert sorted(said) == sorted(KEPT), "name it in its app's SPEC.md, under Retention"


def test_a_system_is_on_the_page_once_it_is_on(admin: Client) -> None:
    words = "Connected cabinets: who opens them"
    assert words not in read("data/")
    admin.post("/systems/meaux/cabinets/", {"aipd_on": date(2026, 11, 1).isoformat(), "on": "on"})
    assert words in read("data/")


def test_an_authority_that_does_not_exist_has_no_page(db: None) -> None:
    assert Client().get("/legal/nowhere/").status_code == 404


def test_the_register_of_processings_goes_out_as_a_table(desk: Desk, admin: Client) -> None:
    admin.post("/systems/meaux/cabinets/", {"aipd_on": "2026-11-01", "on": "on"})
    table = browser(desk.alice).get("/systems/meaux/processing.csv").content.decode("utf-8-sig")
    assert table.startswith("Processing;")
    assert "2026-11-01" in table
    assert browser(desk.charlie).get("/systems/meaux/processing.csv").status_code == 404


def test_the_draft_has_what_is_known_and_what_is_to_be_written(desk: Desk, admin: Client) -> None:
    admin.post("/settings/meaux/legal/", LEGAL)
    draft = admin.get("/systems/meaux/cabinets/aipd/?file=1")
    assert draft["Content-Disposition"].startswith("attachment")
    page = draft.content.decode()
    assert "Dominique Roux" in page
    assert "followed through the day" in page
    assert "[to write]" in page
    assert "<script" not in page


def test_a_date_to_come_is_no_date(admin: Client) -> None:
    answer = admin.post("/systems/meaux/cabinets/", {"aipd_on": "2126-01-01", "on": "on"})
    assert answer.status_code == 422
    assert "This day has not come yet." in answer.content.decode()


def test_parts_are_those_of_the_settings(admin: Client) -> None:
    assert {part.value for part in Part} >= {"identity", "domain", "contact", "legal", "accessibility"}
    assert admin.get("/settings/meaux/logo-of-somebody/").status_code == 404
