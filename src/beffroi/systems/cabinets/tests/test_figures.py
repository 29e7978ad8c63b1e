"""Figures of cabinets, over a period that the address says: counted right, the viewer's own, as a picture, a table, a CSV and a PDF."""

import re
from datetime import timedelta
from io import BytesIO

from django.utils.timezone import localtime
from pypdf import PdfReader

from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.factories import make_convention
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene, client

ADDRESS = "/figures/meaux/cabinets/"


def lived(scene: Scene) -> None:
    """An opening, a refusal, a door open for 40 minutes, a break-in: minutes ago, each."""
    scene.live(
        scene.sign("boot", ago=60 * MINUTE),
        scene.used(ago=50 * MINUTE),
        scene.sign("opened", ago=50 * MINUTE),
        scene.sign("closed", ago=10 * MINUTE),
        scene.sign("use-refused", ago=8 * MINUTE, action="open", reason="expired", transport="relay"),
        scene.sign("forced", ago=5 * MINUTE, cause="shock"),
    )


def table(scene: Scene, chart: str) -> list[list[str]]:
    """A chart's CSV as the administrator gets it, headings first."""
    answer = client(scene.street.administrator).get(f"{ADDRESS}{chart}/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return [line.split(";") for line in answer.content.decode("utf-8-sig").splitlines()]


def test_what_happened_is_counted_and_shown_as_picture_and_table(scene: Scene) -> None:
    lived(scene)
    page = client(scene.street.administrator).get(ADDRESS).content.decode()
    firm = scene.street.operator.name
    assert table(scene, "firms")[1] == [firm, "1", "0"]
    assert ["the work order is over", "1"] in table(scene, "reasons")
    assert ["30 to 60 min", "1"] in table(scene, "open")
    days = table(scene, "uses")
    assert len(days) == 31
    assert sum(int(row[1]) for row in days[1:]) == 1
    assert sum(int(row[2]) for row in days[1:]) == 1
    assert sum(int(row[2]) for row in table(scene, "alarms")[1:]) == 1
    assert table(scene, "locks")[1] == ["in order", "1"]
    assert page.count('data-island="chart"') == 8
    assert '<rect class="chart-1"' in page
    assert "style=" not in page
    assert scene.street.technician.name not in page


def test_times_of_few_alerts_are_nobody_s_to_see(scene: Scene) -> None:
    lived(scene)
    assert all(value == "" for row in table(scene, "answers")[1:] for value in row[1:])


def test_the_address_says_the_period_and_a_wrong_one_is_said(scene: Scene) -> None:
    lived(scene)
    admin, today = client(scene.street.administrator), localtime(utc_now()).date()
    before = f"?first={today - timedelta(days=300)}&last={today - timedelta(days=100)}"
    page = admin.get(f"{ADDRESS}{before}").content.decode()
    assert re.findall(r'figure-value">(\d+)', page) == ["1", "0", "0", "0", "0"]
    assert "Nothing in this period." in page
    for asked, said in (
        (f"?first={today}&last={today - timedelta(days=1)}", "The end comes before the beginning."),
        (f"?first=2020-01-01&last={today}", "400 days at most"),
        ("?first=never&last=ever", "Enter a valid date."),
        ("?first=9999-12-30&last=9999-12-31", "Check the year"),
        ("?first=0001-01-01&last=0001-01-02", "Check the year"),
    ):
        answer = admin.get(f"{ADDRESS}{asked}")
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_a_desk_sees_its_own_part_and_a_stranger_no_page(scene: Scene) -> None:
    lived(scene)
    here = scene.street
    other = make_organisation("Another operator", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    outside = make_member("Charlie", other, Role.DISPATCHER)
    late = make_organisation("A firm of yesterday", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    dave = make_member("Dave", late, Role.DISPATCHER)
    ended = utc_now() - timedelta(minutes=1)
    make_convention(here.town, late, now=ended - timedelta(days=1), by=here.administrator, until=ended)
    bob = client(here.bob)
    page = bob.get(ADDRESS).content.decode()
    assert re.findall(r'figure-value">(\d+)', page)[:2] == ["1", "1"]
    assert "Doors shut within 30 minutes" not in page
    assert bob.get(f"{ADDRESS}promises/").status_code == 404
    assert bob.get("/figures/cabinets/")["Location"] == ADDRESS
    for person in (outside, dave, here.technician):
        stranger = client(person)
        assert [stranger.get(at).status_code for at in (ADDRESS, f"{ADDRESS}uses/", "/figures/cabinets/")] == [404] * 3
    assert client(here.alice).get("/figures/elsewhere/cabinets/").status_code == 404
    assert client(here.alice).get(f"{ADDRESS}nothing/").status_code == 404


def test_the_same_on_paper_with_its_tables(scene: Scene) -> None:
    lived(scene)
    answer = client(scene.street.administrator).get(f"{ADDRESS}?format=pdf")
    pdf = PdfReader(BytesIO(answer.content))
    words = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "Figures of cabinets" in words
    assert "the work order is over" in words
    assert "30 to 60 min 1" in words
