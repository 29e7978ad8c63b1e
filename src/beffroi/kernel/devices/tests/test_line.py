"""The line to real locks: a cut is known at once, and a broker that dies under load loses nothing that a device made."""

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.jobs import sweep
from beffroi.kernel.devices.models import Condition, Head, Hole, Listening, RefusedInput
from beffroi.kernel.devices.tests.street import Street, StreetLock, eventually, open_street
from beffroi.kernel.devices.tests.test_street import settled, whole


def state(lock: StreetLock) -> str:
    """How the lock is once the worker has looked."""
    sweep()
    return Condition.objects.get(device_id=lock.id).state


def test_a_lock_whose_line_breaks_is_late_at_once_and_well_when_it_is_back(street: Street) -> None:
    street.ingest()
    eventually(Listening.objects.exists, "the ingest process says that it listens")
    lock = street.lock()
    eventually(lambda: settled(lock), "all that it wrote is stored")
    assert state(lock) == "well"
    lock.process.kill()
    eventually(lambda: state(lock) == "late", "the broker says that its line broke")
    lock.restart()
    eventually(lambda: state(lock) == "well", "it is heard again")


@pytest.mark.parametrize("demonstration", [False, True], ids=["mosquitto", "demonstration"])
def test_a_broker_killed_under_load_loses_nothing(own_database: ConnectionInfo, *, demonstration: bool) -> None:
    with open_street(own_database, demonstration=demonstration) as street:
        street.ingest()
        lock = street.lock()
        for round_ in range(3):
            target = Head.objects.get(device_id=lock.id).sequence + 20
            written = 0
            while Head.objects.get(device_id=lock.id).sequence < target and written < 500:
                lock.hands.do("battery", level=1 + (written * 7 + round_) % 100)
                lock.hands.do("open-door")
                lock.hands.do("close-door")
                written += 1
            lock.hands.do("shock")
            street.broker.kill()
            lock.hands.do("tamper")
            lock.hands.do("repair")
        eventually(lambda: settled(lock), "everything is stored and receipted")
        whole(lock.id)
        assert not Hole.objects.exists()
        assert not RefusedInput.objects.exists()
