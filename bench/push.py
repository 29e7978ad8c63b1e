"""One alert to 2,000 people's phones: from raising it to the last encrypted notification taken by the push service, beside
`pywebpush.webpush` in a loop.

``python -m bench.push [--quick]``. Two real alerters, as `beffroi up` runs them, over a PostgreSQL of their own. People's browsers are of
two makers: each has its push service, a real HTTP server in a process of its own, which checks each VAPID header. Whether messages
can be read is checked at the end.
"""

import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from beffroi.adapters.push.fake import Browser, FakePushService
from beffroi.lib.clock import utc_now
from bench.register import installation

if TYPE_CHECKING:
    from beffroi.kernel.alerts.factories import Watch

PEOPLE, QUICK_PEOPLE = 2000, 200
ROUNDS = 5
ALERTERS = 2
LIMIT = 1.0
PATIENCE = 60.0
KIND = "alerts.nobody"
LOOK_EVERY = 0.002
MAKERS = 2


def serve(pipe: Connection) -> None:
    """The push service: told how many messages to wait for, it says when the last of them came, and how it fared."""
    service = FakePushService(utc_now)
    with service.running():
        pipe.send(service.address)
        while (wanted := pipe.recv()) is not None:
            until = time.monotonic() + PATIENCE
            while service.accepted < wanted and time.monotonic() < until:
                time.sleep(LOOK_EVERY)
            at, accepted = time.monotonic(), service.accepted
            pipe.send((at, accepted, dict(service.received) if wanted == accepted else {}))
            service.received.clear()
            service.accepted = 0


@dataclass
class Services:
    """The push services as the bench sees them: one pipe and one address each, browsers shared out in turn."""

    pipes: list[Connection]
    addresses: list[str]
    last: dict[str, list[object]] = field(default_factory=dict)

    def expect(self, count: int) -> None:
        """From now on, so many in all."""
        for turn, pipe in enumerate(self.pipes):
            pipe.send(len(range(turn, count, len(self.pipes))))

    def came(self, count: int) -> float:
        """When the last of them came."""
        ends, total, self.last = [0.0], 0, {}
        for pipe in self.pipes:
            at, found, received = pipe.recv()
            ends.append(float(at))
            total += found
            self.last |= received
        if total != count:
            raise RuntimeError(f"{total} messages came of {count}")
        return max(ends)


@contextmanager
def push_services() -> Iterator[Services]:
    """They run inside."""
    spawn = multiprocessing.get_context("spawn")
    pairs = [spawn.Pipe() for _ in range(MAKERS)]
    processes = [spawn.Process(target=serve, args=(theirs,)) for _, theirs in pairs]
    for process in processes:
        process.start()
    try:
        yield Services([ours for ours, _ in pairs], [ours.recv() for ours, _ in pairs])
    finally:
        for ours, _ in pairs:
            ours.send(None)
        for process in processes:
            process.join(PATIENCE)


@contextmanager
def alerters() -> Iterator[None]:
    """Two real ones, as `beffroi up` runs them; inside, both listen."""
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    processes = [subprocess.Popen([sys.executable, "-m", "beffroi", "alerter"]) for _ in range(ALERTERS)]
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%beffroi_alerter%%'"
    try:
        until, found = time.monotonic() + PATIENCE, 0
        while found < ALERTERS:
            if any(each.poll() is not None for each in processes) or time.monotonic() > until:
                raise RuntimeError("the alerters do not begin")
            with connection.cursor() as cursor:
                cursor.execute(listening)
                (found,) = cursor.fetchone()
            time.sleep(LOOK_EVERY)
        yield
    finally:
        for each in processes:
            each.terminate()
            each.wait(PATIENCE)


