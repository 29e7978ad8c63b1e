"""What is newly in force is brought to devices at once: the looks that find it anyway are put away here, so that only the push is left."""

from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.ingest import loop, reading, telling
from beffroi.kernel.devices.models import Head
from beffroi.kernel.devices.registry import LEASES
from beffroi.kernel.devices.tests.desk import NOW, Desk
from beffroi.kernel.devices.tests.street import Street, StreetLock, eventually
from beffroi.kernel.devices.tests.test_street import settled
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset
from beffroi.kernel.grants.actions.minting import publish_revocations
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.carriage import BeatFrame
from beffroi.protocol.v1.members import encode_bytes

NO_LOOKS = """
from datetime import timedelta
from beffroi.kernel.devices.ingest import loop, reading
loop.ROUND_EVERY = reading.TRUST_LIFE = timedelta(hours=1)
"""
NEXT_LIST = timedelta(hours=7)


def held(lock: StreetLock) -> tuple[int, int]:
    """Key set and revocation list, as the lock's own events say."""
    head = Head.objects.get(device_id=lock.id)
    return head.keyset, head.revocation_number


def test_a_new_list_and_a_new_key_set_reach_a_lock_without_a_look(street: Street) -> None:
    street.ingest(NO_LOOKS)
    lock, town = street.lock(), street.town
    eventually(lambda: settled(lock), "all that it wrote is stored")
    assert held(lock) == (1, 0)
    publish_revocations(store=town.store, authority=town.authority.id, now=utc_now())
    eventually(lambda: held(lock) == (1, 1), "the list is in the lock")
    publish_revocations(store=town.store, authority=town.authority.id, now=utc_now() + NEXT_LIST)
    eventually(lambda: held(lock) == (1, 2), "the next one as well, though the first was just believed")
    token = prepare_keyset(town.store, authority=town.authority.id, root=town.root, now=utc_now())
    take_keyset(authority=town.authority.id, token=token, by=None, now=utc_now())
    eventually(lambda: held(lock)[0] == 2, "the key set is in the lock")


@pytest.fixture
def desk(own_database: ConnectionInfo, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def heard(desk: Desk, count: int) -> list[FieldDevice]:
    """So many devices that spoke and hold the key set in force."""
    devices = [in_service(desk.town, now=NOW, name=f"PM {index}") for index in range(count)]
    for device in devices:
        desk.hear(device, device.write("keyset-taken", num=1))
    return devices


def lists_told(desk: Desk) -> int:
    """How many devices were told a list."""
    return sum(any(frame.get("revocation") for _channel, frame in frames) for frames in desk.sent.values())


def test_many_devices_are_told_part_after_part_without_waiting_for_a_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TRUST_A_ROUND", 2)
    devices = heard(desk, 5)
    desk.ingest.round(NOW)
    publish_revocations(store=desk.town.store, authority=desk.town.authority.id, now=NOW)
    desk.ingest.news()
    on = [desk.ingest.round(NOW), desk.ingest.round(NOW), desk.ingest.round(NOW)]
    assert on == [True, True, False]
    assert lists_told(desk) == len(devices)


def test_what_waits_for_messages_is_woken_by_news(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "IDLE", 3600.0)
    monkeypatch.setattr(reading, "TRUST_LIFE", timedelta(hours=1))
    desk.ingest.news()
    assert desk.ingest.gather() == []


def test_where_uses_live_is_told_first_and_again_soon(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "TRUST_A_ROUND", 1)
    monkeypatch.setitem(LEASES, "relay", print)
    locks = heard(desk, 3)
    relay = in_service(desk.town, now=NOW, name="Relais", device=FieldDevice(kind="relay"))
    desk.hear(relay, relay.write("keyset-taken", num=1))
    use = encode_bytes(bytes(16))
    desk.ingest.process([desk.message(relay.id, "up/beat", BeatFrame(relay.beat(use)))], NOW)
    publish_revocations(store=desk.town.store, authority=desk.town.authority.id, now=NOW)
    desk.ingest.news()
    desk.ingest.round(NOW)
    assert [device for device, frames in desk.sent.items() if any(frame.get("revocation") for _, frame in frames)] == [
        relay.id
    ]
    desk.hear(relay, relay.write("revocation-list-taken", set=1, num=1))
    while desk.ingest.round(NOW):
        continue
    assert lists_told(desk) == 1 + len(locks)
    monkeypatch.setattr(telling, "TRUST_A_ROUND", 10)
    publish_revocations(store=desk.town.store, authority=desk.town.authority.id, now=NOW + NEXT_LIST)
    desk.ingest.news()
    for second in range(6):
        desk.ingest.round(NOW + timedelta(seconds=second))
    times = [sum(frame.get("revocation") is not None for _, frame in desk.sent[each.id]) for each in (relay, *locks)]
    assert times == [1 + 3, *[1 + 1] * len(locks)]
