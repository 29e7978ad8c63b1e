"""Reports with a photo, sent by many at a rate: each is stored and queued before its answer; photos are made again beside it.

``python -m bench intake [--quick]``. A PostgreSQL of its own with nothing switched off, a real `beffroi web` of as many processes as it is
by itself, and a real worker. People have logged in before; each sends the form of the pocket with a photo of 12 megapixels as a phone
writes it, by the clock, whether or not those before were answered. What is accepted is counted in the database. Beside it: bytes a second
that a bare program seals and keeps so.
"""

import http.client
import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.adapters.storage.folder import Store
from beffroi.adapters.storage.sealed import Seal
from beffroi.config.environment import environment
from beffroi.simulator.browser import COOKIE, Browser
from bench.deadlines import installation
from bench.devices import cpu, postmaster
from bench.photos import TWELVE, jpeg, scene
from bench.register import Line

LEAST_RATE, GREATEST_P95_MS = 50.0, 1_000.0
OFFERED, SECONDS, QUICK_SECONDS = 50.0, 20.0, 3.0
WARMING = 2.0  # each process loads its pages when it is first asked
PEOPLE = 30
SENDERS = 48
PASSWORD = "bench-intake-2026"  # noqa: S105 - of a town that lives for a minute
PATIENCE = 60.0
KEPT_ALONE = 60
CREATED = 201


@dataclass(slots=True)
class Sender:
    """Somebody who has logged in: what their phone sends with each report."""

    cookies: str
    token: str


@dataclass(slots=True)
class Sent:
    """How long each answer took, in seconds, and what was answered otherwise than by a new report."""

    waits: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    late: float = 0.0
    seconds: float = 0.0


