"""'I take it' by one tells the others; one acknowledgement stops the clock; everything can be taken back."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.actions.answering import (
    Answer,
    Conflict,
    acknowledge_notice,
    close_alert,
    release_alert,
    take_alert,
)
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.alerts.factories import FORCED, MINUTE, Watch, hand_over, ring, ringing, told, watch, with_phone
from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.alerts.queries.words import message_for
from beffroi.kernel.deadlines.actions import fire_due
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry
from beffroi.persistence.live import read_since

SECOND = timedelta(seconds=1)


def kinds() -> list[str]:
    rows = Entry.objects.filter(kind__startswith="alert.").exclude(kind__in=["alert.raised", "alert.escalated"])
    return sorted(rows.values_list("kind", flat=True))


@pytest.mark.django_db
class TestTaking:
    def test_the_first_has_it_and_the_others_are_told(self, here: Watch, now: datetime) -> None:
        with_phone(here.alice, now)
        alert = ring(here, now=now)
        do_deadlines(lambda: now + 5 * MINUTE)
        hand_over(now + 5 * MINUTE)
        assert take_alert(alert=alert, now=now + 6 * MINUTE, by=here.opal.pk) == Answer(alert.pk, here.opal.pk)
        again = Delivery.objects.get(person=here.alice, channel="push")
        assert (again.state, again.silent) == ("queued", True)
        assert "Somebody takes it" in message_for(alert.notice, "en").body
        refused = take_alert(alert=alert, now=now + 7 * MINUTE, by=here.alice.pk)
        assert refused == Answer(alert.pk, here.opal.pk, Conflict.TAKEN)
        assert kinds() == ["alert.taken"]

    def test_saying_it_twice_changes_nothing(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        first = take_alert(alert=alert, now=now, by=here.opal.pk)
        assert take_alert(alert=alert, now=now + MINUTE, by=here.opal.pk) == first
        assert kinds() == ["alert.taken"]

    def test_it_stops_the_clock(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        take_alert(alert=alert, now=now + MINUTE, by=here.opal.pk)
        do_deadlines(lambda: now + 60 * MINUTE)
        assert told(alert.notice) == {"Opal"}

    def test_given_back_the_clock_runs_again(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        take_alert(alert=alert, now=now + MINUTE, by=here.opal.pk)
        assert release_alert(alert=alert, now=now + 2 * MINUTE, by=here.alice.pk).conflict is Conflict.NOT_YOURS
        assert release_alert(alert=alert, now=now + 2 * MINUTE, by=here.opal.pk).conflict is None
        do_deadlines(lambda: now + 7 * MINUTE - SECOND)
        assert told(alert.notice) == {"Opal"}
        do_deadlines(lambda: now + 7 * MINUTE)
        assert told(alert.notice) == {"Opal", "Alice"}
        assert kinds() == ["alert.released", "alert.taken"]

    def test_given_back_among_several_the_clock_runs_again_whoever_holds_the_others(
        self, here: Watch, now: datetime
    ) -> None:
        first, second = ring(here, now=now), ring(here, now=now + SECOND)
        take_alert(alert=first, now=now + MINUTE, by=here.opal.pk)
        take_alert(alert=second, now=now + MINUTE, by=here.alice.pk)
        release_alert(alert=second, now=now + 2 * MINUTE, by=here.alice.pk)
        do_deadlines(lambda: now + 7 * MINUTE - SECOND)
        assert told(first.notice) == {"Opal"}
        do_deadlines(lambda: now + 7 * MINUTE)
        assert told(first.notice) == {"Opal", "Alice"}, "nobody has the second one"

    def test_whoever_gives_one_of_theirs_back_still_knows_of_the_others(self, here: Watch, now: datetime) -> None:
        first, second = ring(here, now=now), ring(here, now=now + SECOND)
        for alert in (first, second):
            take_alert(alert=alert, now=now + MINUTE, by=here.opal.pk)
        release_alert(alert=second, now=now + 2 * MINUTE, by=here.opal.pk)
        assert Delivery.objects.get(person=here.opal, channel="screen").acknowledged_at is not None
        do_deadlines(lambda: now + 7 * MINUTE)
        assert told(first.notice) == {"Opal", "Alice"}

    def test_somebody_who_knows_of_all_of_it_stands_for_what_is_given_back(self, here: Watch, now: datetime) -> None:
        first, second = ring(here, now=now), ring(here, now=now + SECOND)
        acknowledge_notice(notice=first.notice, now=now + MINUTE, by=here.opal.pk)
        take_alert(alert=second, now=now + 2 * MINUTE, by=here.alice.pk)
        release_alert(alert=second, now=now + 3 * MINUTE, by=here.alice.pk)
        do_deadlines(lambda: now + 60 * MINUTE)
        assert told(first.notice) == {"Opal"}

    def test_given_back_among_several_the_others_are_called_at_once(self, here: Watch, now: datetime) -> None:
        with_phone(here.opal, now)
        first, second = ring(here, now=now), ring(here, now=now + SECOND)
        do_deadlines(lambda: now + 5 * SECOND)
        hand_over(now + 5 * SECOND)
        for alert in (first, second):
            take_alert(alert=alert, now=now + MINUTE, by=here.alice.pk)
        do_deadlines(lambda: now + MINUTE + 5 * SECOND)
        hand_over(now + MINUTE + 5 * SECOND)
        release_alert(alert=second, now=now + 2 * MINUTE, by=here.alice.pk)
        called = Delivery.objects.get(person=here.opal, channel="push")
        assert (called.state, called.silent, called.due_at) == ("queued", False, now + 2 * MINUTE)

    def test_what_is_left_when_another_ends_is_in_somebody_s_hands(self, here: Watch, now: datetime) -> None:
        first, second = ring(here, now=now), ring(here, now=now + SECOND)
        take_alert(alert=first, now=now + MINUTE, by=here.opal.pk)
        end_alert(authority=here.authority.pk, kind=FORCED, subject=second.subject, reason="shut", now=now + 2 * MINUTE)
        do_deadlines(lambda: now + 5 * MINUTE)
        assert told(first.notice) == {"Opal"}
        release_alert(alert=first, now=now + 6 * MINUTE, by=here.opal.pk)
        do_deadlines(lambda: now + 11 * MINUTE)
        assert told(first.notice) == {"Opal", "Alice"}

    def test_what_is_over_is_not_taken(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="shut", now=now)
        assert take_alert(alert=alert, now=now, by=here.opal.pk).conflict is Conflict.ENDED
        assert not close_alert(alert=alert, now=now, by=here.opal.pk)

    def test_mail_is_updated_for_whoever_took_it_only(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        do_deadlines(lambda: now + 5 * MINUTE)
        hand_over(now + 5 * MINUTE)
        take_alert(alert=alert, now=now + 6 * MINUTE, by=here.opal.pk)
        hand_over(now + 6 * MINUTE)
        end_alert(authority=here.authority.pk, kind=FORCED, subject=alert.subject, reason="shut", now=now + 7 * MINUTE)
        mails = Delivery.objects.filter(channel="mail", state="queued")
        assert [row.person_id for row in mails] == [here.opal.pk]


@pytest.mark.django_db
class TestAcknowledging:
    def test_one_stops_the_clock_for_all(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        acknowledge_notice(notice=alert.notice, now=now + MINUTE, by=here.opal.pk)
        acknowledge_notice(notice=alert.notice, now=now + MINUTE, by=here.opal.pk)
        do_deadlines(lambda: now + 60 * MINUTE)
        assert told(alert.notice) == {"Opal"}
        assert kinds() == ["alert.acknowledged"]

    def test_only_whoever_was_told_can(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        assert acknowledge_notice(notice=alert.notice, now=now, by=here.alice.pk).conflict is Conflict.NOT_TOLD
        do_deadlines(lambda: now + 5 * MINUTE)
        assert told(alert.notice) == {"Opal", "Alice"}

    def test_at_the_last_moment_it_is_still_in_time(self, here: Watch, now: datetime) -> None:
        """Fired, not handled yet: the handler finds that somebody answered."""
        alert = ring(here, now=now)
        fire_due(now=now + 5 * MINUTE)
        acknowledge_notice(notice=alert.notice, now=now + 5 * MINUTE, by=here.opal.pk)
        do_deadlines(lambda: now + 5 * MINUTE)
        assert told(alert.notice) == {"Opal"}


def test_of_many_who_take_it_at_once_one_has_it(own_database: ConnectionInfo, now: datetime) -> None:
    with ringing():
        here = watch(now=now)
        alert = ring(here, now=now)
        people = [here.opal, here.alice, here.administrator, here.bob]
        answers: list[Answer] = []
        gate = threading.Barrier(len(people))

        def take(person_id: object) -> None:
            gate.wait()
            answers.append(take_alert(alert=alert, now=now, by=person_id))  # type: ignore[arg-type]  # a person's id
            connection.close()

        threads = [threading.Thread(target=take, args=(person.pk,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(answer.conflict is None for answer in answers) == 1
        assert len({answer.taken_by for answer in answers}) == 1
        assert Entry.objects.filter(kind="alert.taken").count() == 1


def test_raised_from_two_processes_at_once_it_is_one_notice(own_database: ConnectionInfo, now: datetime) -> None:
    with ringing():
        here = watch(now=now)
        gate = threading.Barrier(8)

        def raise_some() -> None:
            gate.wait()
            for _number in range(5):
                ring(here, now=now)
            connection.close()

        threads = [threading.Thread(target=raise_some) for _number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Alert.objects.filter(kind=FORCED).count() == 40
        assert Alert.objects.filter(kind=FORCED).values("notice").distinct().count() == 1


def test_every_change_is_shown_to_open_screens(own_database: ConnectionInfo, now: datetime) -> None:
    with ringing():
        here = watch(now=now)
        alert = ring(here, now=now)
        for act in (
            lambda: take_alert(alert=alert, now=now, by=here.opal.pk),
            lambda: release_alert(alert=alert, now=now, by=here.opal.pk),
            lambda: acknowledge_notice(notice=alert.notice, now=now, by=here.opal.pk),
            lambda: close_alert(alert=alert, now=now, by=here.opal.pk),
        ):
            place = read_since(None).place
            act()
            seen = {(change.topic, change.subject) for change in read_since(place).changes}
            assert ("alerts", alert.pk) in seen
