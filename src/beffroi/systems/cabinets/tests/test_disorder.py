"""Events are stored and handled in any order, some never come, old ones are destroyed: alarms are what they would have been."""

from datetime import timedelta

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.devices.actions.destruction import destroy_batches
from beffroi.kernel.devices.jobs import do_sinks
from beffroi.kernel.devices.models import SignedBatch, SinkTask
from beffroi.kernel.devices.queries.devices import tasks_behind
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.models import Occurrence
from beffroi.systems.cabinets.rules import USED_WITHIN, Alarm, Happening
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene


def live(alarm: Alarm) -> int:
    return Alert.objects.filter(kind=alarm, ended_at__isnull=True).count()


def under_way(kind: Happening) -> list[int]:
    return list(Occurrence.objects.filter(kind=kind, ended_at__isnull=True).values_list("sequence", flat=True))


def test_malice_is_malice_when_the_logs_beginning_is_destroyed(scene: Scene) -> None:
    """A year later, what came first is no more."""
    scene.live(scene.sign("boot", ago=9 * MINUTE), scene.used(ago=8 * MINUTE), scene.sign("opened", ago=7 * MINUTE))
    scene.live(scene.sign("closed", ago=6 * MINUTE))
    keys = [str(key) for key in SignedBatch.objects.filter(last__lte=3).values_list("pk", flat=True)]
    assert destroy_batches(keys=keys, now=utc_now(), by=None) == 3
    scene.street.lock.boot += 1
    scene.live(scene.sign("boot", ago=2 * MINUTE), scene.sign("opened", ago=MINUTE))
    assert live(Alarm.FORCED) == 1


def test_malice_is_malice_when_all_before_it_is_destroyed(scene: Scene) -> None:
    gone = scene.sign("boot", ago=9 * MINUTE)
    scene.live(scene.sign("battery", ago=8 * MINUTE, level=80))
    scene.live(scene.sign("lost", ago=7 * MINUTE, first=1, last=1))
    assert gone
    keys = [str(key) for key in SignedBatch.objects.values_list("pk", flat=True)]
    assert destroy_batches(keys=keys, now=utc_now(), by=None) == 2
    scene.street.lock.boot += 1
    scene.live(scene.sign("opened", ago=MINUTE))
    assert live(Alarm.FORCED) == 1


def test_what_is_missing_of_long_ago_excuses_nobody(scene: Scene) -> None:
    """One hole that never fills, and one that the lock lost, before the minute that counts."""
    scene.sign("battery", ago=30 * MINUTE, level=80)  # never comes
    scene.live(scene.sign("closed", ago=29 * MINUTE))
    scene.sign("battery", ago=28 * MINUTE, level=70)  # is lost
    scene.live(scene.sign("lost", ago=27 * MINUTE, first=3, last=3))
    scene.live(scene.sign("opened", ago=MINUTE, uptime=USED_WITHIN + 10))
    assert live(Alarm.FORCED) == 1


def test_what_the_lock_lost_a_moment_before_accuses_nobody(scene: Scene) -> None:
    scene.used(ago=2 * MINUTE)
    scene.live(scene.sign("lost", ago=2 * MINUTE, first=1, last=1), scene.sign("opened", ago=MINUTE))
    assert not live(Alarm.FORCED)
    assert not SinkTask.objects.exists(), "nothing more can be known"


def test_an_opening_is_judged_when_what_was_missing_before_it_has_come(scene: Scene) -> None:
    """It was no right: two processes stored the two events in the other order, or the line broke."""
    missing = scene.sign("battery", ago=2 * MINUTE, level=80)
    scene.live(scene.sign("opened", ago=MINUTE))
    assert not live(Alarm.FORCED)
    assert under_way(Happening.OPEN) == [2], "the half hour runs meanwhile"
    scene.live(missing)
    assert live(Alarm.FORCED) == 1
    assert under_way(Happening.OPEN) == [2]
    assert not SinkTask.objects.exists()


def test_a_right_that_comes_late_is_the_openings(scene: Scene) -> None:
    missing = scene.used(ago=2 * MINUTE)
    scene.live(scene.sign("opened", ago=MINUTE))
    assert Occurrence.objects.get().grant is None
    scene.live(missing)
    assert not live(Alarm.FORCED)
    row = Occurrence.objects.get()
    assert (row.grant, row.organisation_id) == (scene.order, scene.street.operator.id)


