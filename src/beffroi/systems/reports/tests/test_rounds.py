"""Shortlists and rounds: what an agent puts aside becomes a round in a short order, and whoever goes has it on their phone."""

import re
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localdate
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import hand_over
from beffroi.systems.reports.actions.rounds import Plan, make_round
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.actions.teams import join_team
from beffroi.systems.reports.factories import HERE, make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Line, Report, Round, Shortlisted, Stop, Team
from beffroi.systems.reports.rules import Stage
from beffroi.systems.reports.tests.darkroom import store_in

pytestmark = pytest.mark.usefixtures("own_database")
FILLED = {"day": "2026-12-01", "starts": "08:30", "address": "Le dépôt", "minutes": "15", "returns": "on"}
FILLED |= {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude)}


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Client:
    return as_(make_member("Alice", town.organisation, Role.AGENT))


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def firm(town: Authority, hole: Category) -> Organisation:
    found = make_organisation("Fibre 77")
    make_convention(town.id, found.id, [hole], until=utc_now() + timedelta(days=10))
    return found


def away(metres_north: float) -> Position:
    return Position(HERE.latitude + metres_north / 111_320, HERE.longitude)


def row_of(hole: Category, *norths: float) -> list[Report]:
    return [reported(hole, position=away(north)) for north in norths]


def put_aside(client: Client, *reports: Report) -> None:
    for report in reports:
        assert client.post(f"/reports/{report.pk}/shortlist/").status_code == 302


def made(client: Client, report: Report, **changed: str) -> Round:
    address = f"/reports/rounds/new/{report.authority_id}/{report.organisation_id}/"
    answer = client.post(address, {**FILLED, **changed})
    assert answer.status_code == 302, answer.content.decode()
    return Round.objects.latest("made_at")


def order_of(row: Round) -> list[str]:
    return [stop.report.reference for stop in row.stops.select_related("report").order_by("position")]


def refs(*reports: Report) -> list[str]:
    return [report.reference for report in reports]


def partner_round(firm: Organisation, hole: Category, tech: Person | None, *reports: Report) -> Round:
    for report in reports:
        hand_over(report=report, organisation=firm.id, team=None, by=None, now=utc_now())
    plan = Plan(
        authority=hole.authority_id,
        organisation=firm.id,
        day=localdate(utc_now()),
        starts=time(8),
        start=HERE,
        person=tech.pk if tech else None,
    )
    return make_round(plan=plan, reports=[one.pk for one in reports], by=None, now=utc_now())


def test_one_press_puts_a_report_aside_and_another_takes_it_back(
    alice: Client, town: Authority, hole: Category
) -> None:
    (report,) = row_of(hole, 0)
    assert "Put it on your shortlist" in alice.get(f"/reports/{report.pk}/").content.decode()
    put_aside(alice, report, report)
    assert Shortlisted.objects.count() == 1
    assert "take it off" in alice.get(f"/reports/{report.pk}/").content.decode()
    assert report.reference in alice.get("/reports/shortlist/").content.decode()
    ada = as_(make_member("Ada", town.organisation, Role.AGENT))
    assert report.reference not in ada.get("/reports/shortlist/").content.decode(), "it is one's own"
    alice.post(f"/reports/{report.pk}/shortlist/", {"off": "1"})
    assert "Your shortlist is empty" in alice.get("/reports/shortlist/").content.decode()


def test_a_round_goes_through_the_shortlist_in_a_short_order(alice: Client, hole: Category) -> None:
    far, near, middle, beyond = row_of(hole, 900, 100, 500, 1300)
    put_aside(alice, far, near, middle, beyond)
    row = made(alice, far)
    assert order_of(row) in (refs(near, middle, far, beyond), refs(beyond, far, middle, near))
    page = alice.get(f"/reports/rounds/{row.pk}/").content.decode()
    assert "Place 1 of 4" in page
    assert "130 m" in page, "a straight line with a third more"
    assert "08:3" in page
    assert page.count("<circle") == 4
    assert "geo:48.9" in page
    assert "Your shortlist is empty" in alice.get("/reports/shortlist/").content.decode()
    assert Entry.objects.filter(kind="report.round-changed").count() == 1


