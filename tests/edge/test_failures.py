"""Whatever breaks inside, the bolt stays out: a full disk, a jammed bolt, a store that is another's or damaged."""

import json
import sqlite3
from pathlib import Path

import pytest

from beffroi.protocol.v1.exchange import Result
from tests.edge.street import Lock, Process
from tests.edge.town import LOCK, Town, allow

STORE = "lock.sqlite3"  # as docs/spec/lock.md names it: a lock in service finds its memory again


def tries(lock: Lock, town: Town) -> Result:
    with lock.connect() as connection:
        return allow(town.technician().phone().open(connection.exchange, LOCK))


def test_a_use_that_can_not_be_stored_is_refused(lock: Lock, town: Town) -> None:
    assert tries(lock, town).admitted
    lock.hands.do("advance", seconds=10)
    lock.hands.do("fill-disk")
    results = [tries(lock, town) for _ in range(40)]
    assert results[-1].outcome == "internal"
    assert results[-1].sequence == 0
    assert lock.hands.do("advance", seconds=10)["latch"] == "locked"
    admitted = [result.nonce for result in results if result.admitted]
    log = lock.log()
    assert [event.get("nonce") for event in log.of("use-admitted")][1:] == admitted
    tries(lock, town)
    assert lock.state()["latch"] == "locked"


def test_a_bolt_that_does_not_move_is_no_opening(lock: Lock, town: Town) -> None:
    lock.hands.do("jam")
    result = tries(lock, town)
    assert result.outcome == "internal"
    assert lock.state()["latch"] == "locked"
    assert lock.log().events[result.sequence].kind == "latch-failed"
    lock.hands.do("jam", jammed=False)
    assert tries(lock, town).admitted


def test_a_bolt_that_stays_in_says_so_once_and_is_tried_again(lock: Lock, town: Town) -> None:
    assert tries(lock, town).admitted
    lock.hands.do("jam")
    assert lock.hands.do("advance", seconds=10)["latch"] == "unlocked"
    lock.hands.do("advance", seconds=5)
    assert lock.log().kinds.count("latch-failed") == 1
    lock.hands.do("jam", jammed=False)
    assert lock.hands.do("advance", seconds=1)["latch"] == "locked"


def refused_start(*arguments: str) -> str:
    process = Process(*arguments)
    try:
        assert process.wait() == 2
        return "".join(process.lines)
    finally:
        process.end()


def test_a_second_process_on_the_same_store_does_not_start(lock: Lock) -> None:
    assert "store-busy" in refused_start("--store", str(lock.folder))


def test_a_store_without_a_document_does_not_start(tmp_path: Path) -> None:
    assert "not-commissioned" in refused_start("--store", str(tmp_path / "new"))


def test_an_empty_fleet_does_not_start(tmp_path: Path) -> None:
    assert "fleet-empty" in refused_start("--fleet", str(tmp_path))


def damage(folder: Path, sql: str, *values: str) -> None:
    connection = sqlite3.connect(folder / STORE)
    with connection:
        connection.execute(sql, values)
    connection.close()


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE fact SET value = 'x' || value WHERE name = 'keyset'", "store-damaged"),
        ("UPDATE fact SET value = 'x' || value WHERE name = 'revocation'", "store-damaged"),
        ("UPDATE fact SET value = '[{}]' WHERE name = 'roots'", "roots-other"),
        ("DELETE FROM fact WHERE name = 'key'", "key-other"),
        ("PRAGMA user_version = 99", "store-foreign"),
    ],
)
def test_a_damaged_store_does_not_start(lock: Lock, sql: str, code: str) -> None:
    """A lock that lost its trust must not go on without it: with no list, a revoked right could pass."""
    assert lock.process.stop() == 0
    damage(lock.folder, sql)
    assert code in refused_start("--store", str(lock.folder))


def test_a_file_that_is_no_store_does_not_start(lock: Lock) -> None:
    assert lock.process.stop() == 0
    (lock.folder / STORE).write_bytes(b"not a database" * 1000)
    assert "store-failed" in refused_start("--store", str(lock.folder))


def test_the_store_and_its_folder_are_its_owner_s_alone(lock: Lock) -> None:
    assert (lock.folder / STORE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("certificate", None, "member-missing"),
        ("device", "armoire-0099", "device-other"),
        ("authority", "chelles", "authority-other"),
        ("version", 2, "version"),
        ("keyset", "a.b.c", "token-form"),
        ("zz", 1, "member-unknown"),
        ("broker", {"host": "127.0.0.1"}, "member-missing"),
    ],
)
def test_a_document_that_is_not_right_is_refused(lock: Lock, member: str, value: object, code: str) -> None:
    assert lock.process.stop() == 0
    path = lock.folder / "commissioning.json"
    document = json.loads(path.read_text()) | {member: value}
    path.write_text(json.dumps({name: item for name, item in document.items() if item is not None}))
    assert code in refused_start("--store", str(lock.folder))


def test_another_authority_s_document_is_refused(lock: Lock, tmp_path: Path) -> None:
    """The roots are taken once: whoever has the folder can't hand the lock to somebody else by a new document."""
    other = Town()
    assert lock.process.stop() == 0
    path = tmp_path / "other.json"
    own = json.loads((lock.folder / "commissioning.json").read_text())
    theirs = other.document(lock.request)
    forged = own | {name: theirs[name] for name in ("keyset", "roots", "certificate")}
    path.write_text(json.dumps(forged))
    assert "roots-other" in refused_start("--store", str(lock.folder), "--commission", str(path))


def test_it_stops_cleanly_and_says_nothing_secret(lock: Lock) -> None:
    assert lock.process.stop() == 0
    said = "".join(lock.process.lines)
    key = lock.key().private_bytes_raw()
    assert key.hex() not in said
    assert "stopping" in said