def test_an_opening_that_waits_is_looked_at_again_soon(scene: Scene) -> None:
    scene.sign("battery", ago=2 * MINUTE, level=80)
    scene.live(scene.sign("opened", ago=MINUTE))
    assert tasks_behind(utc_now()) == (0, 0), "it waits, it didn't fail"
    assert do_sinks(lambda: utc_now() + timedelta(seconds=3)) == 1
    assert do_sinks(lambda: utc_now() + timedelta(seconds=30)) == 0
    assert do_sinks(lambda: utc_now() + timedelta(seconds=70)) == 1
    assert under_way(Happening.OPEN) == [2]


def test_a_door_that_was_opened_again_before_its_closing_was_handled_is_open(scene: Scene) -> None:
    scene.live(scene.used(ago=50 * MINUTE), scene.sign("opened", ago=49 * MINUTE))
    closed = scene.sign("closed", ago=48 * MINUTE)
    scene.live(scene.used(ago=33 * MINUTE), scene.sign("opened", ago=32 * MINUTE))
    scene.live(closed)
    assert under_way(Happening.OPEN) == [5]
    row = Occurrence.objects.get(sequence=5)
    assert row.grant == scene.order
    alert = Alert.objects.get(kind=Alarm.OPEN, subject=row.id)
    assert alert.ended_at is None
    scene.live(scene.sign("closed", ago=MINUTE))
    assert under_way(Happening.OPEN) == []
    assert not live(Alarm.OPEN)


def test_the_half_hour_of_a_door_opened_again_begins_when_it_was(scene: Scene) -> None:
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE))
    closed = scene.sign("closed", ago=7 * MINUTE)
    scene.live(scene.sign("forced", ago=3 * MINUTE, cause="shock"), scene.sign("forced", ago=2 * MINUTE, cause="door"))
    scene.live(closed)
    assert under_way(Happening.OPEN) == [5]
    promise = Deadline.objects.get(kind=Alarm.OPEN, state=DeadlineState.WAITING)
    row = Occurrence.objects.get(kind=Happening.OPEN, sequence=5)
    assert (promise.subject, promise.since) == (row.id, row.since)


def test_a_shock_after_the_closing_opens_nothing(scene: Scene) -> None:
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE))
    closed = scene.sign("closed", ago=7 * MINUTE)
    scene.live(scene.sign("forced", ago=3 * MINUTE, cause="shock"))
    scene.live(closed)
    assert not Occurrence.objects.filter(ended_at__isnull=True).exists()


def test_an_opening_handled_after_all_that_followed_it_has_its_line_in_the_history(scene: Scene) -> None:
    used, opened = scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE)
    closed = scene.sign("closed", ago=7 * MINUTE)
    scene.live(scene.used(ago=3 * MINUTE), scene.sign("opened", ago=2 * MINUTE))
    scene.live(closed)
    scene.live(used)
    scene.live(opened)
    rows = Occurrence.objects.filter(kind=Happening.OPEN).order_by("sequence")
    assert [(row.sequence, row.ended_at is None) for row in rows] == [(2, False), (5, True)]


def test_a_bolt_that_fails_again_before_the_closing_is_handled_still_fails(scene: Scene) -> None:
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("latch-failed", ago=8 * MINUTE))
    closed = scene.sign("closed", ago=7 * MINUTE)
    scene.live(scene.sign("latch-failed", ago=6 * MINUTE))
    scene.live(closed)
    assert live(Alarm.LATCH) == 1
    assert under_way(Happening.LATCH) == [2]
    assert Entry.objects.filter(kind="alert.raised").count() == 1, "what was sent stands"
    scene.live(scene.sign("closed", ago=MINUTE))
    assert not live(Alarm.LATCH)


def test_a_break_in_lasts_until_the_closing_after_its_last_blow(scene: Scene) -> None:
    scene.live(scene.sign("forced", ago=8 * MINUTE, cause="door"))
    closed = scene.sign("closed", ago=7 * MINUTE)
    scene.live(scene.sign("forced", ago=6 * MINUTE, cause="door"))
    scene.live(closed)
    assert under_way(Happening.FORCED) == [1]
    assert not Alert.objects.get(kind=Alarm.FORCED).facts["shut"]
    scene.live(scene.sign("closed", ago=MINUTE))
    assert under_way(Happening.FORCED) == []
    assert Alert.objects.get(kind=Alarm.FORCED).facts["shut"]
