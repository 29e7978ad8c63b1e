"""Late before silent, and never because we were away; a hole has ten minutes; what a device lost is said to somebody."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import override_settings

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.devices.actions.commands import command_device
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.actions.health import note_cut, note_listening, sweep_conditions
from beffroi.kernel.devices.actions.intake import note_asked
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.jobs import do_sinks, sweep
from beffroi.kernel.devices.models import Command, CommandState, Condition, ConditionState, Device
from beffroi.kernel.devices.queries.devices import health
from beffroi.kernel.devices.queries.health import find_devices, holes_of, lines, tally
from beffroi.kernel.devices.tests.desk import NOW, Desk
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.protocol.v1.carriage import Events

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A town whose administrator is told."""
    desk = Desk(tmp_path)
    person = create_person(email="ada@meaux.example", name="Ada", password="une phrase assez longue", by=None)
    organisation = authority_organisation(desk.town.authority.id)
    begin_membership(person=person.id, organisation=organisation, role=Role.ADMINISTRATOR, valid_from=NOW, by=None)
    return desk


@pytest.fixture
def device(desk: Desk) -> FieldDevice:
    return in_service(desk.town, now=NOW)


def listen(now: datetime, since: datetime = NOW - timedelta(days=1)) -> None:
    note_listening(process="ingest-1", since=since, now=now)


def hear(device: FieldDevice, now: datetime) -> None:
    note_asked(device=device.id, keyset=1, revocations=(0, 0), now=now)


def state(device: FieldDevice) -> str:
    return Condition.objects.get(device_id=device.id).state


def at(moment: datetime) -> None:
    """What the worker sees then, while we listen."""
    listen(moment)
    sweep(lambda: moment)


def live(kind: str) -> list[Alert]:
    return list(Alert.objects.filter(kind=kind, ended_at__isnull=True))


def viewer(desk: Desk, now: datetime) -> Viewer:
    post = Post(organisation=uuid4(), role=Role.ADMINISTRATOR, authority=desk.town.authority.id)
    return Viewer(person=uuid4(), posts=(post,), conventions=frozenset(), as_of=now)


@pytest.mark.parametrize(
    "cut_last", [True, False], ids=["it spoke and its line broke", "its line broke and it is back"]
)
def test_what_comes_last_says_how_it_stands(desk: Desk, device: FieldDevice, *, cut_last: bool) -> None:
    """Both lie in one part when we were busy: neither hides the other."""
    said = desk.message(device.id, "up/events", Events(device.write("boot")))
    gone = desk.message(device.id, "up/gone", b"")
    desk.ingest.process([said, gone] if cut_last else [gone, said], NOW)
    at(NOW + SECOND)
    assert state(device) == ("late" if cut_last else "well")


def test_late_comes_before_silent_and_being_heard_ends_it(desk: Desk, device: FieldDevice) -> None:
    hear(device, NOW)
    at(NOW + 19 * MINUTE)
    assert state(device) == ConditionState.WELL
    at(NOW + 20 * MINUTE)
    assert state(device) == ConditionState.LATE
    assert Condition.objects.get(device_id=device.id).since == NOW + 20 * MINUTE
    assert not live("devices.down")
    (line,) = lines(visible(desk), NOW + 20 * MINUTE)
    assert line.down_at == NOW + 45 * MINUTE
    at(NOW + 45 * MINUTE)
    assert state(device) == ConditionState.DOWN
    (alert,) = live("devices.down")
    assert (alert.subject, alert.since, alert.facts["name"]) == (device.id, NOW, "PM 1")
    at(NOW + 60 * MINUTE)
    assert live("devices.down") == [alert]
    hear(device, NOW + 61 * MINUTE)
    at(NOW + 61 * MINUTE + SECOND)
    assert state(device) == ConditionState.WELL
    assert not live("devices.down")
    assert Alert.objects.get(kind="devices.down").reason == "heard-again"


def visible(desk: Desk) -> list[Device]:
    return list(find_devices(viewer(desk, NOW)))


def test_a_line_that_breaks_is_late_at_once_and_well_when_it_is_back(device: FieldDevice) -> None:
    hear(device, NOW)
    note_cut(devices=[device.id], now=NOW + MINUTE)
    at(NOW + MINUTE)
    assert state(device) == ConditionState.LATE
    hear(device, NOW + 2 * MINUTE)
    at(NOW + 2 * MINUTE)
    assert state(device) == ConditionState.WELL
    at(NOW + 3 * MINUTE)
    assert state(device) == ConditionState.WELL


