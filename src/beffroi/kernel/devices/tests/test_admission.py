"""The broker's list of devices is what the rows say, whoever wrote last, whatever was missed, and soon."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.mqtt import accounts, certificates, notes
from beffroi.adapters.mqtt.notes import DEMONSTRATION, Notes
from beffroi.adapters.mqtt.premises import Premises
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.admission import Admission, refuse_retired
from beffroi.kernel.devices.factories import Town, in_service, town
from beffroi.kernel.devices.queries.devices import devices_struck_off, devices_without_line
from beffroi.kernel.devices.tests.desk import NOW
from beffroi.kernel.devices.tests.street import eventually
from beffroi.kernel.grants import minter
from beffroi.lib.clock import utc_now


@pytest.fixture
def meaux(own_database: ConnectionInfo, tmp_path: Path) -> Town:
    return town(tmp_path / "keys", now=NOW)


@pytest.fixture
def broker(tmp_path: Path) -> Notes:
    return Premises(tmp_path, None).open_for(DEMONSTRATION)


def admitted(broker: Notes) -> set[UUID]:
    lines = (Path(broker.folder) / accounts.ACCESS).read_text().splitlines()
    return {UUID(line.removeprefix("user ")) for line in lines if line.startswith("user ")}


@contextmanager
def minting(home: Path) -> Iterator[None]:
    """The minter at work, as a thread with a connection of its own."""
    stop = threading.Event()

    def work() -> None:
        minter.run(home=home, clock=utc_now, stopped=stop.is_set)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        with connection.cursor() as cursor:
            cursor.execute("NOTIFY beffroi_minter")
        thread.join()


def test_a_look_admits_who_is_in_service_and_nobody_else(meaux: Town, broker: Notes) -> None:
    admission = Admission()
    staying, leaving = in_service(meaux, now=NOW, name="PM 1"), in_service(meaux, now=NOW, name="PM 2")
    assert admission.admit(meaux.store, NOW) == 1
    assert admitted(broker) == {staying.id, leaving.id}
    retire_device(device=leaving.id, reason="stolen", now=NOW, by=None)
    assert admission.admit(meaux.store, NOW) == 1
    assert admitted(broker) == {staying.id}
    assert admission.admit(meaux.store, NOW) == 0


def test_a_new_password_voids_the_one_before(meaux: Town, broker: Notes, tmp_path: Path) -> None:
    admission, device = Admission(), in_service(meaux, now=NOW)
    for _time in range(2):
        document = put_in_service(device=device.id, home=tmp_path, broker_url=None, by=None, now=NOW)
        admission.admit(meaux.store, NOW)
        access = document["broker"]
        assert isinstance(access, dict)
        stored = (Path(broker.folder) / accounts.PASSWORDS).read_text().strip().removeprefix(f"{device.id}:")
        assert accounts.verify(str(access["password"]), stored)


@pytest.mark.parametrize("name", [accounts.ACCESS, accounts.PASSWORDS])
def test_a_list_that_somebody_put_back_or_took_away_is_made_good(meaux: Town, broker: Notes, name: str) -> None:
    admission, path = Admission(), Path(broker.folder) / name
    device = in_service(meaux, now=NOW)
    admission.admit(meaux.store, NOW)
    old, retired = path.read_text(), device
    retire_device(device=retired.id, reason="stolen", now=NOW, by=None)
    in_service(meaux, now=NOW)
    admission.admit(meaux.store, NOW)
    new = path.read_text()
    assert str(retired.id) not in new
    path.write_text(old)
    assert admission.admit(meaux.store, NOW) == 1
    assert path.read_text() == new
    path.unlink()
    assert admission.admit(meaux.store, NOW) == 1
    assert path.read_text() == new


def test_a_look_that_finds_nothing_new_reads_no_account(meaux: Town, broker: Notes) -> None:
    admission = Admission()
    in_service(meaux, now=NOW)
    admission.admit(meaux.store, NOW)
    with CaptureQueriesContext(connection) as queries:
        assert admission.admit(meaux.store, NOW) == 0
    assert len(queries) == 1


def test_where_no_broker_of_ours_was_ever_started_nothing_is_written(meaux: Town, tmp_path: Path) -> None:
    in_service(meaux, now=NOW)
    assert Admission().admit(meaux.store, NOW) == 0
    assert not notes.path_in(tmp_path).exists()


def test_notes_that_are_damaged_stop_this_and_nothing_else_of_the_minters(
    meaux: Town, broker: Notes, tmp_path: Path
) -> None:
    notes.path_in(tmp_path).write_text("{")
    with pytest.raises(KeyStoreError, match="restore it from your backup"):
        Admission().admit(meaux.store, NOW)
    in_service(meaux, now=NOW)
    minter.mint_all(meaux.store, NOW)


def struck(broker: Notes) -> frozenset[int]:
    return certificates.numbers((Path(broker.folder) / accounts.STRUCK_OFF_LIST).read_text())


def test_a_look_that_strikes_nobody_off_reads_no_certificate(meaux: Town, broker: Notes) -> None:
    devices = [in_service(meaux, now=NOW, name=f"PM {number}") for number in range(2)]
    with CaptureQueriesContext(connection) as queries:
        assert refuse_retired(meaux.store, NOW) == 0
    assert len(queries) == 0  # this broker takes no certificates yet
    accounts.write_door(Path(broker.folder), meaux.store.folder, {"localhost"}, NOW)
    for number, device in enumerate(devices, 1):
        retire_device(device=device.id, reason="stolen", now=NOW, by=None)
        assert refuse_retired(meaux.store, NOW) == 1
        assert len(struck(broker)) == number
        with CaptureQueriesContext(connection) as queries:
            assert refuse_retired(meaux.store, NOW) == 0
        assert [query["sql"].split(" FROM ")[0] for query in queries] == ['SELECT "devices_device"."id" AS "id"']


def test_a_list_of_names_without_its_signature_is_signed(meaux: Town, broker: Notes) -> None:
    folder, device = Path(broker.folder), in_service(meaux, now=NOW)
    accounts.write_door(folder, meaux.store.folder, {"localhost"}, NOW)
    before = (folder / accounts.STRUCK_OFF_LIST).read_text()
    retire_device(device=device.id, reason="stolen", now=NOW, by=None)
    refuse_retired(meaux.store, NOW)
    (folder / accounts.STRUCK_OFF_LIST).write_text(before)  # as a kill between the two leaves them
    assert accounts.struck_off(folder) == {device.id}
    assert refuse_retired(meaux.store, NOW) == 1
    assert len(struck(broker)) == 1


@pytest.mark.parametrize(
    ("reads", "index"),
    [(lambda: devices_struck_off(NOW), "device_struck_off"), (lambda: devices_without_line(9), "device_without_line")],
)
def test_what_the_minter_looks_for_has_an_index(meaux: Town, reads: Callable[[], object], index: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        reads()
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        assert index in str(cursor.fetchall())


def test_the_minter_is_woken_by_who_comes_and_who_leaves(
    meaux: Town, broker: Notes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minter, "LOOK_EVERY", 600.0)
    device, passwords = in_service(meaux, now=NOW), Path(broker.folder) / accounts.PASSWORDS
    with minting(tmp_path):
        eventually(lambda: admitted(broker) == {device.id}, "it is admitted")
        before = passwords.read_text()
        put_in_service(device=device.id, home=tmp_path, broker_url=None, by=None, now=NOW)
        eventually(lambda: passwords.read_text() != before, "its new password is")
        retire_device(device=device.id, reason="stolen", now=NOW, by=None)
        eventually(lambda: not admitted(broker), "it is not admitted any more")