def found() -> UUID:
    """A town that takes reports, and its people, by the actions that make them; gives a category."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "beffroi.config.settings")
    import django  # noqa: PLC0415 - the environment names the database only now

    django.setup()
    from django.db import connections  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.accounts.actions import create_person  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.factories import make_authority  # noqa: PLC0415 - as above
    from beffroi.systems.reports.factories import make_category, switched_on  # noqa: PLC0415 - as above

    town = make_authority("meaux")
    switched_on(town.pk)
    for number in range(PEOPLE):
        create_person(email=_email(number), name=f"Nora {number}", password=PASSWORD, by=None)
    category = make_category(town.pk).pk
    connections.close_all()
    return category


def _email(number: int) -> str:
    return f"nora{number}@bench.example"


def _logged_in(address: str, number: int) -> Sender:
    browser = Browser(address, _email(number), PASSWORD)
    browser.page("/account/")
    browser.page("/reports/meaux/new/")
    jar = browser.cookies()
    return Sender("; ".join(f"{name}={value}" for name, value in jar.items()), jar[COOKIE])


def _body(sender: Sender, category: UUID, photo: bytes, number: int, boundary: str) -> bytes:
    fields = {
        "csrfmiddlewaretoken": sender.token,
        "submission": str(uuid4()),
        "category": str(category),
        "latitude": f"{48.95 + number * 0.00001:.5f}",
        "longitude": "2.90000",
        "text": "Un trou dans la chaussée",
    }
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head.encode() + file.encode() + photo + f"\r\n--{boundary}--\r\n".encode()


def send(address: str, senders: list[Sender], category: UUID, photo: bytes, seconds: float) -> Sent:
    """Send by the clock from many phones."""
    place, done = urlsplit(address), Sent()
    boundary = secrets.token_hex(16)
    begin = time.monotonic() + 0.2

    def one(number: int) -> None:
        sender, at = senders[number % len(senders)], begin + number / OFFERED
        body = _body(sender, category, photo, number, boundary)
        while (ahead := at - time.monotonic()) > 0:
            time.sleep(ahead)
        done.late = max(done.late, time.monotonic() - at)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Cookie": sender.cookies,
            "Accept": "application/json",
            "Referer": f"{address}/reports/meaux/new/",
        }
        connection.request("POST", "/reports/meaux/new/", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == CREATED:
            done.waits.append(time.monotonic() - at)
        else:
            done.refused.append(answer.status)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(one, range(int(OFFERED * seconds))))
    done.seconds = time.monotonic() - begin
    return done


def kept_alone(home: Path, photo: bytes) -> float:
    """Photos a second that are sealed and kept by a program that does nothing else: the limit."""
    store, seal = Store(home / "alone"), Seal(KeyStore(home / "keys").media_keys())
    begun = time.monotonic()
    for number in range(KEPT_ALONE):
        name = f"{UUID(int=1)}/{UUID(int=number)}/original"
        store.put(name, seal.seal(name, photo))
    return KEPT_ALONE / (time.monotonic() - begun)


def accepted(info: ConnectionInfo) -> tuple[int, int, int]:
    """Reports, photos queued or made again, and those made again, as the database has them."""
    with psycopg.connect(info.owner_url) as owner:
        ((reports, photos, made),) = owner.execute(
            "SELECT (SELECT count(*) FROM reports_report), count(*), count(*) FILTER (WHERE state <> 'queued') FROM reports_photo"
        ).fetchall()
    return reports, photos, made


def measure(*, quick: bool) -> list[Line]:
    """One town, one course."""
    seconds = QUICK_SECONDS if quick else SECONDS
    photo = jpeg(scene(TWELVE))
    with ExitStack() as stack:
        info = stack.enter_context(installation())
        home = Path(os.environ["BEFFROI_HOME"])
        KeyStore(home / "keys").create_media_key()
        category, port = found(), free_port()
        address = f"http://localhost:{port}"
        processes = {"database": postmaster()}
        for name in ("web", "worker"):
            child = subprocess.Popen(
                [sys.executable, "-m", "beffroi", name], env={**os.environ, "BEFFROI_PORT": str(port)}
            )
            stack.callback(child.wait)
            stack.callback(child.terminate)
            processes[name] = child.pid
        _await(address)
        senders = [_logged_in(address, number) for number in range(PEOPLE)]
        send(address, senders, category, photo, WARMING)
        load, before, count = os.getloadavg()[0], cpu(processes), accepted(info)
        done = send(address, senders, category, photo, seconds)
        after, now = cpu(processes), accepted(info)
        alone = kept_alone(home, photo)
    waits = sorted(done.waits)
    rate = len(waits) / done.seconds
    p95 = waits[int(0.95 * (len(waits) - 1))] * 1000 if waits else float("inf")
    cores = {name: (after[name] - before[name]) / done.seconds for name in after}
    whole = now[0] - count[0] == len(waits) == now[1] - count[1]
    return [
        Line("load before", load, "", f"of {os.cpu_count()} cores: what others did on this machine"),
        Line("sealed and kept, bare (limit)", alone, "/s", f"photos of {len(photo) / 1e6:.1f} MB, one program"),
        Line(
            "accepted",
            rate,
            "/s",
            f"{OFFERED:.0f}/s offered for {seconds:.0f} s; {rate / alone:.2f} of the bare",
            rate >= 0.98 * LEAST_RATE,
        ),
        Line(
            "  to the answer, p95",
            p95,
            "ms",
            f"p50 {waits[len(waits) // 2] * 1000:.0f}; sent at most {done.late * 1000:.0f} ms late",
            p95 <= GREATEST_P95_MS,
        ),
        Line("  refused", len(done.refused), "", f"answers {sorted(set(done.refused))}", not done.refused),
        Line("  in the database", now[0] - count[0], "", "reports, each with its photo", whole),
        Line("  photos made again meanwhile", (now[2] - count[2]) / done.seconds, "/s", "by one worker, beside"),
        Line(
            "  of the web, each",
            1000 * (after["web"] - before["web"]) / max(1, len(waits)),
            "ms",
            f"of a core; {environment().web_processes} processes",
        ),
        Line("  cores", sum(cores.values()), "", ", ".join(f"{name} {used:.2f}" for name, used in cores.items())),
    ]


def _await(address: str) -> None:
    give_up, place = time.monotonic() + PATIENCE, urlsplit(address)
    while time.monotonic() < give_up:
        try:
            connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
            connection.request("GET", "/login/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web does not start")


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    quick = "--quick" in sys.argv
    lines = measure(quick=quick)
    for line in lines:
        # A short course says nothing of the limits.
        kept = None if quick and line.unit else line.kept
        verdict = {None: "", True: "kept", False: "MISSED"}[kept]
        print(f"{line.name:32}{line.figure:10.1f} {line.unit:3} {line.beside:80}{verdict}")
    sys.exit(0 if quick or all(line.kept is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
