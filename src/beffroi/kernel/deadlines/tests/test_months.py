"""Each month's promises are counted on the record, in the town's own months, daylight saving or not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import begin_series, meet_deadline, set_deadline
from beffroi.kernel.deadlines.factories import Promised, promising
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.deadlines.rules import ZONE, due, month_after, month_before
from beffroi.kernel.register.models import Entry, Payload

moments = some.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(moments)
def test_a_month_is_the_one_of_the_towns_calendar(moment: datetime) -> None:
    begins, ends = month_before(moment)
    following = month_after(moment)
    assert begins < ends <= moment < following
    assert month_after(following - timedelta(microseconds=1)) == following
    assert month_before(following) == (ends, following)
    for edge in (begins, ends, following):
        local = edge.astimezone(ZONE)
        assert (local.day, local.hour, local.minute) == (1, 0, 0)


def test_months_in_which_the_clock_changes_last_an_hour_less_or_more() -> None:
    march, october = datetime(2026, 3, 15, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC)
    assert month_after(march) == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert month_after(march) - month_before(month_after(march))[0] == timedelta(days=31, hours=-1)
    assert month_after(october) - month_before(month_after(october))[0] == timedelta(days=31, hours=1)


@given(moments, some.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)), some.integers(1, 3600))
def test_a_promise_lasts_so_many_real_seconds(since: datetime, promise: timedelta, pace: int) -> None:
    """Over a change of the clock too: an instant plus a duration is an instant."""
    assert due(since=since, promise=promise, pace=1) - since == promise
    assert since <= due(since=since, promise=promise, pace=pace) <= since + promise


def test_a_promise_never_lasts_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="lasts"):
        due(since=datetime(2026, 1, 1, tzinfo=UTC), promise=timedelta(seconds=-1), pace=1)


@pytest.fixture
def promised(own_database: ConnectionInfo) -> Iterator[Promised]:
    with promising() as found:
        yield found


def test_the_count_is_an_entry_and_the_next_month_is_set(promised: Promised) -> None:
    november = datetime(2026, 11, 10, 12, tzinfo=UTC)
    begin_series(now=november)
    for minute in (10, 20, 40):
        subject = uuid4()
        set_deadline(
            kind="test.promise",
            authority=promised.authority,
            subject=subject,
            since=november,
            promise=timedelta(minutes=30),
        )
        if minute < 30:
            at = november + timedelta(minutes=minute)
            meet_deadline(kind="test.promise", authority=promised.authority, subject=subject, at=at)
    do_deadlines(lambda: november + timedelta(hours=1))
    assert not Entry.objects.filter(kind="deadline.counted").exists()
    do_deadlines(lambda: datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC))
    entry = Entry.objects.get(kind="deadline.counted")
    fields = Payload.objects.get(entry=entry.id).fields
    said = {name: opening["value"] for name, opening in fields.items()}
    assert said == {
        "kind": ["test.promise"],
        "kept": [2],
        "month": "2026-10-31T23:00:00Z",
        "promised": [3],
    }
    waiting = Deadline.objects.get(kind="deadlines.month", state=DeadlineState.WAITING)
    assert waiting.due_at == datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_what_was_kept_at_the_end_of_a_month_and_told_in_the_next_is_counted_once(promised: Promised) -> None:
    """A door opened at ten to midnight, shut at five to, heard of at five past: its half hour would have ended in December."""
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    begin_series(now=midnight - timedelta(days=10))
    subject, minute = uuid4(), timedelta(minutes=1)
    set_deadline(
        kind="test.promise",
        authority=promised.authority,
        subject=subject,
        since=midnight - 10 * minute,
        promise=30 * minute,
    )
    do_deadlines(lambda: midnight + minute)
    assert meet_deadline(kind="test.promise", authority=promised.authority, subject=subject, at=midnight - 5 * minute)
    do_deadlines(lambda: datetime(2026, 12, 31, 23, 1, tzinfo=UTC))
    fields = Payload.objects.get(entry=Entry.objects.get(kind="deadline.counted").id).fields
    said = {name: opening["value"] for name, opening in fields.items()}
    assert said == {"kind": ["test.promise"], "kept": [1], "month": "2026-11-30T23:00:00Z", "promised": [1]}