def test_a_round_says_what_is_missing_and_keeps_what_was_typed(alice: Client, hole: Category) -> None:
    (report,) = row_of(hole, 0)
    address = f"/reports/rounds/new/{report.authority_id}/{report.organisation_id}/"
    empty = alice.get(address, follow=True).content.decode()
    assert "Put some reports on your shortlist first" in empty
    put_aside(alice, report)
    wrong = alice.post(address, {**FILLED, "latitude": "", "address": "Rue du Dépôt"})
    assert wrong.status_code == 422
    assert "Rue du Dépôt" in wrong.content.decode()


def test_whoever_leads_it_changes_the_order_and_has_the_short_one_again(alice: Client, hole: Category) -> None:
    rows = row_of(hole, 100, 300, 500, 700)
    put_aside(alice, *rows)
    row = made(alice, rows[0], returns="")
    assert order_of(row) == refs(*rows)
    address = f"/reports/rounds/{row.pk}/order/"
    stops = list(row.stops.order_by("position"))
    alice.post(address, {"act": f"up:{stops[2].pk}"})
    assert order_of(row) == refs(rows[0], rows[2], rows[1], rows[3])
    alice.post(address, {"act": "best"})
    assert order_of(row) == refs(*rows)
    alice.post(address, {"act": f"first:{stops[3].pk}"})
    assert order_of(row)[0] == rows[3].reference
    alice.post(address, {"act": f"first:{stops[1].pk}"})
    assert order_of(row)[0] == rows[1].reference, "one is first"
    assert Stop.objects.filter(fixed="first").count() == 1
    alice.post(address, {"act": f"last:{stops[0].pk}"})
    assert order_of(row)[-1] == rows[0].reference
    alice.post(address, {"act": f"out:{stops[3].pk}"})
    assert rows[3].reference not in order_of(row)
    assert rows[3].reference in alice.get("/reports/shortlist/").content.decode()
    assert alice.post(address, {"act": "sideways:1"}).status_code == 404


def test_a_technician_goes_on_the_round_and_mends(
    firm: Organisation, hole: Category, settings: Settings, tmp_path: Path
) -> None:
    store_in(tmp_path, settings)
    person = make_member("Karim", firm, Role.TECHNICIAN)
    tech = as_(person)
    first, second, third = row_of(hole, 100, 300, 500)
    row = partner_round(firm, hole, person, first, second, third)
    address = f"/reports/rounds/{row.pk}/"
    assert "Your round today: 3 places left" in tech.get("/").content.decode()
    assert first.reference in tech.get(address).content.decode()
    stop = Stop.objects.get(report=first)
    tech.post(f"{address}{stop.pk}/mending/")
    assert Report.objects.get(pk=first.pk).stage == Stage.MENDING
    empty = tech.post(f"{address}{stop.pk}/done/", {"text": " "})
    assert empty.status_code == 422
    assert "Show it mended" in empty.content.decode()
    assert f'href="{address}?stop=' in empty.content.decode(), (
        "not of the address that it was sent to, where nothing is to be read"
    )
    out = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(out, "JPEG")
    photo = SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")
    assert tech.post(f"{address}{stop.pk}/done/", {"photos": photo}).status_code == 302
    assert Report.objects.get(pk=first.pk).stage == Stage.DONE
    page = tech.get(address).content.decode()
    assert "1 of 3 done" in page
    assert "Place 2 of 3" in page
    tech.post(f"{address}{Stop.objects.get(report=second).pk}/missing/", {"text": "Rien au 12."})
    line = Line.objects.filter(report=second).latest("at")
    assert (line.public, line.author_id) == (False, person.pk)
    assert "Rien au 12." in line.text
    assert "Place 3 of 3" in tech.get(address).content.decode(), "what was not found comes behind"
    stop = Stop.objects.get(report=third)
    page = tech.get(f"{address}?stop={stop.pk}").content.decode()
    said = {"text": "Ni au 14.", "submission": re.findall(r'name="submission" value="([0-9a-f-]{36})"', page)[0]}
    assert [tech.post(f"{address}{stop.pk}/missing/", said).status_code for _lost in range(2)] == [302, 302]
    assert Line.objects.filter(report=third, kind="said").count() == 1, "sent again because no answer came back"
    stop = Stop.objects.get(report=first)
    again = tech.post(f"{address}{stop.pk}/mending/", follow=True).content.decode()
    assert "done, or somebody else" in again


