"""Past reports of a town's list, by HTTP: names that are asked about, rows that can't be right, and a worker that is killed on its way."""

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.imports.jobs import do_next
from beffroi.kernel.imports.models import Import, ImportState
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import draw_authority, make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.hours import PARIS
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, say_of_report
from beffroi.systems.reports.actions.rounds import shortlist_reports
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Category, Errand, Letter, Line, Report, Team
from beffroi.systems.reports.queries.past import moment_of
from beffroi.systems.reports.rules import Source, Stage

NEW = "/imports/meaux/reports/"
HEAD = "Date;Type;Latitude;Longitude;N°;Adresse;Description;Statut;Clôturé le;Réponse\r\n"
PATIENCE = 300
# It dies once two parts are written, as by a power cut: nothing of its own runs any more.
DYING = """
import os, signal, django
django.setup()
from beffroi.kernel.imports import jobs
whole, written = jobs.write_part, []
def write_part(**given):
    whole(**given)
    written.append(given)
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
jobs.write_part = write_part
jobs.do_next()
"""


@pytest.fixture
def town(own_database: ConnectionInfo, settings: Settings, tmp_path: Path) -> Authority:
    settings.BEFFROI_HOME = tmp_path
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def admin(town: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    return client


def sent(browser: Client, lines: str, head: str = HEAD) -> str:
    """The address of a list whose columns were taken as they were guessed."""
    answer = browser.post(NEW, {"file": SimpleUploadedFile("anciens.csv", (head + lines).encode("cp1252"))})
    assert answer.status_code == 302, answer.content.decode()
    address = re.sub(r"columns/$", "", answer["Location"])
    do_next()
    page = browser.get(f"{address}columns/").content.decode()
    chosen = dict(re.findall(r'<select name="(\w+)".*?<option value="(\d+)" selected>', page, re.DOTALL))
    answer = browser.post(f"{address}columns/", {**chosen, "change": "leave"})
    assert answer.status_code == 302, answer.content.decode()
    return address


def words(browser: Client, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


def test_what_was_reported_before_is_there_and_nobody_is_told(admin: Client, hole: Category) -> None:
    yesterday = (utc_now() - timedelta(days=1)).astimezone(PARIS)
    address = sent(
        admin,
        "14/03/2025 09:20;Nid-de-poule;48,9601;2,8788;A-1;12, rue Neuve;Un trou;Traité;16/03/2025;Rebouché\r\n"
        "2025-04-02;nid de poule;48.9602;2.8789;A-2;;Monsieur Durand s’est plaint;Sans suite;03/04/2025;\r\n"
        "2025-05-02;Nid-de-poule;48.9603;2.8790;A-3;;;;;\r\n"
        f"{yesterday:%d/%m/%Y %H:%M};Nid-de-poule;48.9604;2.8791;A-4;;;En cours;;\r\n",
    )
    assert "Write 4 rows" in words(admin, address)
    admin.post(f"{address}commit/")
    assert "4 rows written" in words(admin, address)
    done, refused, late, open_one = Report.objects.order_by("number")
    assert (done.stage, done.source, done.address) == (Stage.DONE, Source.IMPORT, "12, rue Neuve")
    assert done.since == datetime(2025, 3, 14, 8, 20, tzinfo=UTC)
    assert done.due_at == done.since + timedelta(hours=48)
    assert list(Line.objects.filter(report=done).order_by("at").values_list("kind", "text")) == [
        ("made", ""),
        ("closed", "Rebouché"),
    ]
    assert (refused.stage, refused.reason, refused.held, refused.shown) == ("declined", "refused", True, "")
    assert (late.stage, late.closed_at, open_one.stage) == ("received", None, "mending")
    assert not Deadline.objects.filter(subject=late.pk).exists(), "its time passed before it was here"
    assert Deadline.objects.filter(subject=open_one.pk).exists()
    do_deadlines(utc_now)
    assert not Letter.objects.exists()
    assert set(Alert.objects.values_list("subject", flat=True)) <= {open_one.pk}
    assert Entry.objects.filter(kind="report.list-imported").count() == 1
    assert not Entry.objects.filter(kind="report.made").exists()


def test_the_same_list_again_adds_nothing(admin: Client, hole: Category) -> None:
    numbered = "2025-05-02;Nid-de-poule;48.96;2.87;A-3;;;;;\r\n"
    without = "2025-05-02;Nid-de-poule;48.96;2.87;;;Un trou;;;\r\n"
    admin.post(f"{sent(admin, numbered + without)}commit/")
    address = sent(admin, numbered.replace("48.96", "48.97") + without)
    assert "No row of this file would be written" in words(admin, address)
    assert Report.objects.count() == 2
    twice = sent(admin, numbered.replace("A-3", "A-9") * 2)
    assert "Row 2 is the same report: keep one of them." in words(admin, twice)


def test_rows_that_can_t_be_right_say_what_to_do(admin: Client, town: Authority, hole: Category) -> None:
    draw_authority(town)
    good = "Nid-de-poule;48.96;2.87"
    tomorrow = (utc_now() + timedelta(days=2)).astimezone(PARIS)
    address = sent(
        admin,
        f"hier;{good};1;;;;;\r\n"
        f"{tomorrow:%d/%m/%Y};{good};2;;;;;\r\n"
        "2025-05-02;Nid-de-poule;43.3;5.4;3;;;;;\r\n"
        "2025-05-02;Nid-de-poule;2.87;48.96;4;;;;;\r\n"
        f"2025-05-02;{good};5;;;Traité;01/05/2025;\r\n"
        f"2025-05-02;{good};6;;;Traité;;\r\n"
        f"2025-05-02;{good};7;;;En cours;03/05/2025;\r\n"
        f"2025-05-02;{good};8;;;;;\r\n",
    )
    page = words(admin, address)
    for said in (
        "Write a day, for instance 14/03/2025",
        "This time hasn’t come yet.",
        "This place lies outside the authority.",
        "stand in each other’s place: choose the columns again.",
        "It was closed before it was reported.",
        "It is over: write when it was.",
        "It is still open: leave the closing date empty.",
        "Write 1 row",
    ):
        assert said in page, said
    wrong = admin.get(f"{address}wrong/").content.decode("utf-8-sig").splitlines()
    assert len(wrong) == 8


def test_a_day_without_its_hour_is_no_contradiction(admin: Client, hole: Category) -> None:
    day = f"{utc_now().astimezone(PARIS):%d/%m/%Y}"
    row = "{0};Nid-de-poule;48.96;2.87;{1};;;Traité;{2};\r\n"
    address = sent(
        admin,
        row.format("14/03/2025 15:20", "A-1", "14/03/2025")
        + row.format(day, "A-2", day)
        + row.format("15/03/2025 00:10", "A-3", "14/03/2025"),
    )
    assert "Write 2 rows" in words(admin, address)
    assert "It was closed before it was reported." in words(admin, address)
    admin.post(f"{sent(admin, row.format(day, '', day))}commit/")
    assert "No row of this file would be written" in words(admin, sent(admin, row.format(day, "", day)))


def test_names_are_asked_about_once_and_remembered(admin: Client, hole: Category) -> None:
    rows = "2025-05-02;Chaussée;48.96;2.87;{0};;;Dossier archivé;03/05/2025;\r\n"
    address = sent(admin, rows.format("A-1"))
    page = words(admin, f"{address}names/")
    assert "Kind of fault: Chaussée" in page
    assert "Stage: Dossier archivé" in page
    assert "Nothing is called “Chaussée” here" in words(admin, address)
    labels = re.findall(rb'<label for="id_(name-\w+)">(\w+)', admin.get(f"{address}names/").content)
    fields = {word.decode(): name.decode() for name, word in labels}
    meant = {fields["Kind"]: str(hole.pk), fields["Stage"]: "done"}
    assert admin.post(f"{address}names/", {**meant, fields["Kind"]: "nothing of these"}).status_code == 422
    for said in ({fields["Kind"]: meant[fields["Kind"]]}, meant):  # back, and said again with what was left out
        assert admin.post(f"{address}names/", said)["Location"] == address
    admin.post(f"{address}commit/")
    assert (Report.objects.get().category, Report.objects.get().stage) == (hole, "done")
    again = sent(admin, rows.format("A-2"))
    assert "Write 1 row" in words(admin, again)


def test_a_killed_worker_goes_on_where_it_was(
    admin: Client, hole: Category, own_database: ConnectionInfo, tmp_path: Path
) -> None:
    rows = "".join(f"2025-05-02;Nid-de-poule;48.96;2.87;A-{number};;;;;\r\n" for number in range(3_500))
    address = sent(admin, rows)
    assert "Write 3,500 rows" in words(admin, address)
    admin.post(f"{address}commit/")
    variables = {
        **os.environ,
        "DATABASE_URL": own_database.app_url,
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
    }
    variables["BEFFROI_HOME"] = str(tmp_path)
    dead = subprocess.run([sys.executable, "-W", "ignore", "-c", DYING], env=variables, check=False, timeout=PATIENCE)
    assert dead.returncode == -signal.SIGKILL
    assert (Report.objects.count(), Import.objects.get().added) == (2_000, 2_000)
    assert Import.objects.get().state == ImportState.WRITING
    assert "part by part" in words(admin, address)
    assert do_next()
    numbers = list(Report.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 3_501))
    assert "3,500 rows written" in words(admin, address)
    assert Entry.objects.filter(kind="report.list-imported").count() == 4


def test_it_is_stopped_and_undone_but_for_what_was_used(admin: Client, hole: Category) -> None:
    rows = "".join(f"2025-05-02;Nid-de-poule;48.96;2.87;A-{number};;;;;\r\n" for number in range(3))
    address = sent(admin, rows)
    admin.post(f"{address}commit/")
    used = Report.objects.order_by("number")[1]
    say_of_report(report=used, said=Said("Toujours là.", public=False), staff=True, by=None, now=utc_now())
    admin.post(f"{address}stop/")
    admin.post(f"{address}undo/")
    assert list(Report.objects.all()) == [used]
    assert "1 thing was used since: it stays." in words(admin, address)
    assert Entry.objects.filter(kind="report.list-undone").count() == 1


def test_what_somebody_put_aside_or_was_written_to_of_stays(admin: Client, town: Authority, hole: Category) -> None:
    now, ada = utc_now(), make_person("Ada bis").pk
    team = Team(authority=town, organisation=town.organisation, name="Nord", email="nord@example.org", general=True)
    keep_team(team=team, by=None, now=now)
    row = "{0};Nid-de-poule;48.96;2.87;A-{1};;;;;\r\n"
    moments = [f"{now.astimezone(PARIS):%d/%m/%Y %H:%M}", "2025-05-02", "2025-05-03"]
    address = sent(admin, "".join(row.format(moment, number) for number, moment in enumerate(moments)))
    admin.post(f"{address}commit/")
    warned, aside, _unused = Report.objects.order_by("number")
    shortlist_reports(reports=[aside], by=ada, now=now)
    do_deadlines(lambda: now + timedelta(hours=25))
    assert Errand.objects.get().report == warned
    assert admin.post(f"{address}undo/").status_code == 302
    assert set(Report.objects.all()) == {warned, aside}
    assert "2 things were used since" in words(admin, address)


def test_a_long_list_is_stopped_before_its_next_part(admin: Client, hole: Category) -> None:
    rows = "".join(f"2025-05-02;Nid-de-poule;48.96;2.87;A-{number};;;;;\r\n" for number in range(1_001))
    address = sent(admin, rows)
    admin.post(f"{address}commit/")
    admin.post(f"{address}stop/")
    assert not do_next()
    assert not Report.objects.exists()
    page = words(admin, address)
    assert "0 rows written" in page
    assert "Its writing was stopped on the way." in page


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-03-14", "2025-03-14T11:00:00+00:00"),
        ("14/03/2025", "2025-03-14T11:00:00+00:00"),
        ("14/07/2025 à 09h20", "2025-07-14T07:20:00+00:00"),
        ("2025-03-14T09:20:00", "2025-03-14T08:20:00+00:00"),
        ("2025-03-14T09:20:00Z", "2025-03-14T09:20:00+00:00"),
        ("14/03/25 0:00", "2025-03-13T23:00:00+00:00"),
        ("14.03.2025, 9 h", "2025-03-14T08:00:00+00:00"),
        ("14-03-2025 09:20:30", "2025-03-14T08:20:30+00:00"),
        ("14/03/2025 25:00", None),
        ("31/02/2025", None),
        ("2025", None),
        ("01/01/0001 00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-05:00", None),
    ],
)
def test_moments_as_lists_write_them(text: str, at: str | None) -> None:
    found = moment_of(text)
    assert (found.isoformat() if found else None) == at


def test_only_administrators_where_reports_are_taken(town: Authority, admin: Client) -> None:
    alice = Client(headers={"accept-language": "en"})
    alice.force_login(make_member("Alice", town.organisation, Role.AGENT))
    assert alice.get(NEW).status_code == 404
    other = make_authority("provins")
    charlie = Client(headers={"accept-language": "en"})
    charlie.force_login(make_member("Charlie", other.organisation, Role.ADMINISTRATOR))
    assert charlie.get(NEW).status_code == 404
    assert charlie.get("/imports/provins/reports/").status_code == 404, "reports aren't taken there"
    assert "50,000 rows" in words(admin, NEW)
