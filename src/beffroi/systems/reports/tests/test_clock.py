"""A report's clock: set once, warned, escalated, never set back; and what the register is left with."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import (
    Said,
    decline_report,
    hand_over,
    mend_report,
    merge_report,
    rate_report,
    reopen_report,
    say_of_report,
    stage_report,
)
from beffroi.systems.reports.errors import NothingShown, NotOpen
from beffroi.systems.reports.factories import make_category, reported
from beffroi.systems.reports.models import Category, Line, Report
from beffroi.systems.reports.rules import Alarm, Decline, Priority, Stage

pytestmark = pytest.mark.usefixtures("own_database")
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
DONE = Said("Rebouché ce matin.")


def category(hours: int = 48) -> Category:
    return make_category(make_authority().id, hours=hours)


def live(report: Report) -> list[str]:
    return sorted(Alert.objects.filter(subject=report.pk, ended_at__isnull=True).values_list("kind", flat=True))


def at(moment: datetime) -> None:
    do_deadlines(lambda: moment)


def fresh(report: Report) -> Report:
    return Report.objects.select_related("category").get(pk=report.pk)


def test_forty_eight_hours_pass_and_it_is_escalated() -> None:
    report = reported(category(), now=MONDAY)
    assert report.due_at == MONDAY + timedelta(hours=48)
    at(MONDAY + timedelta(hours=23))
    assert live(report) == []
    at(MONDAY + timedelta(hours=24))
    assert live(report) == [Alarm.SLIPPING]
    at(MONDAY + timedelta(hours=36))
    assert live(report) == [Alarm.SLIPPING]
    assert Alert.objects.filter(subject=report.pk, kind=Alarm.SLIPPING).count() == 2
    at(MONDAY + timedelta(hours=48))
    assert live(report) == [Alarm.OVERDUE]


def test_what_is_done_in_time_is_told_to_nobody() -> None:
    report = reported(category(), now=MONDAY)
    stage_report(report=report, stage=Stage.PLANNED, by=None, now=MONDAY + timedelta(hours=1))
    mend_report(report=fresh(report), said=DONE, by=None, now=MONDAY + timedelta(hours=20))
    at(MONDAY + timedelta(days=9))
    assert Alert.objects.filter(subject=report.pk).count() == 0


def test_reopening_keeps_the_first_clock() -> None:
    report = reported(category(), now=MONDAY)
    mend_report(report=report, said=DONE, by=None, now=MONDAY + timedelta(hours=30))
    reopen_report(report=fresh(report), said=Said("Toujours là."), by=None, now=MONDAY + timedelta(hours=40))
    assert fresh(report).due_at == MONDAY + timedelta(hours=48)
    at(MONDAY + timedelta(hours=48))
    assert live(report) == [Alarm.OVERDUE]


def test_what_is_reopened_after_its_time_is_late_at_once() -> None:
    report = reported(category(), now=MONDAY)
    mend_report(report=report, said=DONE, by=None, now=MONDAY + timedelta(hours=30))
    later = MONDAY + timedelta(days=5)
    reopen_report(report=fresh(report), said=Said("Toujours là."), by=None, now=later)
    at(later)
    assert live(report) == [Alarm.OVERDUE]


def test_another_priority_shortens_the_clock_and_never_lengthens_it() -> None:
    slow = category(hours=72)
    fast = make_category(slow.authority_id, "Câble à terre", hours=4)
    report = reported(slow, now=MONDAY)
    rate_report(report=report, category=fast, priority=Priority.ORDINARY, by=None, now=MONDAY + timedelta(hours=1))
    assert fresh(report).due_at == MONDAY + timedelta(hours=4)
    rate_report(
        report=fresh(report), category=slow, priority=Priority.CAN_WAIT, by=None, now=MONDAY + timedelta(hours=2)
    )
    assert fresh(report).due_at == MONDAY + timedelta(hours=4)
    at(MONDAY + timedelta(hours=4))
    assert live(report) == [Alarm.OVERDUE]


def test_a_danger_is_told_at_once() -> None:
    report = reported(category(), priority=Priority.DANGER, now=MONDAY)
    assert live(report) == [Alarm.DANGER]
    mend_report(report=report, said=DONE, by=None, now=MONDAY + timedelta(minutes=5))
    assert live(report) == []


def test_closing_shows_something_and_happens_once() -> None:
    report = reported(category(), now=MONDAY)
    with pytest.raises(NothingShown):
        mend_report(report=report, said=Said("  "), by=None, now=MONDAY)
    decline_report(report=report, reason=Decline.NOT_OURS, said=Said("Route du département."), by=None, now=MONDAY)
    with pytest.raises(NotOpen):
        mend_report(report=report, said=DONE, by=None, now=MONDAY)
    with pytest.raises(NotOpen):
        hand_over(report=report, organisation=report.organisation_id, team=None, by=None, now=MONDAY)


def test_the_same_submission_twice_is_one_report() -> None:
    kind, submission = category(), uuid4()
    first, second = (reported(kind, submission=submission, now=MONDAY) for _time in range(2))
    assert first.pk == second.pk
    assert Entry.objects.filter(kind="report.made").count() == 1


def test_two_of_the_same_fault_are_joined_with_whoever_follows_them() -> None:
    kind = category()
    first, second = reported(kind, email="a@exemple.fr", now=MONDAY), reported(kind, email="b@exemple.fr", now=MONDAY)
    merge_report(report=second, into=first, by=None, now=MONDAY)
    assert sorted(first.followers.values_list("email", flat=True)) == ["a@exemple.fr", "b@exemple.fr"]
    for one, other in ((second, first), (first, second), (first, first)):
        with pytest.raises(NotOpen):
            merge_report(report=one, into=other, by=None, now=MONDAY)
    at(MONDAY + timedelta(hours=48))
    assert (live(first), live(second)) == ([Alarm.OVERDUE], [])


def test_a_month_is_counted_by_category() -> None:
    kind = category()
    kept, late = reported(kind, now=MONDAY), reported(kind, now=MONDAY)
    mend_report(report=kept, said=DONE, by=None, now=MONDAY + timedelta(hours=10))
    begin_series(now=MONDAY)
    at(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    (entry,) = Entry.objects.filter(kind="report.counted")
    said = Payload.objects.get(entry=entry.pk).fields
    assert [said[name]["value"] for name in ("category", "promised", "kept")] == [[str(kind.pk)], [2], [1]]
    assert live(late) == [Alarm.OVERDUE]


def test_an_agents_words_are_the_towns_while_a_partner_has_it_in_charge() -> None:
    kind = category()
    town = Authority.objects.select_related("organisation").get(pk=kind.authority_id)
    agent, firm = make_member("Alice", town.organisation), make_organisation("Voirie et fils")
    worker = make_member("Bob", firm, Role.DISPATCHER)
    now = utc_now()
    report = hand_over(report=reported(kind, now=now), organisation=firm.pk, team=None, by=agent.pk, now=now)
    for person in (agent, worker):
        say_of_report(report=report, said=Said("Vu."), staff=True, by=person.pk, now=now)
    said = Line.objects.filter(report=report, kind__in=("handed", "said")).order_by("pk")
    assert {(line.kind, line.author_id, line.organisation_id) for line in said} == {
        ("handed", agent.pk, firm.pk),
        ("said", agent.pk, town.organisation.pk),
        ("said", worker.pk, firm.pk),
    }
