"""Every measure but those of requests, read anew when it is asked for: from the database, the supervisor's status and the checks.

No label says who or where: each takes its values from a closed list (docs/operators/watching.md), so that neither a name nor an address
nor a growing list ever reaches whoever keeps the measures.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import DatabaseError
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from beffroi.adapters.process import status
from beffroi.adapters.process.status import Status
from beffroi.kernel.devices.queries.measures import healths
from beffroi.kernel.register.queries.measures import published_at, size
from beffroi.persistence.checkup import HERE, Finding, State, checks, worst
from beffroi.persistence.queues import queues
from beffroi.persistence.servers import Database, ask_database, supervised

GRAVITY: Final = {State.WELL: 0, State.WARNING: 1, State.BAD: 2}


class Measures:
    """A collector of prometheus-client's. `clock` says the moment; `released` is the version that runs."""

    def __init__(self, clock: Callable[[], datetime], released: str) -> None:
        self._clock = clock
        self._released = released

    def describe(self) -> Iterable[Metric]:
        """Nothing before it is asked: what there is comes and goes with the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of them; those that need the database are left out while it is away."""
        yield _labelled("beffroi_release", "The release that runs; always 1.", "release", {self._released: 1})
        now, database = self._clock(), ask_database()
        found = HERE.examine(now)
        yield from _programs(database, supervised(now))
        yield from _findings(found)
        published = published_at()
        if published is not None:
            age = max(0.0, now.timestamp() - published)
            yield _gauge(
                "beffroi_register_checkpoint_age_seconds", "Seconds since a checkpoint was last published.", age
            )
        if database.answers:
            yield from self._of_database(now)

    def _of_database(self, now: datetime) -> Iterator[Metric]:
        try:
            standings = {queue: queue.look(now) for queue in queues()}
            devices, (logs, leaves) = healths(), size()
        except DatabaseError:
            return  # `beffroi_database_up` says it at the next look
        waiting = {queue.code: standing.waiting for queue, standing in standings.items()}
        yield _labelled("beffroi_queue_waiting", "How many wait in a queue.", "queue", waiting)
        ages = {queue.code: standing.age(now) for queue, standing in standings.items()}
        yield _labelled("beffroi_queue_oldest_seconds", "Seconds that the oldest has waited.", "queue", ages)
        most = {queue.code: queue.patience.total_seconds() for queue in standings}
        yield _labelled("beffroi_queue_patience_seconds", "Seconds that it may wait where all is well.", "queue", most)
        yield _labelled("beffroi_devices", "Devices in service, by how they are.", "state", devices)
        yield _gauge("beffroi_register_logs", "Logs of the register that are open.", logs)
        yield _gauge("beffroi_register_leaves", "Acts that have their place in them.", leaves)


def _programs(database: Database, known: Status | None) -> Iterator[Metric]:
    yield _gauge("beffroi_database_up", "1 when the database answers.", database.answers)
    if database.answers:
        there = {name: float(name in database.programs) for name in status.PROGRAMS}
        yield _labelled(
            "beffroi_program_up", "1 when a program of ours is connected to the database.", "program", there
        )
    if known is not None:
        again = {part.name: part.restarts for part in known.parts}
        yield _labelled("beffroi_part_restarts", "How often a part was started again since we began.", "part", again)


def _findings(found: Sequence[Finding]) -> Iterator[Metric]:
    """The worst of each check, how many there are of each state, and what checks measured, the least of each where several say it."""
    yield _gauge("beffroi_healthy", "1 when /healthz says that all is well.", worst(found) is not State.BAD)
    gravest = {check.code: 0.0 for check in checks()}
    counted = dict.fromkeys(State, 0) | Counter(finding.state for finding in found)
    values: dict[tuple[str, str], float] = {}
    for finding in found:
        code = finding.code.split(".", 1)[0]
        gravest[code] = max(gravest.get(code, 0.0), GRAVITY[finding.state])
        for name, value in finding.values.items():
            values[code, name] = min(values.get((code, name), value), value)
    yield _labelled("beffroi_check_state", "A check's worst finding: 0 well, 1 a warning, 2 bad.", "check", gravest)
    yield _labelled(
        "beffroi_findings",
        "Findings of all checks, by state.",
        "state",
        {str(state): n for state, n in counted.items()},
    )
    measured = GaugeMetricFamily(
        "beffroi_check_value",
        "What a check measured, its unit at the end of its name; the least where it looked at several things.",
        labels=("check", "value"),
    )
    for labels, value in sorted(values.items()):
        measured.add_metric(labels, value)
    yield measured


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for each, value in values.items():
        family.add_metric((each,), float(value))
    return family