def test_nobody_is_late_because_we_were_away(device: FieldDevice) -> None:
    hear(device, NOW)
    at(NOW + MINUTE)
    sweep(lambda: NOW + timedelta(hours=3))  # nobody listens
    assert state(device) == ConditionState.WELL
    back = NOW + timedelta(hours=3)
    for later, expected in ((0, "well"), (19, "well"), (20, "late"), (45, "down")):
        listen(back + later * MINUTE, since=back)
        sweep(lambda later=later: back + later * MINUTE)
        assert state(device) == expected


def test_that_we_were_away_makes_nobody_well(device: FieldDevice) -> None:
    hear(device, NOW)
    at(NOW + 45 * MINUTE)
    back = NOW + timedelta(hours=9)
    listen(back, since=back)
    sweep(lambda: back)
    assert state(device) == ConditionState.DOWN
    assert len(live("devices.down")) == 1


def test_a_device_that_was_never_heard_is_silent_in_the_end(device: FieldDevice) -> None:
    at(NOW + 20 * MINUTE)
    assert state(device) == ConditionState.LATE
    at(NOW + 45 * MINUTE)
    assert state(device) == ConditionState.DOWN


def test_a_device_out_of_service_is_nobody_s_trouble(device: FieldDevice) -> None:
    at(NOW + 45 * MINUTE)
    assert live("devices.down")
    retire_device(device=device.id, reason="broken", now=NOW + 46 * MINUTE, by=None)
    at(NOW + 46 * MINUTE)
    assert not live("devices.down")
    assert Alert.objects.get(kind="devices.down").reason == "retired"
    at(NOW + timedelta(days=2))
    assert not live("devices.down")


