"""What stands still is told once a week: to the authority's agents and to partners' desks, late first; nothing when nothing does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.letters import Sealed
from beffroi.systems.reports import jobs
from beffroi.systems.reports.actions.handling import Said, hand_over, say_of_report, stage_report
from beffroi.systems.reports.actions.reminding import keep_reminder
from beffroi.systems.reports.actions.telling import PAUSES
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Reminder, Summary
from beffroi.systems.reports.queries.stale import morning_after, morning_due
from beffroi.systems.reports.rules import LetterState, Stage

pytestmark = pytest.mark.usefixtures("own_database")
MONDAY = datetime(2031, 11, 17, 6, 0, tzinfo=UTC)  # seven o’clock in the town; whoever serves there does by then
BEFORE = MONDAY - timedelta(days=20)


@pytest.fixture
def town() -> Authority:
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id, now=BEFORE)
    return authority


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def a_morning(at: datetime) -> None:
    begin_series(now=at - timedelta(minutes=1))
    do_deadlines(lambda: at)


def carried(now: datetime, outcome: Handover = HANDED_OVER) -> list[Sealed]:
    letters = jobs.claim_weekly(now, 50)
    for letter in letters:
        jobs.note_weekly(letter, outcome, now)
    return letters


def test_seven_in_the_morning_is_the_towns() -> None:
    assert morning_after(MONDAY - timedelta(seconds=1)) == MONDAY
    assert morning_after(MONDAY) == MONDAY + timedelta(days=1)
    assert morning_due(0, since=MONDAY, until=MONDAY) == MONDAY
    assert morning_due(1, since=MONDAY, until=MONDAY) is None
    assert morning_due(0, since=MONDAY - timedelta(days=1), until=MONDAY + timedelta(hours=30)) == MONDAY, "it was away"
    assert morning_due(None, since=MONDAY, until=MONDAY) is None
    summer = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    assert morning_after(summer) == datetime(2026, 7, 1, 5, 0, tzinfo=UTC)


def test_on_monday_an_agent_is_told_what_has_not_moved_late_first(alice: Person, hole: Category) -> None:
    slow = make_category(hole.authority_id, "Haie", hours=24 * 60)
    far = reported(slow, now=BEFORE)
    late = reported(hole, now=BEFORE + timedelta(days=1))
    moved = reported(hole, now=BEFORE)
    say_of_report(
        report=moved, said=Said("Nous attendons la pièce."), staff=True, by=alice.pk, now=MONDAY - timedelta(days=3)
    )
    fresh = reported(hole, now=MONDAY - timedelta(days=3))
    a_morning(MONDAY)
    a_morning(MONDAY)
    (letter,) = carried(MONDAY)
    assert letter.to == alice.email
    assert letter.subject == "2 reports have not moved for 14 days"
    assert letter.text.index(late.reference) < letter.text.index(far.reference)
    assert f"/reports/{late.pk}/" in letter.text
    assert moved.reference not in letter.text
    assert fresh.reference not in letter.text
    assert "/alerts/preferences/" in letter.text
    assert carried(MONDAY + timedelta(hours=5)) == []
    a_morning(MONDAY + timedelta(days=1))
    assert carried(MONDAY + timedelta(days=1)) == [], "once a week"


def test_when_nothing_stands_still_nothing_is_sent(alice: Person, hole: Category) -> None:
    report = reported(hole, now=MONDAY - timedelta(days=2))
    a_morning(MONDAY)
    assert not Summary.objects.exists()
    later = MONDAY + timedelta(days=14)
    a_morning(later)
    stage_report(report=report, stage=Stage.MENDING, by=alice.pk, now=later)
    assert carried(later) == [], "it moved before the letter left"
    assert Summary.objects.get().state == LetterState.DROPPED


def test_a_partners_desk_is_told_of_what_it_has_in_hand(alice: Person, hole: Category, town: Authority) -> None:
    firm = make_organisation("Fibre 77")
    make_convention(town.id, firm.id, [hole], until=MONDAY + timedelta(days=10))
    bob = make_member("Bob", firm, Role.DISPATCHER)
    make_member("Karim", firm, Role.TECHNICIAN)
    theirs, ours = reported(hole, now=BEFORE), reported(hole, now=BEFORE)
    hand_over(report=theirs, organisation=firm.id, team=None, by=None, now=BEFORE)
    a_morning(MONDAY)
    told = {letter.to: letter.text for letter in carried(MONDAY)}
    assert set(told) == {alice.email, bob.email}
    assert theirs.reference in told[bob.email]
    assert ours.reference not in told[bob.email]
    assert ours.reference in told[alice.email]


def test_whoever_wants_no_mail_gets_none_and_a_failed_one_is_tried_again(
    alice: Person, hole: Category, town: Authority
) -> None:
    nobody = make_member("Nadia", town.organisation, Role.AGENT)
    set_preference(push=False, mail="never", quiet_starts=None, quiet_ends=None, days_off=False, by=nobody.pk)
    reported(hole, now=BEFORE)
    a_morning(MONDAY)
    (letter,) = carried(MONDAY, Handover(Outcome.AGAIN, "full"))
    assert letter.to == alice.email
    assert carried(MONDAY + PAUSES[0] / 2) == []
    (again,) = carried(MONDAY + PAUSES[0])
    assert again.identifier == letter.identifier


def test_an_authority_chooses_its_day_its_patience_or_no_letter(alice: Person, hole: Category, town: Authority) -> None:
    admin = Client(headers={"accept-language": "en"})
    admin.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    at = "/settings/meaux/reports/reminder/"
    assert "Once a week" in admin.get(at).content.decode()
    wrong = admin.post(at, {"day": "2", "days": "0"})
    assert wrong.status_code == 422
    assert admin.post(at, {"day": "2", "days": "5"}).status_code == 302
    assert (Reminder.objects.get().day, Reminder.objects.get().days) == (2, 5)
    report = reported(hole, now=MONDAY - timedelta(days=6))
    a_morning(MONDAY)
    assert carried(MONDAY) == []
    wednesday = MONDAY + timedelta(days=2)
    a_morning(wednesday)
    (letter,) = carried(wednesday)
    assert report.reference in letter.text
    assert admin.post(at, {"day": "", "days": "5"}).status_code == 302
    a_morning(wednesday + timedelta(days=7))
    assert carried(wednesday + timedelta(days=7)) == []
    agent = Client()
    agent.force_login(alice)
    assert agent.get(at).status_code == 404


def test_a_system_that_is_off_writes_to_nobody(alice: Person) -> None:
    other = make_authority(slug="provins")
    make_member("Odile", other.organisation, Role.AGENT)
    reported(make_category(other.id), now=BEFORE)
    keep_reminder(authority=other.id, day=0, days=14, by=None, now=BEFORE)
    a_morning(MONDAY)
    assert not Summary.objects.filter(authority=other).exists()
