"""Two reports of one fault are joined, and taken apart again: one clock each, whoever came along follows both."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.hours import PARIS
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import Said, hand_over, mend_report, merge_report, reopen_report
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Follower, Report
from beffroi.systems.reports.queries.delays import month_counts
from beffroi.systems.reports.rules import Stage

pytestmark = pytest.mark.usefixtures("own_database")
HOUR = timedelta(hours=1)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def hole(own_database: ConnectionInfo) -> Category:
    authority = make_authority()
    switched_on(authority.id)
    return make_category(authority.id)


def fresh(report: Report) -> Report:
    return Report.objects.get(pk=report.pk)


def test_what_was_joined_by_mistake_goes_on_by_its_own_first_clock(hole: Category) -> None:
    desk = as_(make_member("Alice", hole.authority.organisation, Role.AGENT))
    now = utc_now()
    main = reported(hole, email="nora@exemple.fr", now=now - 3 * HOUR)
    other = reported(hole, email="karim@exemple.fr", now=now - 5 * HOUR)
    merge_report(report=other, into=main, by=None, now=now)
    page = desk.get(f"/reports/{other.pk}/").content.decode()
    assert "It is another fault: take it apart" in page
    said = desk.post(f"/reports/{other.pk}/unmerge/", follow=True).content.decode()
    assert "follows both" in said
    assert f"No longer joined to report {main.reference}" in said
    row = fresh(other)
    assert (row.stage, row.into_id, row.closed_at, row.due_at) == (Stage.ACKNOWLEDGED, None, None, other.due_at)
    due = Deadline.objects.filter(subject=other.pk, kind="reports.due").latest("due_at")
    assert due.due_at == other.due_at
    assert Entry.objects.filter(kind="report.reopened").count() == 1
    assert sorted(Follower.objects.filter(report=main).values_list("email", flat=True)) == [
        "karim@exemple.fr",
        "nora@exemple.fr",
    ]
    assert list(Follower.objects.filter(report=other).values_list("email", flat=True)) == ["karim@exemple.fr"]
    thread = desk.get(f"/reports/{main.pk}/").content.decode()
    assert f"Report {other.reference} is no longer joined to this one" in thread
    again = desk.post(f"/reports/{other.pk}/unmerge/", {"again": "1"}, follow=True).content.decode()
    assert "at another stage by now" in again


def test_a_partner_takes_nothing_apart(hole: Category) -> None:
    now = utc_now()
    partner = make_organisation("Fibre 77")
    make_convention(hole.authority_id, partner.pk, [hole], until=now + timedelta(days=9))
    main, other = reported(hole), reported(hole)
    hand_over(report=other, organisation=partner.pk, team=None, by=None, now=now)
    merge_report(report=other, into=main, by=None, now=now)
    desk = as_(make_member("Bob", partner, Role.DISPATCHER))
    assert desk.get(f"/reports/{other.pk}/").status_code == 200
    assert desk.post(f"/reports/{other.pk}/unmerge/").status_code == 404
    assert fresh(other).stage == Stage.MERGED


def test_what_others_are_joined_to_keeps_the_first_promise_of_all(hole: Category) -> None:
    now = utc_now()
    early, late = reported(hole, now=now - 40 * HOUR), reported(hole, now=now - 90 * HOUR)
    main = reported(hole, now=now - HOUR)
    merge_report(report=early, into=main, by=None, now=now)
    assert fresh(main).due_at == early.due_at
    waiting = Deadline.objects.get(subject=main.pk, kind="reports.due", state="waiting")
    assert waiting.due_at == early.due_at
    merge_report(report=late, into=main, by=None, now=now)
    assert main.since < fresh(main).due_at < now, "no clock begins anew: it is late at once"
    merge_report(report=reported(hole, now=now), into=main, by=None, now=now)
    assert fresh(main).due_at < now


def counted(hole: Category, month: datetime) -> tuple[int, int]:
    """Promised and kept in the month before, as its entry says."""
    _begins, (found,) = month_counts(authority=hole.authority_id, at=month)
    return found.promised, found.kept


def test_one_fault_is_counted_once_by_the_first_promise(hole: Category) -> None:
    came = datetime(2026, 9, 7, 8, tzinfo=UTC)
    late, main = reported(hole, now=came - 60 * HOUR), reported(hole, now=came)
    merge_report(report=late, into=main, by=None, now=came + HOUR)
    mend_report(report=main, said=Said("Rebouché."), by=None, now=came + 2 * HOUR)
    assert counted(hole, datetime(2026, 10, 1, tzinfo=PARIS)) == (1, 0), (
        "joined to a fresh one, it is late all the same"
    )


def test_what_is_joined_to_one_that_is_done_keeps_its_own_promise_in_the_counts(hole: Category) -> None:
    came, october = datetime(2026, 9, 7, 8, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=PARIS)
    main = reported(hole, now=came)
    mend_report(report=main, said=Said("Rebouché."), by=None, now=came + HOUR)
    soon, late = reported(hole, now=came + 2 * HOUR), reported(hole, now=came + 3 * HOUR)
    merge_report(report=soon, into=main, by=None, now=came + 4 * HOUR)
    assert counted(hole, october) == (3, 2)
    merge_report(report=late, into=main, by=None, now=came + 60 * HOUR)
    assert counted(hole, october) == (3, 2), "what was broken stays broken"
    reopen_report(report=main, said=Said(), by=None, now=came + 70 * HOUR)
    assert counted(hole, october) == (1, 0), "opened again they are one fault"
    mend_report(report=fresh(main), said=Said("Rebouché."), by=None, now=came + 80 * HOUR)
    assert counted(hole, october) == (1, 0)
