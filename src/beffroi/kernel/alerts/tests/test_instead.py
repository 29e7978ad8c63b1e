"""A phone that can't be told is no way to tell somebody: where it was the only one, a letter leaves instead."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push.fake import Browser, FakePushService, Mood
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.answering import acknowledge_notice
from beffroi.kernel.alerts.actions.audiences import set_policy
from beffroi.kernel.alerts.actions.delivery import Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.alerts.actions.raising import end_alert, update_alert
from beffroi.kernel.alerts.factories import FORCED, MINUTE, OPEN, Watch, hand_over, ring, ringing, watch, with_phone
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.rules import LAST_ATTEMPT, Channel, Target
from beffroi.kernel.alerts.tests.outside import Mailbox, alerting, eventually, mail_server, phone_of
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Handover, Outcome

GONE, REFUSED = Handover(Outcome.GONE, "http-410"), Handover(Outcome.REFUSED, "http-403")


@pytest.fixture
def outside(own_database: ConnectionInfo, settings: Settings) -> Iterator[tuple[Watch, FakePushService, Mailbox]]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    box = Mailbox()
    with ringing(), FakePushService(utc_now).running() as service, mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        yield watch(now=utc_now()), service, box


@pytest.mark.parametrize("mood", [Mood.GONE, Mood.REFUSE])
def test_whose_only_phone_can_t_be_told_has_a_letter(
    outside: tuple[Watch, FakePushService, Mailbox], mood: Mood
) -> None:
    here, service, box = outside
    phones: list[Browser] = [phone_of(here.opal.pk, service, utc_now()) for _ in range(2)]
    for phone in phones:
        service.behave(phone, mood)
    with alerting():
        ring(here, now=utc_now())
        eventually(lambda: bool(box.letters), "a letter leaves")
        eventually(lambda: Delivery.objects.get(channel="mail").state == "handed-over", "it is marked")
    assert [(letter["To"], letter["Subject"]) for letter in box.letters] == [
        (here.opal.email, "Something at rue Saint-Rémy")
    ]


def answered(handover: Handover, now: datetime, *, most: int = 10) -> int:
    """What phones' services say to what is due at that moment; returns how many messages that was."""
    rows = claim_deliveries(channel=Channel.PUSH, now=now, most=most)
    note_attempts(attempts=[Attempted(row, handover) for row in rows], now=now)
    return len(rows)


def letters(person: Person) -> list[tuple[str, int]]:
    """Their state and version."""
    return list(Delivery.objects.filter(person=person, channel="mail").values_list("state", "version"))


def test_two_alerters_that_learn_it_of_two_phones_at_once_write_it(own_database: ConnectionInfo, now: datetime) -> None:
    with ringing():
        here = watch(now=now)
        for _ in range(2):
            with_phone(here.opal, now)
        ring(here, now=now)
        claimed = claim_deliveries(channel=Channel.PUSH, now=now, most=10)

        def second() -> None:
            note_attempts(attempts=[Attempted(claimed[1], GONE)], now=now)
            connection.close()

        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                note_attempts(attempts=[Attempted(claimed[0], GONE)], now=now)
                done = pool.submit(second)
                eventually(lambda: done.done() or _somebody_waits(), "the second has come as far as it can")
            done.result()
        assert letters(here.opal) == [("queued", 1)]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0]) > 0


def prefers(person: Person, mail: str) -> None:
    set_preference(push=True, mail=mail, quiet_starts=None, quiet_ends=None, days_off=False, by=person.pk)


@pytest.mark.django_db
class TestLetters:
    def test_another_phone_that_is_told_is_enough(self, here: Watch, now: datetime) -> None:
        for _ in range(2):
            with_phone(here.opal, now)
        ring(here, now=now)
        assert answered(GONE, now, most=1) == 1
        assert letters(here.opal) == [], "the other one may ring yet"
        hand_over(now)
        assert letters(here.opal) == []

    def test_the_last_of_several_phones_counts(self, here: Watch, now: datetime) -> None:
        for _ in range(2):
            with_phone(here.opal, now)
        ring(here, now=now)
        assert (answered(GONE, now, most=1), answered(REFUSED, now, most=1)) == (1, 1)
        assert letters(here.opal) == [("queued", 1)]

    def test_one_that_gives_up_in_the_end(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        ring(here, now=now)
        for attempt in range(LAST_ATTEMPT):
            assert letters(here.opal) == []
            answered(Handover(Outcome.AGAIN, "time-out"), now + attempt * 60 * MINUTE)
        assert letters(here.opal) == [("queued", 1)]

    def test_whoever_wants_none_has_none_of_what_can_wait(self, here: Watch, now: datetime) -> None:
        for person in (here.bob, here.opal):
            with_phone(person, now)
            prefers(person, "never")
        ring(here, now=now)
        ring(here, now=now, kind=OPEN)
        assert answered(GONE, now) == 2
        assert letters(here.bob) == []
        assert letters(here.opal) == [("queued", 1)], "what is immediate has one way besides the screen"

    def test_whoever_has_one_anyway_has_no_second(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        prefers(here.opal, "always")
        ring(here, now=now)
        assert answered(GONE, now) == 1
        assert letters(here.opal) == [("queued", 1)]

    def test_an_update_that_makes_no_noise_is_not_written(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        alert = ring(here, now=now)
        hand_over(now)
        update_alert(authority=alert.authority_id, kind=FORCED, subject=alert.subject, facts={"minutes": 1}, now=now)
        assert answered(GONE, now) == 1
        assert letters(here.opal) == []

    def test_whoever_knows_needs_none(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        alert = ring(here, now=now)
        acknowledge_notice(notice=alert.notice, now=now, by=here.opal.pk)
        assert answered(GONE, now) == 1
        assert letters(here.opal) == []

    def test_of_what_is_over_nobody_is_told_late(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        alert = ring(here, now=now)
        rows = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
        end_alert(authority=alert.authority_id, kind=FORCED, subject=alert.subject, reason="shut", now=now)
        note_attempts(attempts=[Attempted(row, GONE) for row in rows], now=now)
        answered(GONE, now + MINUTE)
        assert letters(here.opal) == []

    def test_whoever_is_bound_no_more_has_none(self, here: Watch, now: datetime) -> None:
        with_phone(here.bob, now)
        ring(here, now=now, kind=OPEN)
        end_convention(convention=here.convention, by=None, now=now + MINUTE)
        assert answered(GONE, now + 2 * MINUTE) == 1
        assert letters(here.bob) == []

    def test_a_step_that_calls_again_writes_again(self, here: Watch, now: datetime) -> None:
        again = Rung(None, Target.OPERATORS.value, 5 * MINUTE)
        set_policy(authority=here.authority.pk, kind=FORCED, convention=None, steps=[again, again], now=now, by=None)
        with_phone(here.opal, now)
        ring(here, now=now)
        answered(REFUSED, now)
        assert hand_over(now) == 1
        assert letters(here.opal) == [("handed-over", 1)]
        do_deadlines(lambda: now + 5 * MINUTE)
        assert answered(REFUSED, now + 5 * MINUTE) == 1
        assert letters(here.opal) == [("queued", 2)]
        assert answered(REFUSED, now + 6 * MINUTE) == 0
