"""Whatever instant the current goes, the next start finds a whole log, and each admitted result is exactly one event in it."""

import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from time import sleep

import pytest

from beffroi.protocol.v1.exchange import Result
from beffroi.protocol.v1.keyset import Use
from beffroi.simulator.phone import PhoneError
from tests.edge.street import PATIENCE, Lock
from tests.edge.town import LOCK, Technician, Town, allow

ROUNDS = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed in the suite, as many as the battery has rounds by hand."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 1 + metafunc.config.getoption("--kill-rounds", default=1)))


def test_killed_at_any_line_of_its_code(tmp_path: Path, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.edge.dying", str(tmp_path / "lock"), str(seed), str(ROUNDS)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["answered"] >= ROUNDS / 2, figures
    assert figures["admitted"] >= figures["answered"], figures
    assert figures["died_open"] > 0, figures


def openings(lock: Lock, technician: Technician, results: list[Result]) -> None:
    """Open as often as the lock lives."""
    while True:
        try:
            with lock.connect() as connection:
                results.append(allow(technician.phone().open(connection.exchange, LOCK)))
        except (PhoneError, OSError):
            return


def test_killed_while_openings_run(lock: Lock, town: Town) -> None:
    """From outside, over TCP: three phones at once, SIGKILL at a random moment, eight times."""
    chance = random.Random(8)  # noqa: S311 - repeats, and hides nothing
    results: list[Result] = []
    for number in range(2, 10):
        phones = [threading.Thread(target=openings, args=(lock, town.technician(), results)) for _ in range(3)]
        reached = len(results) + chance.randint(1, 6)
        for phone in phones:
            phone.start()
        while len(results) < reached and any(phone.is_alive() for phone in phones):
            sleep(
                chance.uniform(0, 0.002)
            )  # where in an opening the kill falls is left to chance; nothing waits for a time
        lock.process.kill()
        for phone in phones:
            phone.join(PATIENCE)
        lock.restart()
        lock.set_time()
        lock.bring(revocation=town.revocations(number))
    log = lock.log()
    assert all(result.admitted for result in results)
    assert len(results) >= 16
    by_nonce = {event.get("nonce"): sequence for sequence, event in log.events.items() if event.kind == "use-admitted"}
    assert len(by_nonce) == len(log.of("use-admitted"))
    assert [by_nonce[result.nonce] for result in results] == [result.sequence for result in results]
    assert list(log.events) == list(range(1, log.head.sequence + 1))


def test_after_a_power_cut_time_is_unknown_until_the_fresh_nonce_is_answered(lock: Lock, town: Town) -> None:
    technician = town.technician()
    lock.hands.attempt("power-cut")
    assert lock.process.wait() == 9
    lock.restart()
    state = lock.state()
    assert (state["time"], state["boot"], state["latch"]) == ("unknown", 2, "locked")
    with lock.connect() as connection:
        assert allow(technician.phone().open(connection.exchange, LOCK)).outcome == "time-unknown"
    lock.set_time()
    with lock.connect() as connection:
        assert allow(technician.phone().open(connection.exchange, LOCK)).admitted


def test_the_floor_survives_so_no_stamp_before_it_counts(lock: Lock, town: Town) -> None:
    lock.hands.do("advance", seconds=7_200)
    lock.hands.do("tamper")
    lock.hands.attempt("power-cut")
    lock.process.wait()
    lock.restart()
    with pytest.raises(AssertionError, match="stamp-back"):
        lock.set_time()


def test_a_revocation_survives_a_power_cut_and_the_rotation_of_its_key(lock: Lock, town: Town) -> None:
    technician = town.technician(grant="ordre-5")
    lock.bring(revocation=town.revocations(2, grants=frozenset({"ordre-5"})))
    assert lock.bring(keyset=town.rotate(Use.REVOCATION, Use.CAPABILITY)) == {"keyset": "taken"}
    lock.hands.attempt("power-cut")
    lock.process.wait()
    lock.restart()
    assert lock.state()["revocations"] == [1, 2]
    lock.set_time()
    again = town.technician(keys=technician.keys, grant="ordre-5")
    with lock.connect() as connection:
        assert allow(again.phone().open(connection.exchange, LOCK)).outcome == "grant-revoked"


def test_a_door_opened_while_the_current_was_off_was_forced(lock: Lock) -> None:
    lock.process.kill()
    metal = lock.folder / "metal.json"
    metal.write_text(json.dumps(json.loads(metal.read_text()) | {"door_open": True}))
    lock.restart()
    assert lock.log().kinds[-2:] == ["boot", "forced"]
    lock.hands.do("close-door")
    assert lock.log().kinds[-1] == "closed"
