"""A device that asks, or is behind, is brought what it lacks: trust, time bound to its nonce, the receipt."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused
from beffroi.protocol.v1.carriage import Ask
from beffroi.protocol.v1.clock import GateClock
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.stamp import verify_stamp

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path, db: None) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def device(desk: Desk) -> FieldDevice:
    return in_service(desk.town, now=NOW)


def test_an_ask_is_answered_with_trust_bound_time_and_the_receipt(desk: Desk, device: FieldDevice) -> None:
    desk.hear(device, device.write("boot"))
    desk.sent.clear()
    nonce = "A" * 22
    desk.ingest.process([desk.message(device.id, "up/ask", Ask(str(device.id), 0, (0, 0), nonce))], NOW)
    brought = dict(desk.sent[device.id])
    trust = trust_in_force(desk.town.authority.id)
    assert trust is not None
    assert brought["down/trust"].get("keyset") == trust.keyset.token
    stamp = verify_stamp(brought["down/trust"].get("stamp") or "", keyset=trust.keyset, at=Reading(None))
    assert not isinstance(stamp, Refused)
    assert (stamp.time, stamp.device, stamp.nonce) == (int(NOW.timestamp()), str(device.id), nonce)
    assert desk.receipt(device).upto == 1
    desk.sent.clear()
    desk.ingest.process([desk.message(device.id, "up/ask", Ask(str(device.id), trust.keyset.number, (0, 0)))], NOW)
    assert {tail: frame.get("keyset") for tail, frame in desk.sent[device.id]} == {
        "down/trust": None,
        "down/receipt": None,
    }
    desk.ingest.process([desk.message(device.id, "up/ask", Ask(str(uuid4()), 0, (0, 0)))], NOW)
    assert refused() == {"device-other": 1}


@pytest.mark.parametrize("millisecond", [0, 1, 400, 999])
def test_a_clock_that_goes_by_a_stamp_ends_nothing_late(desk: Desk, device: FieldDevice, millisecond: int) -> None:
    """From the moment at which the stamp is there; and it is less than a second early."""
    trust = trust_in_force(desk.town.authority.id)
    assert trust is not None
    now, nonce, uptime, named = NOW + timedelta(milliseconds=millisecond), "A" * 22, 5_000, str(device.id)
    desk.ingest.process([desk.message(device.id, "up/ask", Ask(named, 0, (0, 0), nonce))], now)
    token = dict(desk.sent[device.id])["down/trust"].get("stamp") or ""
    stamp = verify_stamp(token, keyset=trust.keyset, at=Reading(None))
    assert not isinstance(stamp, Refused)
    taken = GateClock().ask(nonce, uptime).take(stamp, device=named, uptime=uptime)
    assert not isinstance(taken, Refused)
    clock, _change = taken
    end = NOW + timedelta(hours=2)
    reached = clock.uptime_of(int(end.timestamp()))
    assert reached is not None
    early = end - (now + timedelta(milliseconds=reached - uptime))
    assert timedelta(0) <= early < timedelta(seconds=1)


def test_a_device_that_is_behind_is_brought_the_new_key_set(desk: Desk, device: FieldDevice) -> None:
    desk.ingest.round(NOW)
    assert desk.sent[device.id] == []  # never heard: it asks when it comes
    desk.hear(device, device.write("boot"))
    desk.sent.clear()
    desk.ingest.round(NOW)
    ((channel, frame),) = desk.sent[device.id]
    trust = trust_in_force(desk.town.authority.id)
    assert trust is not None
    assert (channel, frame.get("keyset")) == ("down/trust", trust.keyset.token)
    desk.hear(device, device.write("keyset-taken", num=1))
    desk.sent.clear()
    desk.now += timedelta(minutes=1)
    desk.ingest.round(desk.now)
    assert desk.sent[device.id] == []
