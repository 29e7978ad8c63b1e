"""Quiet hours by urgency, as people and organisations choose them: routine waits, prompt lies in the mail, immediate rings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.preferences import clear_preference, set_organisation_quiet, set_preference
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster
from beffroi.kernel.alerts.factories import FORCED, LATE, OPEN, Watch, hand_over, ring, with_phone
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.deadlines.jobs import do_deadlines

pytestmark = pytest.mark.django_db
# A Wednesday, 11 in the evening in Paris; quiet until 7.
NIGHT = datetime(2027, 6, 2, 21, tzinfo=UTC)
MORNING = datetime(2027, 6, 3, 5, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NIGHT


def sleeps(person: Person, *, push: bool = True, mail: str = "instead") -> None:
    set_preference(push=push, mail=mail, quiet_starts=time(21), quiet_ends=time(7), days_off=False, by=person.pk)


def ways(person: Person) -> dict[str, datetime]:
    """Channels by which somebody is told, and when each is due."""
    return dict(Delivery.objects.filter(person=person).values_list("channel", "due_at"))


def told_to(here: Watch, kind: str, target: Target = Target.AGENTS) -> None:
    rung = Rung(None, target.value, None)
    set_policy(authority=here.authority.pk, kind=kind, convention=None, steps=[rung], now=NIGHT, by=None)


def test_routine_messages_wait_until_the_morning(here: Watch) -> None:
    with_phone(here.alice, NIGHT)
    sleeps(here.alice)
    ring(here, now=NIGHT, kind=LATE)
    assert ways(here.alice) == {"screen": NIGHT, "push": MORNING}
    assert hand_over(NIGHT + timedelta(hours=7)) == 0
    assert hand_over(MORNING) == 1


def test_prompt_ones_make_no_noise_and_lie_in_the_mail(here: Watch) -> None:
    with_phone(here.alice, NIGHT)
    sleeps(here.alice)
    told_to(here, OPEN)
    ring(here, now=NIGHT, kind=OPEN)
    assert ways(here.alice) == {"screen": NIGHT, "mail": NIGHT}


def test_called_again_by_the_next_step_nobody_is_woken_either(here: Watch) -> None:
    evening = NIGHT - timedelta(hours=4, minutes=1)
    with_phone(here.alice, evening)
    sleeps(here.alice)
    agents = Rung(None, Target.AGENTS.value, timedelta(hours=4))
    set_policy(authority=here.authority.pk, kind=OPEN, convention=None, steps=[agents, agents], now=evening, by=None)
    ring(here, now=evening, kind=OPEN)
    assert set(ways(here.alice)) == {"screen", "push"}
    hand_over(evening)
    do_deadlines(lambda: NIGHT)
    assert Delivery.objects.get(person=here.alice, channel="push").state == "handed-over"
    assert ways(here.alice)["mail"] == NIGHT, "it lies in the mail instead"


def test_what_can_wait_calls_again_in_the_morning(here: Watch) -> None:
    evening = NIGHT - timedelta(hours=4, minutes=1)
    with_phone(here.alice, evening)
    sleeps(here.alice)
    agents = Rung(None, Target.AGENTS.value, timedelta(hours=4))
    set_policy(authority=here.authority.pk, kind=LATE, convention=None, steps=[agents, agents], now=evening, by=None)
    ring(here, now=evening, kind=LATE)
    hand_over(evening)
    do_deadlines(lambda: NIGHT)
    assert ways(here.alice)["push"] == MORNING
    assert hand_over(MORNING - timedelta(minutes=1)) == 0
    assert hand_over(MORNING) == 1


def test_what_was_to_call_again_in_the_morning_and_is_over_by_then_wakes_nobody(here: Watch) -> None:
    evening = NIGHT - timedelta(hours=4, minutes=1)
    with_phone(here.alice, evening)
    sleeps(here.alice)
    agents = Rung(None, Target.AGENTS.value, timedelta(hours=4))
    set_policy(authority=here.authority.pk, kind=LATE, convention=None, steps=[agents, agents], now=evening, by=None)
    alert = ring(here, now=evening, kind=LATE)
    hand_over(evening)
    do_deadlines(lambda: NIGHT)
    end_alert(authority=here.authority.pk, kind=LATE, subject=alert.subject, reason="found", now=NIGHT)
    over = Delivery.objects.get(person=here.alice, channel="push")
    assert (over.state, over.silent, over.due_at) == ("queued", True, NIGHT)


def test_immediate_ones_ring(here: Watch) -> None:
    with_phone(here.opal, NIGHT)
    sleeps(here.opal)
    ring(here, now=NIGHT)
    assert ways(here.opal) == {"screen": NIGHT, "push": NIGHT}


def test_by_day_nothing_waits(here: Watch) -> None:
    sleeps(here.alice)
    ring(here, now=MORNING, kind=LATE)
    assert ways(here.alice) == {"screen": MORNING, "mail": MORNING}


def test_an_organisation_has_habits_for_those_who_chose_none(here: Watch) -> None:
    set_organisation_quiet(
        organisation=here.authority.organisation_id,
        quiet_starts=time(21),
        quiet_ends=time(7),
        days_off=False,
        by=here.administrator.pk,
    )
    ring(here, now=NIGHT, kind=LATE)
    assert ways(here.alice)["mail"] == MORNING
    set_preference(push=True, mail="instead", quiet_starts=None, quiet_ends=None, days_off=False, by=here.alice.pk)
    ring(here, now=NIGHT + timedelta(minutes=10), kind=LATE)
    assert NIGHT + timedelta(minutes=10) in Delivery.objects.filter(person=here.alice).values_list("due_at", flat=True)
    assert clear_preference(by=here.alice.pk)
    assert not clear_preference(by=here.alice.pk)


def test_whoever_is_on_duty_has_no_quiet_hours(here: Watch) -> None:
    sleeps(here.alice)
    roster = draw_up_roster(
        authority=here.authority.pk, name="Nights", continuous=False, holidays_apart=False, now=NIGHT, by=None
    )
    for day in range(7):
        add_slot(
            roster=roster,
            person=here.alice.pk,
            day=day,
            starts=time(20),
            ends=time(8),
            first=date(2027, 1, 1),
            last=None,
            now=NIGHT,
            by=None,
        )
    ring(here, now=NIGHT, kind=LATE)
    assert ways(here.alice)["mail"] == NIGHT


def test_mail_alone_never_or_always(here: Watch) -> None:
    for person, mail, expected in (
        (here.alice, "never", {"screen", "push"}),
        (here.opal, "always", {"screen", "push", "mail"}),
    ):
        with_phone(person, NIGHT)
        set_preference(push=True, mail=mail, quiet_starts=None, quiet_ends=None, days_off=False, by=person.pk)
        told_to(here, OPEN, Target.AGENTS if person == here.alice else Target.OPERATORS)
        ring(here, now=NIGHT + timedelta(hours=len(expected)), kind=OPEN)
        assert set(ways(person)) == expected


def test_an_immediate_message_has_one_way_besides_the_screen(here: Watch) -> None:
    set_preference(push=False, mail="never", quiet_starts=None, quiet_ends=None, days_off=False, by=here.opal.pk)
    ring(here, now=NIGHT, kind=FORCED)
    assert set(ways(here.opal)) == {"screen", "mail"}


def test_what_is_over_before_the_morning_wakes_nobody(here: Watch) -> None:
    sleeps(here.alice)
    alert = ring(here, now=NIGHT, kind=LATE)
    end_alert(authority=here.authority.pk, kind=LATE, subject=alert.subject, reason="found", now=NIGHT)
    assert Delivery.objects.get(person=here.alice, channel="mail").state == "withdrawn"
    assert hand_over(MORNING) == 0


def test_quiet_hours_do_not_hide_people_from_the_count(here: Watch) -> None:
    audience = draw_up_audience(authority=here.authority.pk, name="All", convention=None, now=NIGHT, by=None)
    add_to_audience(audience=audience, organisation=here.authority.organisation_id, now=NIGHT, by=None)
    sleeps(here.alice)
    steps = [Rung(audience.pk, "", None)]
    set_policy(authority=here.authority.pk, kind=LATE, convention=None, steps=steps, now=NIGHT, by=None)
    alert = ring(here, now=NIGHT, kind=LATE)
    assert alert.notice.steps.get().told == 2