def test_many_at_once_are_swept_by_parts_and_grouped(desk: Desk) -> None:
    devices = [in_service(desk.town, now=NOW, name=f"PM {number}") for number in range(7)]
    listen(NOW + 45 * MINUTE)
    assert [sweep_conditions(now=NOW + 45 * MINUTE, most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert {state(each) for each in devices} == {"down"}
    assert {alert.notice_id for alert in live("devices.down")} == {live("devices.down")[0].notice_id}
    counted = tally(viewer(desk, NOW))
    assert (counted.down, counted.serving, counted.well) == (7, 7, 0)


def test_a_hole_has_ten_minutes(desk: Desk, device: FieldDevice) -> None:
    first, missing, last = device.write("boot"), device.write("opened"), device.write("closed")
    desk.hear(device, first)
    desk.hear(device, last)
    at(NOW + SECOND)
    assert Condition.objects.get(device_id=device.id).holes_since is None  # another process may hold what fills it
    at(NOW + 5 * SECOND)
    do_deadlines(lambda: NOW + 9 * MINUTE)
    assert not live("devices.hole-overdue")
    do_deadlines(lambda: NOW + 11 * MINUTE)
    (alert,) = live("devices.hole-overdue")
    assert (alert.facts["first"], alert.facts["last"], alert.facts["events"]) == (2, 2, 1)
    desk.now = NOW + 12 * MINUTE
    desk.hear(device, missing)
    at(NOW + 12 * MINUTE)
    assert not live("devices.hole-overdue")
    assert Alert.objects.get(kind="devices.hole-overdue").reason == "filled"


@override_settings(BEFFROI_PACE=60)
def test_a_hole_is_overdue_on_the_page_when_its_alert_is_out(desk: Desk, device: FieldDevice) -> None:
    """In a demonstration too, whose clock runs faster."""
    first, _missing = device.write("boot"), device.write("opened")
    desk.hear(device, first)
    desk.hear(device, device.write("closed"))
    at(NOW + 5 * SECOND)
    for seconds, overdue in ((9, False), (10, True)):
        moment = NOW + seconds * SECOND
        do_deadlines(lambda moment=moment: moment)
        assert bool(live("devices.hole-overdue")) is overdue
        (line,), (hole,) = lines(visible(desk), moment), holes_of(visible(desk)[0])
        assert (line.overdue, hole.due_at <= moment) == (overdue, overdue)
        (seen,) = health(viewer(desk, moment), authority=desk.town.authority.id, devices=[device.id]).values()
        assert seen.overdue is overdue


def test_a_hole_that_is_filled_in_time_is_no_alarm_and_the_next_has_its_own_time(
    desk: Desk, device: FieldDevice
) -> None:
    batches = [device.write(kind) for kind in ("boot", "opened", "closed", "opened", "closed")]
    desk.hear(device, batches[0])
    desk.hear(device, batches[2])
    at(NOW + 5 * SECOND)
    desk.now = NOW + 8 * MINUTE
    desk.ingest.process([desk.message(device.id, "up/events", Events(batches[4]))], desk.now)
    desk.ingest.process([desk.message(device.id, "up/events", Events(batches[1]))], desk.now)
    at(NOW + 8 * MINUTE + 5 * SECOND)
    do_deadlines(lambda: NOW + 11 * MINUTE)
    assert not live("devices.hole-overdue")
    do_deadlines(lambda: NOW + 18 * MINUTE + SECOND)
    (alert,) = live("devices.hole-overdue")
    assert (alert.facts["first"], alert.facts["last"]) == (4, 4)


def test_what_a_device_lost_is_said_until_somebody_says_that_it_is_over(desk: Desk, device: FieldDevice) -> None:
    first, _gone, last = device.write("boot"), device.write("opened", "closed"), device.write("lost", first=2, last=3)
    desk.hear(device, first, last)
    do_sinks(lambda: utc_now() + MINUTE)
    (alert,) = live("devices.events-lost")
    assert (alert.subject, alert.facts["events"]) == (device.id, 2)
    at(NOW + 5 * MINUTE)
    assert live("devices.events-lost") == [alert]
    retire_device(device=device.id, reason="broken", now=NOW + 6 * MINUTE, by=None)
    assert not live("devices.events-lost")


def test_a_second_loss_is_said_too(desk: Desk, device: FieldDevice) -> None:
    first, _gone, then = device.write("boot"), device.write("opened", "closed"), device.write("lost", first=2, last=3)
    desk.hear(device, first, then)
    do_sinks(lambda: utc_now() + MINUTE)
    device.write("opened")
    desk.hear(device, device.write("lost", first=5, last=5))
    do_sinks(lambda: utc_now() + MINUTE)
    (alert,) = live("devices.events-lost")
    assert alert.facts["events"] == 3


def test_nothing_is_raised_about_a_device_that_was_retired_meanwhile(desk: Desk, device: FieldDevice) -> None:
    """The worker was away: what it finds is about a device that is nobody's trouble any more."""
    first, _gone = device.write("boot"), device.write("opened", "closed")
    desk.hear(device, first, device.write("closed"))
    at(NOW + 5 * SECOND)  # a hole has its deadline
    desk.hear(device, device.write("lost", first=2, last=2))
    retire_device(device=device.id, reason="broken", now=NOW + 6 * MINUTE, by=None)
    do_sinks(lambda: utc_now() + MINUTE)
    do_deadlines(lambda: NOW + 11 * MINUTE)
    assert not live("devices.events-lost")
    assert not live("devices.hole-overdue")


def test_what_a_device_no_longer_has_but_we_do_is_no_loss(desk: Desk, device: FieldDevice) -> None:
    desk.hear(device, device.write("boot"), device.write("opened"), device.write("lost", first=1, last=2))
    do_sinks(lambda: utc_now() + MINUTE)
    assert not live("devices.events-lost")


def test_the_battery_is_what_was_said_last(desk: Desk, device: FieldDevice) -> None:
    early, late = device.write("battery", level=50), device.write("battery", level=9)
    desk.hear(device, late)
    do_sinks(lambda: utc_now() + MINUTE)
    desk.hear(device, early)
    do_sinks(lambda: utc_now() + MINUTE)
    assert Condition.objects.get(device_id=device.id).battery == 9
    assert tally(viewer(desk, NOW)).weak == 1


def test_a_command_that_nobody_answers_is_over(device: FieldDevice) -> None:
    command = command_device(device=device.id, action="report", arguments={}, now=NOW, by=None)
    at(NOW + 59 * MINUTE)
    assert Command.objects.get(pk=command.pk).state == CommandState.ASKED
    at(NOW + 60 * MINUTE)
    assert Command.objects.get(pk=command.pk).state == CommandState.EXPIRED
