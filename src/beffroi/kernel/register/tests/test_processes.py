"""The register's commands as people and the supervisor run them: processes of their own, over a real database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection, transaction

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.factories import HOST, Town
from beffroi.kernel.register.models import Leaf
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint

Command = Callable[..., subprocess.CompletedProcess[str]]
PATIENCE = 300


@pytest.fixture
def variables(town: Town, own_database: ConnectionInfo) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DJANGO_"))}
    return {
        **kept,
        "BEFFROI_HOME": str(town.home),
        "BEFFROI_REGISTER_HOST": HOST,
        "DATABASE_URL": own_database.app_url,
    }


@pytest.fixture
def beffroi(variables: dict[str, str]) -> Command:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "beffroi", *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=PATIENCE)

    return run


@pytest.fixture
def start(variables: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "sequencers.log").open("wb"))

        def run() -> subprocess.Popen[bytes]:
            process = subprocess.Popen([sys.executable, "-m", "beffroi", "sequencer"], env=variables, stderr=log)
            stack.callback(process.wait, PATIENCE)
            stack.callback(process.kill)
            return process

        yield run


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def published(town: Town) -> int:
    return town.published().size if town.archive.checkpoint() else 0


def sequencers_connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'beffroi sequencer' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def lock_holder() -> int | None:
    """The server process of the working sequencer: it changes hands with the lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        )
        row = cursor.fetchone()
        return None if row is None else int(row[0])


def test_of_two_sequencers_one_works_and_the_other_takes_over(
    town: Town, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    processes = [start(), start()]
    until(lambda: sequencers_connected() == 2 and lock_holder() is not None)
    town.acts(20)
    until(lambda: published(town) == 20)
    first = lock_holder()
    processes[0].send_signal(signal.SIGKILL)  # the one at work or the one that waits: either way one goes on
    processes[0].wait(PATIENCE)
    town.acts(20)
    until(lambda: published(town) == 40)
    processes.append(start())
    until(lambda: sequencers_connected() == 2)
    processes[1].send_signal(signal.SIGKILL)
    processes[1].wait(PATIENCE)
    until(lambda: lock_holder() not in (None, first) or sequencers_connected() == 1)
    town.acts(20)
    until(lambda: published(town) == 60)
    assert Leaf.objects.count() == 60
    town.sequencer()  # finds what was published and what the database has to be one log


def test_a_sequencer_stops_when_told(town: Town, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    process = start()
    town.act()
    until(lambda: published(town) == 1)
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_a_sequencer_refuses_a_database_that_lost_what_was_published(
    town: Town,
    start: Callable[[], subprocess.Popen[bytes]],
    beffroi: Command,
    own_database: ConnectionInfo,
    tmp_path: Path,
) -> None:
    town.acts(3)
    town.sequence()
    note = town.archive.checkpoint()
    lost = town.shelf.root / "installation"
    lost.mkdir()
    (lost / "checkpoint").write_text(installation_checkpoint(town))
    process = start()
    assert process.wait(PATIENCE) == 3
    said = (tmp_path / "sequencers.log").read_text()
    assert "the register is not continued" in said
    assert "beffroi register resume" in said
    assert town.archive.checkpoint() == note
    answer = beffroi("register", "resume")
    assert answer.returncode == 1
    assert "NOT RESUMED" in answer.stdout
    assert "--close" in answer.stdout


def installation_checkpoint(town: Town) -> str:
    """Signed by us, of a log whose leaves neither the database nor the files have."""
    checkpoint = Checkpoint(f"{HOST}/register/installation", 4, bytes(32))
    return sign_checkpoint(checkpoint, town.keys.of("installation").signing)


def test_from_the_key_to_a_verified_export(town: Town, beffroi: Command, tmp_path: Path) -> None:
    identifiers = town.acts(4)
    town.sequence()
    older = tmp_path / "older"
    older.write_text(str(town.archive.checkpoint()))
    with transaction.atomic():
        erase(entries=identifiers[:1], reason="retention", by=None)
    town.sequence()
    keys = beffroi("register", "key").stdout.split()
    assert set(map(str, town.vkeys())) <= set(keys)
    file = tmp_path / "register.gz"
    made = beffroi("register", "export", str(file))
    assert (made.returncode, made.stderr) == (0, "")
    assert file.stat().st_mode & 0o077 == 0
    options = [word for key in keys for word in ("--key", key)]
    answer = beffroi("register", "verify", str(file), *options, "--since", str(older))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "5 entries, 1 erased, 0 lost" in answer.stdout
    assert (
        beffroi("register", "verify", str(file), "--key", str(town.vkeys()[0]).replace(HOST, "other")).returncode == 2
    )
    file.write_bytes(file.read_bytes()[:-30])
    answer = beffroi("register", "verify", str(file), *options)
    assert (answer.returncode, "NOT VERIFIED" in answer.stdout) == (1, True)


def test_a_receipt_is_verified_by_the_same_command(town: Town, beffroi: Command, tmp_path: Path) -> None:
    (identifier,) = town.acts(1)
    town.sequence()
    receipt = receipt_of(identifier, place=town.shelf)
    assert receipt is not None
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt.to_bytes())
    key = str(town.vkeys()[0])
    answer = beffroi("register", "verify", str(file), "--key", key)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "number: 0" in answer.stdout
    file.write_bytes(receipt.to_bytes().replace(b'"value": 0', b'"value": 1'))
    assert beffroi("register", "verify", str(file), "--key", key).returncode == 1
    assert beffroi("register", "verify", str(tmp_path / "nothing"), "--key", key).returncode == 2
    assert beffroi("register", "verify", str(file), "--key", "no key").returncode == 2


def test_resume_waits_for_no_sequencer(
    town: Town, start: Callable[[], subprocess.Popen[bytes]], beffroi: Command
) -> None:
    start()
    town.act()
    until(lambda: published(town) == 1)
    answer = beffroi("register", "resume")
    assert (answer.returncode, "stop it first" in answer.stdout) == (1, True)


def test_resume_says_that_all_is_well(town: Town, beffroi: Command) -> None:
    town.acts(2)
    town.sequence()
    answer = beffroi("register", "resume")
    assert (answer.returncode, answer.stdout) == (0, f"{town.authority}: well\n")


def test_verifying_loads_no_django(town: Town, variables: dict[str, str], tmp_path: Path) -> None:
    (identifier,) = town.acts(1)
    town.sequence()
    receipt = receipt_of(identifier, place=town.shelf)
    assert receipt is not None
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt.to_bytes())
    program = (
        "import sys; from beffroi.cli.main import main; "
        "code = main(sys.argv[1:]); "
        "loaded = sorted(name for name in sys.modules if name.partition('.')[0] in ('django', 'psycopg')); "
        "sys.exit(code or (f'loaded: {loaded}' if loaded else 0))"
    )
    command = [sys.executable, "-c", program, "register", "verify", str(file), "--key", str(town.vkeys()[0])]
    nowhere = {name: value for name, value in variables.items() if name != "DATABASE_URL"}
    nowhere["BEFFROI_HOME"] = str(tmp_path / "nowhere")
    answer = subprocess.run(command, env=nowhere, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (answer.returncode, answer.stderr) == (0, "")
