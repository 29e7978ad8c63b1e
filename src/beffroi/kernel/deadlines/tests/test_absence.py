"""After a restore, what fell due meanwhile is put off once, with an entry; series and what was due before are not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import begin_series, set_deadline
from beffroi.kernel.deadlines.factories import Promised, promising
from beffroi.kernel.deadlines.jobs import fire, return_from_absence
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.register.models import Entry, Payload

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BACKUP = NOON + timedelta(hours=1)
BACK = NOON + timedelta(days=40)


@pytest.fixture
def promised(own_database: ConnectionInfo) -> Iterator[Promised]:
    with promising() as found:
        yield found


def promise(promised: Promised, lasts: timedelta) -> UUID:
    return set_deadline(kind="test.promise", authority=promised.authority, subject=uuid4(), since=NOON, promise=lasts)


def test_what_fell_due_meanwhile_fires_an_hour_after_the_return(promised: Promised) -> None:
    before = promise(promised, timedelta(minutes=30))
    meanwhile = promise(promised, timedelta(hours=2))
    later = promise(promised, timedelta(days=60))
    begin_series(now=NOON)
    series = Deadline.objects.filter(kind="deadlines.month").count()
    assert return_from_absence(BACKUP, BACK) == 1
    fire(lambda: BACK)
    fired = set(Deadline.objects.filter(state=DeadlineState.FIRED, kind="test.promise").values_list("id", flat=True))
    assert fired == {before}
    assert Deadline.objects.filter(state=DeadlineState.FIRED, kind="deadlines.month").count() == series > 0
    assert Deadline.objects.get(pk=meanwhile).due_at == BACK + timedelta(hours=1)
    assert Deadline.objects.get(pk=later).due_at == NOON + timedelta(days=60)
    entry = Entry.objects.get(kind="deadline.postponed")
    assert Payload.objects.get(pk=entry.pk).fields["count"]["value"] == 1
    assert return_from_absence(BACKUP, BACK) == 0, "once"
    fire(lambda: BACK + timedelta(hours=1))
    assert Deadline.objects.get(pk=meanwhile).state == DeadlineState.FIRED
