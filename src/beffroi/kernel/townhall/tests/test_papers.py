"""Papers are what each SPEC.md says: a change of one shows, and no app that holds people's data is without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import EmailField, GenericIPAddressField
from django.test import Client
from django.utils import translation

from beffroi.kernel.townhall.factories import Desk
from beffroi.kernel.townhall.queries.papers import papers_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.portability import ABOUT, Table, models, table_of
from beffroi.persistence.specs import SpecUnreadable
from beffroi.persistence.systems import processings, sections, systems

CONTACTS = (EmailField, GenericIPAddressField)
# Django's own, in which an installation keeps nothing of anybody.
EMPTY = {"auth", "contenttypes", "sessions"}


@pytest.fixture
def cabinets_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cabinets' SPEC.md, to be changed."""
    config = apps.get_app_config("cabinets")
    copy = tmp_path / "SPEC.md"
    copy.write_text((Path(config.path) / "SPEC.md").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(config, "path", str(tmp_path))
    processings.cache_clear()
    yield copy
    processings.cache_clear()


def changed(spec: Path, before: str, after: str) -> None:
    text = spec.read_text(encoding="utf-8")
    assert before in text
    spec.write_text(text.replace(before, after), encoding="utf-8")


def test_a_change_of_spec_shows_on_every_paper(desk: Desk, admin: Client, cabinets_spec: Path) -> None:
    admin.post("/systems/meaux/cabinets/", {"aipd_on": "2026-11-01", "on": "on"})
    changed(cabinets_spec, "and act on malice.", "and count the owls.")
    changed(cabinets_spec, "Agents of the town see firms, not names", "Owls see nothing by day")
    for page in ("/systems/meaux/processing/", "/legal/meaux/data/cabinets/", "/systems/meaux/cabinets/aipd/"):
        assert "count the owls" in admin.get(page).content.decode()
    assert "count the owls" in admin.get("/systems/meaux/processing.csv").content.decode()
    assert "Owls see nothing by day" in admin.get("/systems/meaux/cabinets/aipd/").content.decode()


def test_a_part_of_no_record_is_refused(cabinets_spec: Path) -> None:
    changed(cabinets_spec, "- Record: Connected cabinets: who opens them, and their alarms", "- Part of: `owls`")
    with pytest.raises(SpecUnreadable, match="owls"):
        processings()


def personal(table: Table) -> bool:
    """Whether a row names somebody, or says how to reach them."""
    told = table.naming or ABOUT.get(table.label)
    return bool(told) or any(isinstance(column, CONTACTS) for column in table.columns)


def test_no_app_that_holds_data_about_people_lacks_its_part() -> None:
    said = {app: bool(section.texts.get("People")) for label, section in sections() for app in (label, *section.others)}
    holding = {model._meta.app_label for model in models() if personal(table_of(model))}
    assert {"accounts", "account", "usersessions", "video", "upkeep"} <= holding, (
        "the look finds what is known to be there"
    )
    assert sorted(app for app in holding if not said.get(app)) == [], "its SPEC.md names People"
    everything = {model._meta.app_label for model in models()} - EMPTY
    assert sorted(everything - set(said) - {"mfa"}) == [], "its SPEC.md says what it holds"


def test_every_system_has_a_record_and_risks() -> None:
    assert [system.code for system in systems() if not system.risks or not system.processing.people] == []


def test_a_notice_on_its_own_is_for_everybody_once_the_system_is_on(desk: Desk, admin: Client) -> None:
    everybody = Client(headers={"accept-language": "en"})
    assert everybody.get("/legal/meaux/data/video/").status_code == 404
    assert everybody.get("/legal/meaux/data/owls/").status_code == 404
    assert "Your rights" in everybody.get("/legal/meaux/data/accounts/").content.decode()
    admin.post("/systems/meaux/video/", {"aipd_on": "2026-11-01", "on": "on"})
    page = everybody.get("/legal/meaux/data/video/").content.decode()
    assert "which are not kept" in page
    assert "CNIL" in page


@pytest.mark.parametrize(("language", "words"), [("en", "Register of processings"), ("fr", "Registre des traitements")])
def test_all_papers_of_an_authority_in_each_language(desk: Desk, admin: Client, language: str, words: str) -> None:
    admin.post("/systems/meaux/reports/", {"aipd_on": "2026-11-01", "on": "on"})
    with translation.override(language):
        papers = list(papers_of(desk.authority.id, utc_now()))
    assert papers[0].title == words
    assert len({paper.name for paper in papers}) == len(papers) == 3 + 4 + len(systems())
    for paper in papers:
        assert f'lang="{language}"' in paper.html
        assert desk.authority.name in paper.html
        assert "<form" not in paper.html
    tables = [paper.rows for paper in papers if paper.rows]
    assert len(tables) == 2
    assert all(len(row) == len(rows[0]) for rows in tables for row in rows)
