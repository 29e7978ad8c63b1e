"""Signed events through Mosquitto into the table and a signed receipt back, at a rate, by two ingest processes.

``python -m bench ingest [--quick]``. PostgreSQL and Mosquitto of its own, with nothing switched off, under a temporary folder. The
street signs beforehand and sends by the clock; waits are from a batch's sending to the first receipt that covers it, which is signed
after the commit. A worker does beside it what the events ask of systems.
"""

import base64
import contextlib
import json
import multiprocessing
import os
import pickle
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TypedDict
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from beffroi.adapters.postgres.notes import ConnectionInfo
from bench.devices import Town, cpu, sign, started
from bench.register import Line, pgbench
from bench.street import Outcome, Plan, Sent

LEAST_RATE, GREATEST_P99_MS = 10_000, 250.0
PATIENCE = 10.0
SAMPLE_EVERY = 0.25
PGBENCH_SECONDS = 5.0
COPIED = 100_000
STREET = [sys.executable, "-c", "from bench.street import main; main()"]


@dataclass(frozen=True)
class Course:
    """What the street does once: events a batch, events offered a second (None: all at once), for so many seconds' worth."""

    name: str
    size: int
    rate: float
    seconds: float
    at_once: bool = False
    bound: bool = False


# 625 devices with a batch of 16 each second.
DEVICES, WARM = 625, Course("warm-up", 16, 5_000, 3)
COURSES = (
    Course("16 a batch", 16, 10_500, 15, bound=True),
    Course("16 a batch, all at once", 16, 10_500, 8, at_once=True),
    Course("1 a batch", 1, 1_500, 10),
)
QUICK_DEVICES, QUICK_WARM, QUICK = 60, Course("warm-up", 16, 500, 1), (Course("16 a batch", 16, 1_000, 3),)


class Claims(TypedDict):
    """What a batch or a receipt says, as far as it is read here."""

    first: int
    events: list[object]
    upto: int
    missing: list[tuple[int, int]]


def plan(town: Town, course: Course) -> Plan:
    """Every device sends a batch at its own regular moments, so that together they reach the rate; or all goes at once."""
    size, interval = course.size, course.size * len(town.devices) / course.rate
    batches = max(1, round(course.seconds / interval))
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        work = [(device, size, batches, int(time.time())) for device in town.devices]
        signed = pool.starmap(sign, work, chunksize=16)
    town.devices = [device for device, _ in signed]
    sent = [
        Sent(0.0 if course.at_once else (number / len(signed) + turn) * interval, device.topic, payload)
        for number, (device, payloads) in enumerate(signed)
        for turn, payload in enumerate(payloads)
    ]
    # Of one device in its order, whatever the moment.
    order = sorted(range(len(sent)), key=lambda index: (sent[index].at, index % batches))
    url = urlsplit(town.url)
    return Plan(
        host=url.hostname or "",
        port=url.port or 0,
        user=url.username or "",
        password=url.password or "",
        hear="beffroi/1/+/+/down/receipt",
        batches=[sent[index] for index in order],
        begin_at=0.0,
        patience=PATIENCE,
    )


Samples = list[tuple[float, dict[str, float]]]


