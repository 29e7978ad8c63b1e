"""Reports on a map: as many points as a page draws, else groups that keep the worst; nobody's map shows what their list doesn't."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, hand_over, mend_report
from beffroi.systems.reports.factories import HERE, make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category
from beffroi.systems.reports.queries import points
from beffroi.systems.reports.rules import Priority

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)
DESK = "/reports/queue/points.json"
AWAY = Position(48.90, 2.80)


def as_(person: Person | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def told(person: Person | None, address: str = DESK, **asked: str) -> dict[str, Any]:  # JSON, as it comes
    answer = as_(person).get(address, asked)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_each_point_says_how_pressing_it_is(alice: Person, hole: Category) -> None:
    now = utc_now()
    danger = reported(hole, priority=Priority.DANGER, now=now - HOUR)
    late = reported(hole, now=now - 50 * HOUR)
    soon = reported(hole, now=now - 40 * HOUR)
    calm = reported(hole, now=now - HOUR)
    found = {one["id"]: one for one in told(alice)["points"]}
    assert {str(row.pk): found[str(row.pk)]["severity"] for row in (danger, late, soon, calm)} == {
        str(danger.pk): 3,
        str(late.pk): 2,
        str(soon.pk): 1,
        str(calm.pk): 0,
    }
    assert found[str(late.pk)]["state"] == "Late by 2 h"
    assert found[str(calm.pk)]["reference"] == calm.reference
    assert [one["id"] for one in told(alice, late="on")["points"]] == [str(late.pk)]


def test_the_map_and_the_list_are_narrowed_to_what_is_looked_at(alice: Person, hole: Category) -> None:
    here, away = reported(hole), reported(hole, position=AWAY)
    box = "2.87,48.95,2.89,48.97"
    assert told(alice)["total"] == 2
    assert [one["id"] for one in told(alice, box=box)["points"]] == [str(here.pk)]
    assert told(alice, box="nonsense")["total"] == told(alice, box="9,9,1,1")["total"] == 2
    listed = as_(alice).get("/reports/", {"box": box}).content.decode()
    assert here.reference in listed
    assert away.reference not in listed
    assert "Only what the map showed" in listed
    page = as_(alice).get("/reports/queue/map/").content.decode()
    assert 'data-bounds="2.80000,48.90000,2.87880,48.96010"' in page


def test_more_than_a_page_draws_is_gathered_and_the_worst_is_kept(
    alice: Person, hole: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "MOST", 3)
    for _number in range(4):
        reported(hole)
    reported(hole, position=AWAY, now=utc_now() - 50 * HOUR)
    found = told(alice)
    assert (found["points"], found["total"]) == ([], 5)
    groups = sorted(found["groups"], key=lambda one: int(one["count"]))
    assert [(one["count"], one["severity"]) for one in groups] == [(1, 2), (4, 0)]
    assert groups[1]["at"] == [pytest.approx(HERE.longitude, abs=1e-5), pytest.approx(HERE.latitude, abs=1e-5)]


def test_a_map_of_many_asks_no_more_than_a_map_of_few(alice: Person, hole: Category) -> None:
    asked = []
    client = as_(alice)
    for more in (1, 9):
        for _number in range(more):
            reported(hole)
        client.get(DESK)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(DESK)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_partner_s_map_shows_what_was_handed_to_them(town: Authority, alice: Person, hole: Category) -> None:
    now = utc_now()
    firm = make_organisation("Fibre 77")
    make_convention(town.pk, firm.pk, [hole], until=now + timedelta(days=9))
    bob, charlie = make_member("Bob", firm, Role.DISPATCHER), make_person("Charlie")
    theirs, other = reported(hole), reported(hole)
    hand_over(report=theirs, organisation=firm.pk, team=None, by=alice.pk, now=now)
    assert [one["id"] for one in told(bob)["points"]] == [str(theirs.pk)]
    card = as_(bob).get(f"/reports/{theirs.pk}/card/").content.decode()
    assert theirs.reference in card
    assert as_(bob).get(f"/reports/{other.pk}/card/").status_code == 404
    for address in (DESK, "/reports/queue/map/", f"/reports/{theirs.pk}/card/"):
        assert as_(charlie).get(address).status_code == 404, address


def test_anybody_s_map_shows_what_is_open_and_what_was_closed_lately(town: Authority, hole: Category) -> None:
    now = utc_now()
    going = reported(hole, now=now)
    lately, before = reported(hole, now=now - 60 * 24 * HOUR), reported(hole, now=now - 90 * 24 * HOUR)
    mend_report(report=lately, said=Said("Fait."), by=None, now=now - 29 * 24 * HOUR)
    mend_report(report=before, said=Said("Fait."), by=None, now=now - 31 * 24 * HOUR)
    private = reported(make_category(town.pk, "Dépôt privé", public=False), text="Chez le maire")
    address = "/reports/meaux/points.json"
    found = {one["id"]: one for one in told(None, address)["points"]}
    assert {key: (one["severity"], one["state"]) for key, one in found.items()} == {
        going.reference: (1, "Received"),
        lately.reference: (0, "Done"),
    }
    assert [one["id"] for one in told(None, address, stage="done")["points"]] == [lately.reference]
    card = as_(None).get(f"/reports/meaux/{going.reference}/card/").content.decode()
    assert f'href="/reports/meaux/{going.reference}/"' in card
    assert as_(None).get(f"/reports/meaux/{private.reference}/card/").status_code == 404
    page = as_(None).get("/reports/meaux/map/", {"stage": "open"}).content.decode()
    assert 'href="/reports/meaux/?stage=open"' in page
    assert "/reports/meaux/map/?stage=open" in as_(None).get("/reports/meaux/", {"stage": "open"}).content.decode()
    assert as_(None).get("/reports/nowhere/points.json").status_code == 404
