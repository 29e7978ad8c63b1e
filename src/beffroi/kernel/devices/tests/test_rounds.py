"""What devices are told without having asked: by one process at a time, a part each second, nothing standing in another's way."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commands import command_device
from beffroi.kernel.devices.factories import FieldDevice, in_service, town
from beffroi.kernel.devices.ingest import telling
from beffroi.kernel.devices.tests.desk import NOW, Desk
from beffroi.kernel.devices.tests.street import eventually

SECOND = timedelta(seconds=1)


class OtherProcess:
    """A desk with a connection of its own to the database."""

    def __init__(self, desk: Desk, thread: ThreadPoolExecutor) -> None:
        self.desk = desk
        self._thread = thread

    def round(self, now: datetime) -> None:
        self._thread.submit(self.desk.ingest.round, now).result()

    def ends(self) -> None:
        self._thread.submit(lambda: connection.close()).result()  # noqa: PLW0108 - the connection is each thread's own


@pytest.fixture
def desk(own_database: ConnectionInfo, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Iterator[OtherProcess]:
    with ThreadPoolExecutor(1) as thread:
        process = OtherProcess(Desk(tmp_path, place=desk.town), thread)
        yield process
        process.ends()


def told(desk: Desk, channel: str) -> list[UUID]:
    """By this process, since the last look: the identifiers, one for each time."""
    found = [device for device, frames in desk.sent.items() for name, _frame in frames if name == channel]
    for device, frames in desk.sent.items():
        desk.sent[device] = [each for each in frames if each[0] != channel]
    return sorted(found)


def heard(desk: Desk, count: int, name: str = "PM") -> list[FieldDevice]:
    """So many devices that spoke, and hold nothing newer than what they came with."""
    devices = [in_service(desk.town, now=NOW, name=f"{name} {index}") for index in range(count)]
    for device in devices:
        desk.hear(device, device.write("boot"))
    desk.sent.clear()
    return devices


def test_one_of_several_processes_tells_and_another_when_it_ends(desk: Desk, other: OtherProcess) -> None:
    devices = sorted(device.id for device in heard(desk, 2))
    desk.ingest.round(NOW)
    other.round(NOW)
    assert told(desk, "down/trust") == devices
    assert told(other.desk, "down/trust") == []
    connection.close()  # the database hears of it a moment later

    def takes_over() -> bool:
        other.round(NOW + SECOND)
        return any(other.desk.sent.values())

    eventually(takes_over, "the lock is free")
    desk.ingest.round(NOW + SECOND)
    assert told(other.desk, "down/trust") == devices
    assert told(desk, "down/trust") == []


def test_who_has_lost_the_broker_leaves_it_to_another(desk: Desk, other: OtherProcess) -> None:
    devices = sorted(device.id for device in heard(desk, 2))
    desk.broker_away = True
    desk.ingest.round(NOW)
    other.round(NOW)
    assert told(other.desk, "down/trust") == []
    desk.ingest.round(NOW + SECOND)
    other.round(NOW + SECOND)
    assert told(other.desk, "down/trust") == devices


def test_a_new_list_for_many_holds_up_neither_what_is_missing_nor_commands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TRUST_A_ROUND", 2)
    devices = heard(desk, 5)
    short, commanded = devices[0], devices[1]
    short.write("opened")
    desk.hear(short, short.write("closed"))
    command_device(device=commanded.id, action="report", arguments={}, now=NOW, by=None)
    desk.sent.clear()
    desk.ingest.round(NOW)
    first = told(desk, "down/trust")
    assert len(first) == 2
    assert told(desk, "down/receipt") == [short.id]
    assert told(desk, "down/command") == [commanded.id]
    desk.ingest.round(NOW + SECOND)
    second = told(desk, "down/trust")
    desk.ingest.round(NOW + 2 * SECOND)
    third = told(desk, "down/trust")
    assert sorted({*first, *second, *third}) == sorted(device.id for device in devices)
    assert len([*first, *second, *third]) == 5
    for later in range(5):
        desk.ingest.round(NOW + telling.AGAIN_AFTER + later * SECOND)
    assert told(desk, "down/trust") == sorted(device.id for device in devices)


def test_an_authority_with_many_devices_stands_in_no_others_way(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TRUST_A_ROUND", 2)
    others = [Desk(tmp_path / slug, place=town(tmp_path / slug, now=NOW, slug=slug)) for slug in ("nanteuil", "poincy")]
    expected = [device.id for place in (desk, *others) for device in heard(place, 3)]
    seen = list[UUID]()
    for second in range(6):
        desk.ingest.round(NOW + second * SECOND)
        seen += told(desk, "down/trust")
    assert sorted(seen) == sorted(expected)


def test_what_is_missing_of_many_logs_is_asked_for_in_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "RECEIPTS_A_ROUND", 2)
    devices = heard(desk, 5)
    for device in devices:
        device.write("opened")
        desk.hear(device, device.write("closed"))
    desk.sent.clear()
    rounds = []
    for second in range(3):
        desk.ingest.round(NOW + second * SECOND)
        rounds.append(told(desk, "down/receipt"))
    assert [len(each) for each in rounds] == [2, 2, 1]
    assert sorted(itertools.chain(*rounds)) == sorted(device.id for device in devices)


def test_commands_that_wait_for_many_are_signed_in_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "COMMANDS_A_ROUND", 2)
    devices = heard(desk, 5)
    for device in devices:
        command_device(device=device.id, action="report", arguments={}, now=NOW, by=None)
    rounds = []
    for second in range(3):
        desk.ingest.round(NOW + second * SECOND)
        rounds.append(told(desk, "down/command"))
    assert [len(each) for each in rounds] == [2, 2, 1]
    assert sorted(itertools.chain(*rounds)) == sorted(device.id for device in devices)
