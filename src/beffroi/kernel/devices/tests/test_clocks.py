"""A device's clock that is ahead, or that knows no time, is said by the checks; and no more once the cause is gone."""

from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.kernel.devices.factories import in_service
from beffroi.kernel.devices.queries.clocks import AHEAD_CODE, CLOCKS, UNKNOWN, UNKNOWN_CODE, look
from beffroi.kernel.devices.tests.desk import NOW, Desk
from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import State

pytestmark = pytest.mark.django_db


def codes(after: timedelta = timedelta()) -> dict[str, State]:
    return {each.code: each.state for each in look(utc_now() + after)}


def test_a_clock_that_is_ahead_is_said_until_time_has_caught_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    device, other = (in_service(desk.town, now=NOW, name=name) for name in ("PM fast", "PM right"))
    day = int((utc_now() + timedelta(days=1)).timestamp())
    desk.hear(other, other.write("boot", at=int(utc_now().timestamp())))
    assert codes() == {CLOCKS: State.WELL}
    desk.hear(device, device.write("boot", "opened", at=day))
    (found,) = look(utc_now())
    assert (found.code, found.state, found.authority) == (AHEAD_CODE, State.WARNING, desk.town.authority.pk)
    assert "PM fast" in str(found.seen)
    assert "PM right" not in str(found.seen)
    assert codes(timedelta(days=2)) == {CLOCKS: State.WELL}, "time has caught up"


def test_an_event_that_was_kept_for_long_accuses_no_clock(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    device = in_service(desk.town, now=NOW)
    desk.hear(device, device.write("boot", "opened", at=int((utc_now() - timedelta(days=9)).timestamp())))
    assert codes() == {CLOCKS: State.WELL}


def test_a_device_without_the_time_is_said_once_it_lasts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    device = in_service(desk.town, now=NOW)
    desk.hear(device, device.write("boot", at=None))
    assert codes() == {CLOCKS: State.WELL}, "it asks, and is told within seconds"
    assert codes(UNKNOWN + timedelta(minutes=1)) == {UNKNOWN_CODE: State.WARNING}
    desk.hear(device, device.write("opened", at=int(utc_now().timestamp())))
    assert codes(UNKNOWN + timedelta(minutes=1)) == {CLOCKS: State.WELL}