def test_what_leaves_the_organisation_falls_out_with_a_word(
    firm: Organisation, hole: Category, town: Authority
) -> None:
    bob = as_(make_member("Bob", firm, Role.DISPATCHER))
    first, second = row_of(hole, 100, 300)
    row = partner_round(firm, hole, None, first, second)
    hand_over(report=first, organisation=town.organisation_id, team=None, by=None, now=utc_now())
    page = bob.get(f"/reports/rounds/{row.pk}/").content.decode()
    assert "it fell out of the round" in page
    assert "Place 2 of 2" in page
    stop = Stop.objects.get(report=first)
    bob.post(f"/reports/rounds/{row.pk}/{stop.pk}/mending/")
    assert Report.objects.get(pk=first.pk).stage == Stage.RECEIVED


def test_a_round_is_its_own_organisations(firm: Organisation, hole: Category, town: Authority, alice: Client) -> None:
    karim, tom = (make_member(name, firm, Role.TECHNICIAN) for name in ("Karim", "Tom"))
    bob = as_(make_member("Bob", firm, Role.DISPATCHER))
    (report,) = row_of(hole, 100)
    row = partner_round(firm, hole, karim, report)
    address = f"/reports/rounds/{row.pk}/"
    assert as_(karim).get(address).status_code == 200
    assert as_(tom).get(address).status_code == 404, "it was not given to him"
    assert alice.get(address).status_code == 404, "the town leads its own"
    assert as_(karim).post(f"{address}order/", {"act": "best"}).status_code == 404, "the desk puts it in order"
    assert bob.post(f"{address}give/", {"person": str(tom.pk)}).status_code == 302
    assert (as_(karim).get(address).status_code, as_(tom).get(address).status_code) == (404, 200)
    bob.post(f"{address}drop/")
    assert as_(tom).get(address).status_code == 404
    assert "was dropped" in bob.get(address).content.decode()
    bob.post(f"{address}drop/", {"again": "1"})
    assert as_(tom).get(address).status_code == 200


def test_a_round_of_a_team_is_its_members(firm: Organisation, hole: Category, town: Authority) -> None:
    karim, tom = (make_member(name, firm, Role.TECHNICIAN) for name in ("Karim", "Tom"))
    team = Team(authority_id=town.id, organisation_id=firm.id, name="Nord")
    keep_team(team=team, by=None, now=utc_now())
    join_team(team=team, person=karim.pk, by=None, now=utc_now())
    (report,) = row_of(hole, 100)
    row = partner_round(firm, hole, None, report)
    bob = as_(make_member("Bob", firm, Role.DISPATCHER))
    bob.post(f"/reports/rounds/{row.pk}/give/", {"team": str(team.pk)})
    assert as_(karim).get(f"/reports/rounds/{row.pk}/").status_code == 200
    assert as_(tom).get(f"/reports/rounds/{row.pk}/").status_code == 404


def test_a_convention_that_ended_ends_its_rounds(town: Authority, hole: Category) -> None:
    gone = make_organisation("Hier Réseaux")
    dave = make_member("Dave", gone, Role.DISPATCHER)
    make_convention(town.id, gone.id, [hole], until=utc_now() - timedelta(minutes=1))
    (report,) = row_of(hole, 100)
    row = partner_round(gone, hole, dave, report)
    assert as_(dave).get(f"/reports/rounds/{row.pk}/").status_code == 404
    charlie = as_(make_member("Charlie", make_authority(slug="provins").organisation, Role.AGENT))
    assert charlie.get(f"/reports/rounds/{row.pk}/").status_code == 404
    assert not re.findall(report.reference, charlie.get("/reports/rounds/").content.decode())


def test_it_is_had_on_paper(alice: Client, hole: Category) -> None:
    (report,) = row_of(hole, 100)
    put_aside(alice, report)
    row = made(alice, report)
    assert row.day == date(2026, 12, 1)
    answer = alice.get(f"/reports/rounds/{row.pk}/", {"format": "pdf"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