def populate(service: Services, people: int) -> tuple["Watch", list[Browser]]:
    """A town and its administrators, each with a phone that is told."""
    from django.db import connection  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.accounts.models import Person  # noqa: PLC0415 - as above
    from beffroi.kernel.alerts.factories import crowd, watch  # noqa: PLC0415 - as above
    from beffroi.lib.viewer import Role  # noqa: PLC0415 - as above
    from beffroi.persistence.guard import writing  # noqa: PLC0415 - as above

    now = utc_now()
    town = watch(now=now)
    crowd(town.authority.organisation, people - 1, now=now, role=Role.ADMINISTRATOR)
    told = [town.administrator, *Person.objects.filter(email__startswith="crowd-").order_by("id")]
    makers = [FakePushService(utc_now, address=address) for address in service.addresses]
    browsers = [makers[turn % len(makers)].subscribe() for turn, _ in enumerate(told)]
    with writing(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO alerts_pushsubscription (id, person_id, endpoint, p256dh, auth, label, made_at)"
            " VALUES (gen_random_uuid(), %s, %s, %s, %s, 'bench', %s)",
            [
                (person.pk, browser.endpoint, browser.p256dh, browser.auth, now)
                for person, browser in zip(told, browsers, strict=True)
            ],
        )
        cursor.execute("ANALYZE")
    return town, browsers


def one_round(town: "Watch", service: Services, people: int) -> tuple[float, float]:
    """Seconds from raising to the last message, and those that raising took; what is raised is then ended, which updates every phone."""
    from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert  # noqa: PLC0415 - Django is ready only now

    subject: UUID = uuid4()
    service.expect(people)
    began = time.monotonic()
    raise_alert(
        authority=town.authority.pk,
        kind=KIND,
        subject=subject,
        resource=None,
        where=None,
        since=utc_now(),
        organisation=None,
        convention=None,
        facts={"audience": "bench", "target": ""},
        now=utc_now(),
    )
    raised = time.monotonic()
    last = service.came(people)
    service.expect(people)
    end_alert(authority=town.authority.pk, kind=KIND, subject=subject, reason="bench", now=utc_now())
    service.came(people)
    return last - began, raised - began


def peer(service: Services, browsers: list[Browser], key: str, message: bytes) -> float:
    """Seconds that the published library takes in a loop, as its documentation shows it."""
    from pywebpush import webpush  # noqa: PLC0415 - a developer's dependency

    service.expect(len(browsers))
    began = time.monotonic()
    for browser in browsers:
        keys = {"p256dh": browser.p256dh, "auth": browser.auth}
        webpush(
            {"endpoint": browser.endpoint, "keys": keys},
            data=message,
            vapid_private_key=key,
            vapid_claims={"sub": "mailto:bench@example.org"},
            ttl=3600,
        )
    return service.came(len(browsers)) - began


def run(people: int) -> bool:
    """Prints the figures; whether the limit is kept."""
    import django  # noqa: PLC0415 - the environment is known only now

    django.setup()
    with push_services() as service:
        town, browsers = populate(service, people)
        with alerters():
            found = [one_round(town, service, people) for _ in range(ROUNDS)]
            readable = all(browser.read(service.last[browser.endpoint][0].body) for browser in browsers)  # type: ignore[attr-defined]  # Received
        key = os.path.join(os.environ["BEFFROI_HOME"], "keys", "push", "private.pem")  # noqa: PTH118 - the peer wants text
        beside = peer(service, browsers, key, b"x" * 512)
    seconds = [total for total, _raising in found]
    best, middle = min(seconds), statistics.median(seconds)
    kept = middle <= LIMIT and readable
    print("| figure | seconds | beside |\n|---|---|---|")
    print(
        f"| raised → last of {people} taken, median of {ROUNDS} (limit {LIMIT:g} s) | {middle:.2f} | {'kept' if kept else 'MISSED'} |"
    )
    print(f"| best, worst | {best:.2f}, {max(seconds):.2f} | |")
    print(
        f"| of it, raising: one statement tells {people} people | {statistics.median(raising for _, raising in found):.3f} | |"
    )
    print(f"| peer: pywebpush.webpush in a loop | {beside:.2f} | {beside / middle:.1f} times as long |")
    print(f"| every message read by its browser | {'yes' if readable else 'NO'} | |")
    return kept


def main() -> None:
    """A town of its own, thrown away."""
    quick = "--quick" in sys.argv
    with installation():
        os.environ["BEFFROI_INTERNAL_HOSTS"] = "127.0.0.1"
        kept = run(QUICK_PEOPLE if quick else PEOPLE)
    if not kept and not quick:
        sys.exit(1)


if __name__ == "__main__":
    main()
