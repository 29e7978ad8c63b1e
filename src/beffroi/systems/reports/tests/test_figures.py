"""Figures of reports: counted right over a period that the address says, never of few, each viewer's own part."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, decline_report, hand_over, mend_report, merge_report
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Report
from beffroi.systems.reports.rules import Decline

pytestmark = pytest.mark.usefixtures("own_database")
ADDRESS = "/figures/meaux/reports/"
HOUR = timedelta(hours=1)
AGO = timedelta(days=10)


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Client:
    return as_(make_member("Alice Perrin", town.organisation, Role.AGENT))


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def table(client: Client, chart: str, **asked: str) -> list[list[str]]:
    answer = client.get(f"{ADDRESS}{chart}/", asked)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return [line.split(";") for line in answer.content.decode("utf-8-sig").splitlines()]


def mended(category: Category, *, after: timedelta, ago: timedelta = AGO) -> Report:
    came = utc_now() - ago
    report = reported(category, now=came)
    return mend_report(report=report, said=Said("Rebouché."), by=None, now=came + after)


def lived(town: Authority) -> tuple[Category, Category]:
    """Six holes mended ten days ago, after 1, 2, 3, 4, 5 and 60 hours; a lamp declined, one joined to another, one late, one fresh."""
    hole, lamp = make_category(town.id, "Nid-de-poule"), make_category(town.id, "Lampadaire éteint")
    for hours in (1, 2, 3, 4, 5, 60):
        mended(hole, after=hours * HOUR)
    came = utc_now() - AGO
    refused = reported(lamp, now=came)
    decline_report(report=refused, reason=Decline.NOT_OURS, said=Said("À la région."), by=None, now=came + HOUR)
    late = reported(lamp, now=came)
    merge_report(report=reported(lamp, now=came), into=late, by=None, now=came + HOUR)
    reported(hole)
    return hole, lamp


def figures(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{ADDRESS}{query}").content.decode()
    return [" ".join(value.split()) for value in re.findall(r'figure-value">([^<]+)', page)]


def test_what_happened_is_counted(town: Authority, alice: Client) -> None:
    lived(town)
    assert figures(alice) == ["9", "7", "75%", "2", "1"]
    assert table(alice, "categories")[1:] == [["Nid-de-poule", "7"], ["Lampadaire éteint", "2"]]
    assert dict(line for line in table(alice, "stages")[1:])["done"] == "6"
    assert table(alice, "kept")[1:] == [["Nid-de-poule", "5", "1"], ["Lampadaire éteint", "1", "1"]]
    assert table(alice, "median")[1:] == [["Nid-de-poule", "3,5"]], "of two lamps nothing is said"
    assert table(alice, "nine-in-ten")[1:] == [["Nid-de-poule", "32,5"]]
    assert table(alice, "organisations")[1:] == [["Meaux", "6", "1", "2"]]
    assert table(alice, "waiting")[1:] == [["Lampadaire éteint", "0", "1"], ["Nid-de-poule", "1", "0"]]
    assert table(alice, "sources")[1:] == [["on the web", "9"]]
    days = table(alice, "came")
    assert len(days) == 31
    assert (sum(int(row[1]) for row in days[1:]), sum(int(row[2]) for row in days[1:])) == (7, 2)


def test_the_page_shows_each_chart_with_its_table_and_names_nobody(town: Authority, alice: Client) -> None:
    lived(town)
    page = alice.get(ADDRESS).content.decode()
    assert page.count('data-island="chart"') == 10
    assert "style=" not in page
    assert "Figures of reports" in page
    pdf = PdfReader(BytesIO(alice.get(f"{ADDRESS}?format=pdf").content))
    words = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
    assert "Nid-de-poule 5 1" in words


def test_the_address_says_the_period(town: Authority, alice: Client) -> None:
    lived(town)
    today = datetime.now(UTC).date()
    before = f"?first={today - timedelta(days=300)}&last={today - timedelta(days=100)}"
    assert figures(alice, before)[:3] == ["0", "0", "–"]
    wrong = alice.get(f"{ADDRESS}?first={today}&last={today - timedelta(days=1)}")
    assert wrong.status_code == 422
    assert "The end comes before the beginning." in wrong.content.decode()


def test_a_desk_counts_what_was_handed_to_it_and_a_stranger_has_no_page(town: Authority, alice: Client) -> None:
    hole, _lamp = lived(town)
    firm = make_organisation("Fibre 77", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    gone = make_organisation("Fibre d’hier", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    bob, dave = make_member("Bob", firm, Role.DISPATCHER), make_member("Dave", gone, Role.DISPATCHER)
    make_convention(town.id, firm.id, [hole], until=utc_now() + timedelta(days=10))
    make_convention(town.id, gone.id, [hole], until=utc_now() - timedelta(minutes=1))
    hand_over(report=reported(hole), organisation=firm.id, team=None, by=None, now=utc_now())
    assert figures(as_(bob)) == ["1", "0", "–", "1", "0"]
    assert as_(bob).get("/figures/reports/")["Location"] == ADDRESS
    other = make_authority(slug="provins")
    charlie = make_member("Charlie", other.organisation, Role.AGENT)
    for person in (dave, charlie, make_member("Tom", firm, Role.TECHNICIAN)):
        stranger = as_(person)
        assert [stranger.get(at).status_code for at in (ADDRESS, f"{ADDRESS}came/", "/figures/reports/")] == [404] * 3
    assert alice.get(f"{ADDRESS}nothing/").status_code == 404