def walk(town: Town, planned: Plan) -> tuple[Outcome, Samples]:
    """Run the street in its own process; and the CPU that each has used, now and then."""
    path = town.home / f"street-{uuid4().hex}"
    # Reading the plan lasts; every process begins by the same clock.
    path.write_bytes(pickle.dumps(replace(planned, begin_at=time.monotonic() + 3.0)))
    samples: Samples = []
    with subprocess.Popen([*STREET, str(path)]) as street:
        while street.poll() is None:
            samples.append((time.monotonic(), cpu(town.processes)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                street.wait(SAMPLE_EVERY)
    found: Outcome = pickle.loads(path.with_suffix(".outcome").read_bytes())  # noqa: S301 - our own child wrote it
    return found, samples


def waits(planned: Plan, outcome: Outcome) -> list[float]:
    """Seconds from each batch's sending to the first receipt that covers it; batches never covered are infinitely late."""
    receipts: dict[str, list[tuple[float, int]]] = {}
    for at, topic, payload in outcome.heard:
        receipts.setdefault(topic.rsplit("/", 2)[0], []).append((at, _upto(payload)))
    position: dict[str, int] = {}
    found = []
    for sent_at, batch in zip(outcome.sent, planned.batches, strict=True):
        name, last = batch.topic.rsplit("/", 2)[0], _last(batch.payload)
        known, index = receipts.get(name, []), position.get(name, 0)
        while index < len(known) and known[index][1] < last:
            index += 1
        position[name] = index
        found.append(known[index][0] - sent_at if index < len(known) else float("inf"))
    return found


def _claims(token: str) -> Claims:
    body = token.split(".")[1]
    claims: Claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _upto(payload: bytes) -> int:
    """Up to where a receipt covers a log: what lies before its first missing range."""
    claims = _claims(json.loads(payload)["receipt"])
    return claims["missing"][0][0] - 1 if claims["missing"] else claims["upto"]


def _last(payload: bytes) -> int:
    claims = _claims(json.loads(payload)["batch"])
    return claims["first"] + len(claims["events"]) - 1


@dataclass(frozen=True)
class Run:
    """One course: how many events had a receipt, how long until the last, each batch's wait, and who used which CPU.

    `unanswered` events had none before ten seconds passed without any: this street, unlike a device, doesn't send again.
    """

    course: Course
    events: int
    seconds: float
    waits: list[float]
    cores: dict[str, float]
    late: float
    unanswered: int

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    def quantile(self, percent: int) -> float:
        """Of the waits, in milliseconds."""
        return statistics.quantiles(self.waits, n=100)[percent - 1] * 1000


def run(town: Town, course: Course) -> Run:
    """Walk the street once."""
    planned = plan(town, course)
    outcome, samples = walk(town, planned)
    waited = waits(planned, outcome)
    answered = [wait for wait in waited if wait < float("inf")]
    if not answered:
        raise SystemExit(f"{course.name}: nothing was receipted")
    ended = max(at + wait for at, wait in zip(outcome.sent, waited, strict=True) if wait < float("inf"))
    seconds = ended - outcome.sent[0]
    before = max((sample for sample in samples if sample[0] <= outcome.sent[0]), key=lambda sample: sample[0])[1]
    after = min((sample for sample in samples if sample[0] >= ended), key=lambda sample: sample[0])[1]
    cores = {name: (after[name] - before[name]) / seconds for name in before} | {"street": outcome.cpu / seconds}
    missing = len(waited) - len(answered)
    return Run(course, course.size * len(answered), seconds, answered, cores, outcome.late, course.size * missing)


def copying(info: ConnectionInfo) -> float:
    """Rows a second of one bare COPY of the same rows into a table with the same keys and indexes: the limit."""
    with psycopg.connect(info.owner_url) as database:
        database.execute("CREATE TABLE bench_copy (LIKE devices_deviceevent INCLUDING ALL)")
        chosen = sql.SQL("COPY (SELECT * FROM devices_deviceevent LIMIT {}) TO STDOUT").format(COPIED)
        with database.cursor() as cursor:
            with cursor.copy(chosen) as reading:
                rows = [bytes(part) for part in reading]
            database.commit()
            start = time.monotonic()
            with cursor.copy("COPY bench_copy FROM STDIN") as writing:
                for row in rows:
                    writing.write(row)
            database.commit()
        taken = time.monotonic() - start
        database.execute("DROP TABLE bench_copy")
    return len(rows) / taken


def account(town: Town, sent: int) -> list[Line]:
    """Whether every event is in the table once, and what became of the tasks."""
    with psycopg.connect(town.info.owner_url) as database:
        ((events, distinct, wanted),) = database.execute(
            "SELECT count(*), count(DISTINCT (device_id, sequence)), count(*) FILTER (WHERE kind <> 'clock-changed') "
            "FROM devices_deviceevent"
        ).fetchall()
        ((holes, tasks),) = database.execute(
            "SELECT (SELECT count(*) FROM devices_hole), (SELECT count(*) FROM devices_sinktask)"
        ).fetchall()
    whole = events == distinct == sent
    return [
        Line("events in the table", events, "", f"of {sent} sent, each once; {holes} holes", whole and not holes),
        Line("tasks still to do", tasks, "", f"of {wanted} made with their events"),
    ]


def told(found: Run, limit: float) -> list[Line]:
    """The lines of one course."""
    name, bound = found.course.name, found.course.bound
    used = ", ".join(f"{each} {cores:.2f}" for each, cores in found.cores.items())
    offered = "all at once" if found.course.at_once else f"{found.course.rate:.0f}/s offered"
    waited = f"p50 {found.quantile(50):.0f}, p95 {found.quantile(95):.0f}; the street was at most {found.late * 1000:.0f} ms late"
    kept = found.rate >= LEAST_RATE if bound else None
    in_time = found.quantile(99) <= GREATEST_P99_MS if bound else None
    return [
        Line(name, found.rate, "/s", f"{offered}, {found.rate / limit:.2f} of the bare COPY", kept),
        Line("  to the receipt, p99", found.quantile(99), "ms", waited, in_time),
        Line("  cores", sum(found.cores.values()), "", used),
        Line("  without a receipt", found.unanswered, "", "events", not found.unanswered if bound else None),
    ]


def measure(*, quick: bool) -> list[Line]:
    """All courses on one installation, with the limits in the same run."""
    warm, courses = (QUICK_WARM, QUICK) if quick else (WARM, COURSES)
    with started(QUICK_DEVICES if quick else DEVICES) as town:
        first = pgbench(town.info, PGBENCH_SECONDS)
        load = os.getloadavg()[0]
        runs = [run(town, course) for course in (warm, *courses)]
        accounted = account(town, sum(found.events + found.unanswered for found in runs))
        limit = copying(town.info)
        tps = (first + pgbench(town.info, PGBENCH_SECONDS)) / 2
    lines = [
        Line("load before", load, "", f"of {os.cpu_count()} cores: what others did on this machine"),
        Line("bare COPY (limit)", limit, "/s", "the same rows, keys and indexes, one transaction, nothing verified"),
        Line("pgbench -N", tps, "/s", "transactions, mean of before and after"),
    ]
    return [*lines, *(line for found in runs[1:] for line in told(found, limit)), *accounted]


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    quick = "--quick" in sys.argv[1:]
    lines = measure(quick=quick)
    print("ingest")
    for line in lines:
        # A short course says nothing of the limits.
        kept = None if quick and line.unit else line.kept
        verdict = {None: "", True: "kept", False: "PASSED"}[kept]
        print(f"{line.name:25}{line.figure:10.1f} {line.unit:3} {line.beside:110}{verdict}")
    sys.exit(0 if all(line.kept is not False for line in lines if not (quick and line.unit)) else 1)


if __name__ == "__main__":
    main()
