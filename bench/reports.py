"""Reports: the desk's queue, what anybody reads, the map and the look for duplicates, of a town that has had 200,000 of them.

``python -m bench reports [--quick]``. A PostgreSQL of its own with nothing switched off, a real `beffroi web`, one reader who asks again as
soon as an answer is there; each figure beside a page that reads no report, asked in the same run, and the limit.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.simulator.browser import Browser
from bench.deadlines import installation

COUNT, QUICK = 200_000, 20_000
ASKED, QUICK_ASKED = 200, 40
PAGE_MS, NEAR_MS = 100.0, 20.0
PASSWORD = "bench-reports-2026"  # noqa: S105 - of a town that lives for a minute
AGENT = "alice@bench.example"
PATIENCE = 60.0
# One in forty is open; the others were closed in time, or late; spread over ten kilometres and two years.
_FILL = """
INSERT INTO reports_report (id, authority_id, number, submission, category_id, priority, stage, source, latitude, longitude, address,
    asset_kind, answers, text, shown, held, since, hours, working, due_at, closed_at, reason, organisation_id, changed_at)
SELECT gen_random_uuid(), %(authority)s, n, gen_random_uuid(), (%(categories)s::uuid[])[1 + n %% cardinality(%(categories)s::uuid[])],
    1 + n %% 4, CASE WHEN n %% 40 = 0 THEN 'received' ELSE 'done' END, 'pocket',
    48.90 + 0.1 * ((n::bigint * 7919) %% 10007) / 10007.0, 2.82 + 0.14 * ((n::bigint * 104729) %% 10009) / 10009.0,
    (1 + n %% 120) || ' rue de la République', '', '{}', 'Un trou dans la chaussée', 'Un trou dans la chaussée', false, came, 48, false,
    came + interval '48 hours',
    CASE WHEN n %% 40 = 0 THEN NULL ELSE came + interval '1 hour' * (n %% 90) + interval '1 minute' END, '', %(organisation)s, came
FROM (SELECT n, now() - interval '2 years' + n * (interval '2 years' / %(count)s) AS came FROM generate_series(1, %(count)s) AS n) AS made
"""


@dataclass(frozen=True)
class Figure:
    """Milliseconds of each answer to one question, and the most that its 95th percentile may be (None: only told)."""

    name: str
    taken: list[float]
    limit: float | None

    def quantile(self, share: float) -> float:
        """What this share of them does not exceed."""
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def found() -> tuple[UUID, UUID, list[UUID]]:
    """A town that takes reports, with an agent, by the actions that make it; gives it, its organisation and its categories."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "beffroi.config.settings")
    import django  # noqa: PLC0415 - the environment names the database only now

    django.setup()
    from beffroi.kernel.accounts.actions import create_person  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.factories import make_authority, make_membership  # noqa: PLC0415 - as above
    from beffroi.systems.reports.factories import make_category, switched_on  # noqa: PLC0415 - as above

    town = make_authority("meaux")
    switched_on(town.pk)
    agent = create_person(email=AGENT, name="Alice Bench", password=PASSWORD, by=None)
    make_membership(agent, town.organisation)
    return town.pk, town.organisation.pk, [make_category(town.pk, f"Sorte {number}").pk for number in range(12)]


def measured(name: str, ask: Callable[[int], object], times: int, limit: float | None) -> Figure:
    """Ask so many times, one after the other, after a few that don't count."""
    for number in range(5):
        ask(number)
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return Figure(name, taken, limit)


def figures(address: str, categories: list[UUID], times: int) -> list[Figure]:
    """What an agent and a visitor ask for."""
    agent = Browser(address, AGENT, PASSWORD)

    def near(number: int) -> object:
        place = f"latitude={48.91 + number * 0.0004:.5f}&longitude={2.84 + number * 0.0005:.5f}"
        with urllib.request.urlopen(  # noqa: S310 - loopback
            f"{address}/reports/meaux/similar/?{place}&category={categories[number % 12]}", timeout=30
        ) as answer:
            return answer.read()

    def anybody(path: str) -> Callable[[int], object]:
        def ask(_number: int) -> object:
            with urllib.request.urlopen(f"{address}{path}", timeout=30) as answer:  # noqa: S310 - loopback
                return answer.read()

        return ask

    asked = [
        ("an agent's page without reports", lambda _n: agent.page("/orders/"), None),
        ("queue, by deadline", lambda _n: agent.page("/reports/"), PAGE_MS),
        ("queue, late ones", lambda _n: agent.page("/reports/?late=on"), PAGE_MS),
        ("queue, words of an address", lambda n: agent.page(f"/reports/?q={1 + n % 120}+rue"), PAGE_MS),
        ("public list", anybody("/reports/meaux/"), PAGE_MS),
        ("public list, page 50", anybody("/reports/meaux/?page=50"), PAGE_MS),
        ("public list, open ones", anybody("/reports/meaux/?stage=open"), PAGE_MS),
        ("map: open ones", lambda _n: agent.page("/console/state/"), None),
        ("queue on a map", lambda _n: agent.page("/reports/queue/points.json"), PAGE_MS),
        ("queue on a map, one district", lambda n: agent.page(f"/reports/queue/points.json?{_looked(n)}"), PAGE_MS),
        ("public map", anybody("/reports/meaux/points.json?box=2.82,48.90,2.96,49.00"), PAGE_MS),
        ("duplicates close by", near, NEAR_MS),
    ]
    return [measured(name, ask, times, limit) for name, ask, limit in asked]


def _looked(number: int) -> str:
    """A part of the town, another each time."""
    west, south = 2.82 + number % 10 * 0.012, 48.90 + number % 8 * 0.011
    return f"box={west:.3f},{south:.3f},{west + 0.02:.3f},{south + 0.015:.3f}"


def main() -> None:
    """Prints the table."""
    quick = "--quick" in sys.argv
    count, times = (QUICK, QUICK_ASKED) if quick else (COUNT, ASKED)
    with installation() as info:
        authority, organisation, categories = found()
        _fill(info, count, authority, organisation, categories)
        port = free_port()
        address = f"http://localhost:{port}"
        with subprocess.Popen(
            [sys.executable, "-m", "beffroi", "web"], env={**os.environ, "BEFFROI_PORT": str(port)}
        ) as web:
            try:
                _await(address)
                done = figures(address, categories, times)
            finally:
                web.terminate()
    beside = done[0].quantile(0.5)
    print(f"{count} reports, {count // 40} of them open; one reader; load {os.getloadavg()[0]:.1f}")
    print("| | p50 | p95 | beside the first | limit |\n|---|---|---|---|---|")
    for one in done:
        kept = (
            ""
            if one.limit is None
            else f"{one.limit:.0f} ms: {'kept' if one.quantile(0.95) <= one.limit else 'MISSED'}"
        )
        ratio = one.quantile(0.5) / beside
        print(f"| {one.name} | {one.quantile(0.5):.0f} ms | {one.quantile(0.95):.0f} ms | {ratio:.1f} | {kept} |")


def _fill(info: ConnectionInfo, count: int, authority: UUID, organisation: UUID, categories: list[UUID]) -> None:
    values = {"authority": authority, "organisation": organisation, "categories": categories, "count": count}
    with psycopg.connect(info.owner_url, autocommit=True) as owner:
        owner.execute(_FILL, values)
        owner.execute("VACUUM ANALYZE reports_report")


def _await(address: str) -> None:
    give_up = time.time() + PATIENCE
    while time.time() < give_up:
        try:
            with urllib.request.urlopen(f"{address}/login/", timeout=5):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web does not start")


if __name__ == "__main__":
    main()
