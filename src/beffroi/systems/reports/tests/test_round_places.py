"""Places that come to a round that is made: from a shortlist, by a reference, in the short order with its kept ends."""

from datetime import timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, mend_report
from beffroi.systems.reports.factories import make_category, make_convention, switched_on
from beffroi.systems.reports.models import Category, Round, Shortlisted
from beffroi.systems.reports.tests.test_rounds import as_, made, order_of, partner_round, put_aside, refs, row_of

pytestmark = pytest.mark.usefixtures("own_database")


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


def add(client: Client, row: Round, **sent: str | list[str]) -> int:
    return client.post(f"/reports/rounds/{row.pk}/add/", sent).status_code


def test_places_come_from_the_shortlist_into_the_short_order_between_its_kept_ends(
    alice: Client, hole: Category
) -> None:
    near, far, beyond = row_of(hole, 100, 900, 1300)
    put_aside(alice, near, far, beyond)
    row = made(alice, near, returns="")
    keep = row.stops.get(report=near)
    alice.post(f"/reports/rounds/{row.pk}/order/", {"act": f"last:{keep.pk}"})
    middle, beside = row_of(hole, 500, 700)
    put_aside(alice, middle, beside)
    page = alice.get(f"/reports/rounds/{row.pk}/").content.decode()
    assert middle.reference in page
    assert add(alice, row, reports=[str(middle.pk), str(beside.pk)]) == 302
    order = order_of(row)
    assert order[-1] == near.reference, "the last one stays"
    assert order.index(middle.reference) < order.index(beside.reference) < order.index(far.reference)
    assert set(order) == set(refs(near, far, beyond, middle, beside))
    assert not Shortlisted.objects.exists()
    assert Entry.objects.filter(kind="report.round-changed").count() == 2
    assert add(alice, row, reports=[str(middle.pk)]) == 422, "it is there already"
    assert row.stops.count() == 5


def test_a_place_is_added_by_what_the_report_is_called(alice: Client, hole: Category) -> None:
    (first, second) = row_of(hole, 100, 500)
    put_aside(alice, first)
    row = made(alice, first)
    assert add(alice, row, reference=f" {second.reference} ") == 302
    assert set(order_of(row)) == set(refs(first, second))


def test_what_can_be_no_place_of_it_is_said_and_what_was_typed_stays(
    alice: Client, hole: Category, firm: Organisation
) -> None:
    first, closed, theirs = row_of(hole, 100, 500, 600)
    put_aside(alice, first)
    row = made(alice, first)
    mend_report(report=closed, said=Said("Rebouché."), photos=[], by=None, now=utc_now())
    partner_round(firm, hole, None, theirs)
    for reference in (closed.reference, theirs.reference, first.reference, "26-999999", "ici"):
        answer = alice.post(f"/reports/rounds/{row.pk}/add/", {"reference": reference})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "No open report of this organisation has this reference" in page
        assert f'value="{reference}"' in page
    assert "Choose one of your shortlist" in alice.post(f"/reports/rounds/{row.pk}/add/", {}).content.decode()
    assert row.stops.count() == 1


def test_only_whoever_leads_a_round_adds_to_it(
    alice: Client, hole: Category, town: Authority, firm: Organisation
) -> None:
    karim = make_member("Karim", firm, Role.TECHNICIAN)
    first, second = row_of(hole, 100, 500)
    row = partner_round(firm, hole, karim, first)
    sent = {"reference": second.reference}
    charlie = as_(make_member("Charlie", make_authority(slug="provins").organisation, Role.AGENT))
    for client in (as_(karim), alice, charlie):
        assert add(client, row, **sent) == 404
        assert "Add places" not in client.get(f"/reports/rounds/{row.pk}/").content.decode()
    bob = as_(make_member("Bob", firm, Role.DISPATCHER))
    assert add(bob, row, **sent) == 422, "the town has it in charge"
    bob.post(f"/reports/rounds/{row.pk}/drop/")
    assert add(bob, row, **sent) == 404, "nobody goes"
