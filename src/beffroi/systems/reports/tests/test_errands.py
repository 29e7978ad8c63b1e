"""Whoever mends without an account: a letter to the team, a signed link that answers in its name while it has the report in charge."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.letters import Sealed
from beffroi.systems.reports import jobs
from beffroi.systems.reports.actions.handling import (
    Said,
    decline_report,
    hand_over,
    rate_report,
    say_of_report,
)
from beffroi.systems.reports.actions.programs import say_from_program
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.actions.telling import GROUPED
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Letter, Line, Photo, Report, Team
from beffroi.systems.reports.rules import Decline, LetterState, Priority, Stage
from beffroi.systems.reports.tests.darkroom import store_in

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)
NORTH = "nord@cables.example"
LINK = re.compile(r"https?://[^/\s]+(/reports/desk/\S+/)")


@pytest.fixture
def kind(own_database: ConnectionInfo) -> Category:
    town = make_authority(slug="meaux", name="Meaux")
    switched_on(town.id)
    return make_category(town.id, "Câble à terre")


def make_team(kind: Category, *, email: str = NORTH, general: bool = False, name: str = "Nord") -> Team:
    """A team of a firm under a convention for this kind."""
    there = Team.objects.filter(authority=kind.authority_id).first()
    firm = there.organisation if there else make_organisation("Câbles de Brie")
    if there is None:
        make_convention(kind.authority_id, firm.pk, [kind], until=utc_now() + timedelta(days=15))
    row = Team(authority_id=kind.authority_id, organisation=firm, name=name, email=email, general=general)
    keep_team(team=row, by=None, now=utc_now())
    return row


def given(kind: Category, team: Team, now: datetime, text: str = "Un câble pend") -> Report:
    report = reported(kind, text=text, email="nora@exemple.fr", now=now)
    return hand_over(report=report, organisation=team.organisation_id, team=team.pk, by=None, now=now)


def carried(now: datetime) -> list[Sealed]:
    """What would leave then, to whoever mends."""
    letters = jobs.claim(now, 50)
    for letter in letters:
        jobs.note(letter, HANDED_OVER, now)
    return [letter for letter in letters if "/reports/desk/" in letter.address]


def link_in(letter: Sealed) -> str:
    found = LINK.search(letter.text)
    assert found is not None
    return found[1]


def linked(kind: Category, team: Team) -> tuple[Report, str]:
    """A report that was given just now, and the path of the link that the letter bore."""
    now = utc_now() - timedelta(minutes=10)
    report = given(kind, team, now)
    (letter,) = carried(utc_now())
    return report, link_in(letter)


def text(path: str, language: str = "en") -> str:
    return Client(headers={"accept-language": language}).get(path).content.decode()


def photo() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 30), (90, 110, 120)).save(out, "JPEG")
    return SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")


def test_a_team_is_written_to_by_a_real_server(kind: Category, settings: Settings) -> None:
    box = Mailbox()
    given(kind, make_team(kind), utc_now() - timedelta(minutes=10))
    with mail_server(box) as address:
        settings.BEFFROI_SMTP_URL = address
        with alerting():
            eventually(lambda: any(str(one["To"]) == NORTH for one in box.letters), "the team is written to")
    (letter,) = (one for one in box.letters if str(one["To"]) == NORTH)
    report = Report.objects.get()
    assert str(letter["Subject"]) == f"Signalement {report.reference} à réparer : Câble à terre"
    body = letter.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "Meaux vous confie le signalement" in words
    assert "Un câble pend" in words
    assert "Promis" in words
    assert "nora@exemple.fr" not in letter.as_string()


def test_one_letter_for_what_comes_together_and_none_to_whoever_has_it_no_more(kind: Category) -> None:
    team = make_team(kind)
    now = utc_now() - HOUR
    report = given(kind, team, now)
    say_of_report(report=report, said=Said("Il fume."), staff=False, by=None, now=now + GROUPED / 2)
    (letter,) = carried(now + GROUPED)
    assert letter.to == NORTH
    assert "Il fume." in letter.text
    other = given(kind, team, now)
    town = kind.authority.organisation_id
    hand_over(report=other, organisation=town, team=None, by=None, now=now + GROUPED / 2)
    assert carried(now + 2 * GROUPED) == []
    assert Letter.objects.filter(errand__report=other, state=LetterState.DROPPED.value).exists()


def test_answers_and_changes_are_news_and_their_own_are_not(kind: Category) -> None:
    now = utc_now() - HOUR
    report = given(kind, make_team(kind), now)
    page = link_in(carried(now + GROUPED)[0])
    Client().post(f"{page}taken/")
    say_of_report(report=report, said=Said("Entre les gardes", public=False), staff=True, by=None, now=utc_now())
    assert carried(utc_now() + HOUR) == []
    later = utc_now() + 2 * HOUR
    say_of_report(report=report, said=Said("Il est tombé ce matin."), staff=False, by=None, now=later)
    rate_report(report=report, category=kind, priority=Priority.URGENT, by=None, now=later)
    (news,) = carried(later + GROUPED)
    assert "Il est tombé ce matin." in news.text
    assert "Catégorie ou priorité" in news.text
    assert "gardes" not in news.text
    decline_report(report=report, reason=Decline.REFUSED, said=Said("Déposé."), by=None, now=later + HOUR)
    (news,) = carried(later + 2 * HOUR)
    assert "Déposé." in news.text


def test_its_time_passes_and_they_are_told_at_each_step(kind: Category) -> None:
    now = utc_now() - HOUR
    given(kind, make_team(kind), now)
    carried(now + HOUR)
    told = []
    for hours in (24.5, 36.5, 48.5):
        at = now + hours * HOUR
        do_deadlines(lambda at=at: at)
        told += [letter.subject.split(" ")[0:4] for letter in carried(at)]
    assert len(told) == 3


def test_the_general_team_receives_what_comes_without_one_and_nobody_without_a_convention(kind: Category) -> None:
    general = make_team(kind, email="accueil@cables.example", general=True, name="Accueil")
    now = utc_now() - HOUR
    report = reported(kind, now=now)
    hand_over(report=report, organisation=general.organisation_id, team=None, by=None, now=now)
    assert [letter.to for letter in carried(now + GROUPED)] == ["accueil@cables.example"]
    uncovered = reported(make_category(kind.authority_id, "Banc cassé"), now=now)
    hand_over(report=uncovered, organisation=general.organisation_id, team=general.pk, by=None, now=now)
    assert carried(now + HOUR) == []


def test_opening_changes_nothing_and_buttons_do(kind: Category, settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)
    report, page = linked(kind, make_team(kind))
    shown = text(page)
    assert "We have it" in shown
    assert "Un câble pend" in shown
    assert "nora@" not in shown
    assert Report.objects.get().stage == Stage.RECEIVED
    client = Client(headers={"accept-language": "en"})
    answer = client.post(f"{page}taken/")
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert answer["Referrer-Policy"] == "same-origin"
    planned = {"planned_for": (utc_now() + timedelta(days=3)).date().isoformat(), "text": "Avec la nacelle"}
    assert client.post(f"{page}planned/", {}).status_code == 422
    assert client.post(f"{page}planned/", planned).status_code == 302
    assert client.post(f"{page}done/", {}).status_code == 422
    assert client.post(f"{page}nothing/").status_code == 404
    assert client.post(f"{page}done/", {"photos": [photo()], "text": "Recâblé"}).status_code == 302
    row = Report.objects.get()
    assert row.stage == Stage.DONE
    assert Photo.objects.get(report=report).role == "mended"
    lines = Line.objects.filter(report=report, team__isnull=False)
    assert sorted(lines.values_list("kind", flat=True)) == ["closed", "staged", "staged"]
    for entry_kind in ("report.staged", "report.closed"):
        entry = Entry.objects.filter(kind=entry_kind).latest("at")
        assert "team" in Payload.objects.get(entry=entry.pk).fields, "the register says that it came by a team's link"


def test_not_ours_says_whose_and_gives_it_back(kind: Category) -> None:
    report, page = linked(kind, make_team(kind))
    client = Client(headers={"accept-language": "en"})
    assert client.post(f"{page}back/", {"text": "x"}).status_code == 422
    client.post(f"{page}back/", {"whose": "Enedis", "text": "Câble électrique"})
    row = Report.objects.get()
    assert row.organisation_id == kind.authority.organisation_id
    line = Line.objects.get(report=report, kind="handed", team__isnull=False)
    assert "Enedis" in line.text
    ended = client.get(page)
    assert ended.status_code == 410
    assert "Somebody else has this report in charge" in ended.content.decode()
    assert "Un câble pend" not in ended.content.decode()
    assert client.post(f"{page}done/", {"text": "Fait"}).status_code == 302
    assert Report.objects.get().stage == Stage.RECEIVED


def test_agents_read_where_it_was_written_and_whether_that_failed(kind: Category) -> None:
    now = utc_now() - HOUR
    report = given(kind, make_team(kind), now)
    agent = Client(headers={"accept-language": "en"})
    agent.force_login(make_member("Alice", kind.authority.organisation, Role.AGENT))
    page = f"/reports/{report.pk}/"
    shown = agent.get(page).content.decode()
    assert NORTH in shown
    assert "Its letter could not leave" not in shown
    for letter in jobs.claim(now + HOUR, 50):
        jobs.note(letter, Handover(Outcome.REFUSED, "mail-not-configured"), now + HOUR)
    assert "Its letter could not leave" in agent.get(page).content.decode()


def test_news_reaches_another_address_by_a_link_of_its_own(kind: Category) -> None:
    now = utc_now() - HOUR
    team = make_team(kind)
    report = given(kind, team, now)
    first = link_in(carried(now + GROUPED)[0])
    team.email = "sud@cables.example"
    keep_team(team=team, by=None, now=now + 2 * GROUPED)
    say_of_report(report=report, said=Said("Il est tombé."), staff=False, by=None, now=now + 3 * GROUPED)
    (news,) = carried(now + 4 * GROUPED)
    assert news.to == "sud@cables.example"
    assert "Il est tombé." in news.text
    assert [Client().get(page).status_code for page in (first, link_in(news))] == [410, 200]


def test_a_team_that_goes_to_another_organisation_leaves_its_reports_to_the_general_one(kind: Category) -> None:
    now = utc_now() - HOUR
    make_team(kind, email="accueil@cables.example", general=True, name="Accueil")
    team = make_team(kind)
    report = given(kind, team, now)
    carried(now + GROUPED)
    team.organisation = kind.authority.organisation
    keep_team(team=team, by=None, now=now + 2 * GROUPED)
    say_of_report(report=report, said=Said("Il est tombé."), staff=False, by=None, now=now + 3 * GROUPED)
    assert [letter.to for letter in carried(now + 4 * GROUPED)] == ["accueil@cables.example"]


def test_what_another_towns_program_says_is_told_to_whoever_mends(kind: Category) -> None:
    report, _link = linked(kind, make_team(kind))
    now = utc_now()
    for text, public in (("Encore à terre", True), ("https://photos.example/1.jpg", False)):
        say_from_program(report=report, remote=text, text=text, public=public, by=None, now=now)
    (letter,) = carried(now + GROUPED)
    assert "Encore à terre" in letter.text
    assert "photos.example" not in letter.text
