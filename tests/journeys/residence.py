"""A residence whose landlord lends its cameras, and all that runs: web, minter, ingest, worker, broker, relays, simulated cameras.

Each of the town's parts and each relay is a process that a test may kill, as a power cut does, and start again.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.edge.device import commissioning, home
from beffroi.edge.relay.relay import KIND
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.queries.sources import seal_credentials
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.devices.tests.street import Street, open_street
from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.actions.sites import add_relay, set_source
from beffroi.systems.video.factories import Residence, lend, residence
from beffroi.systems.video.models import Camera, Entrance
from tests.edge.relay.site import Cameras
from tests.edge.street import Hands, Process
from tests.journeys.browser import PATIENCE, Member, await_answer, await_silence, enrolled

PARTS: Final = ("minter", "ingest", "worker", "web")
DAY: Final = timedelta(days=1)


@dataclass
class Part:
    """One of the town's own processes, which ends when it is told to and not before."""

    command: str
    environment: dict[str, str]
    folder: Path
    port: int | None = None
    """Where it listens, if it does."""
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def said(self) -> Path:
        """What all of its processes wrote."""
        return self.folder / f"{self.command}.log"

    def start(self) -> None:
        """Begin, or begin again; a part that listens does so when this returns."""
        with self.said.open("ab") as log:
            command = [sys.executable, "-m", "beffroi", self.command]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=self.folder)
        if self.port is not None:
            await_answer(self.port, self.process, self.said)

    def kill(self) -> None:
        """As a power cut: no line of code runs after it."""
        self.process.kill()
        self.process.wait(PATIENCE)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """It must not fail meanwhile, and ends when asked to."""
        self.start()
        try:
            yield
            assert self.process.poll() is None, f"{self.command} ended: {self.said.read_text()}"
        finally:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            finally:
                self.kill()
        assert "Traceback" not in self.said.read_text(), self.said.read_text()


@dataclass
class RelayProcess:
    """A relay in service, as a process of its own."""

    options: tuple[str, ...]
    address: str
    process: Process = field(init=False)
    hands: Hands = field(init=False)

    def start(self) -> None:
        """Begin, or begin again where it stood."""
        self.process = Process(*self.options, program="beffroi.edge.relay")
        self.hands = Hands(int(self.process.wait_for(r"hands on 127\.0\.0\.1:(\d+)")[1]))

    def serves(self, cameras: Sequence[Camera]) -> None:
        """Return once it knows the time, the withdrawn rights, and these cameras."""
        gates = sorted(str(camera.pk) for camera in cameras)
        self.hands.until(lambda state: state["time"] != "unknown" and state["revocations"] != [0, 0])
        self.hands.until(lambda state: state["gates"] == gates)

    def kill(self) -> None:
        """As a power cut."""
        self.hands.close()
        self.process.kill()
        self.process.end()

    def uses(self) -> list[str]:
        """What it lets be seen now."""
        found = self.hands.do("state")["uses"]
        assert isinstance(found, list)
        return found

    def close(self) -> None:
        self.hands.close()
        self.process.end()


@dataclass(frozen=True, slots=True)
class Site:
    """Where the town answers, its residence and convention, its people who log in, its parts, its relays and cameras."""

    address: str
    here: Residence
    convention: Convention
    officer: Member
    parts: dict[str, Part]
    relays: list[RelayProcess]
    cameras: Cameras

    @property
    def hall(self) -> Camera:
        """The first entrance's only camera."""
        return self.here.cameras[0]

    @property
    def relay(self) -> RelayProcess:
        """That of the first entrance."""
        return self.relays[0]

    def entrance(self, number: int) -> Entrance:
        """One of the residence's three, from 1."""
        return self.here.entrances[number - 1]

    def uses(self) -> list[str]:
        """What the relays let be seen now."""
        return [use for relay in self.relays for use in relay.uses()]

    def silent(self) -> bool:
        """Nobody looks, and no connection to a camera is left."""
        return self.uses() == [] and not any(self.cameras.viewers(number) for number in self.numbers)

    @property
    def numbers(self) -> range:
        """Of the cameras, as the simulator counts them."""
        return range(1, len(self.here.cameras) + 1)


@contextlib.contextmanager
def filmed(info: ConnectionInfo, *, shares: Sequence[int] = (3,)) -> Iterator[Site]:
    """The whole, once each relay knows the time, the withdrawn rights and its cameras: so many of them each, in their order."""
    with contextlib.ExitStack() as stack:
        street = stack.enter_context(open_street(info))
        here = residence(street.home / "keys", now=utc_now())
        convention = lend(here, now=utc_now()).convention
        officer = member("Nina Faure", here.police, Role.OPERATOR)
        designated(convention, officer, here.police)
        stack.callback(await_silence, urlsplit(info.app_url).path.lstrip("/"))
        port = free_port()
        parts = {command: part(command, info, street.home, port) for command in PARTS}
        for each in parts.values():
            stack.enter_context(each.running())
        cameras = Cameras(len(here.cameras))
        stack.callback(cameras.close)
        address, relays, served = f"http://localhost:{port}", [], 0
        for share in shares:
            these = range(served, served + share)
            relays.append(_relay(street, here, cameras, these, origin=address))
            relays[-1].start()
            stack.callback(relays[-1].close)
            relays[-1].serves([here.cameras[index] for index in these])
            served += share
        yield Site(address, here, convention, officer, parts, relays, cameras)


def member(name: str, organisation: Organisation, role: Role) -> Member:
    """Somebody who can log in, in that role since yesterday."""
    person = enrolled(name)
    begin_membership(person=person.id, organisation=organisation, role=role, valid_from=utc_now() - DAY, by=None)
    return person


def designated(convention: Convention, officer: Member, organisation: Organisation) -> None:
    """The convention names them among those who may ask."""
    now = utc_now()
    designate(
        convention=convention,
        organisation=organisation.pk,
        person=officer.id,
        approved_until=now + 200 * DAY,
        by=None,
        now=now,
    )


def part(command: str, info: ConnectionInfo, folder: Path, port: int) -> Part:
    """One of the town's own processes, as an installation runs it."""
    key = folder / "keys" / "web" / "secret"
    if not key.exists():
        key.parent.mkdir(parents=True)
        key.write_text(secrets.token_urlsafe(64))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    own = {
        "BEFFROI_HOME": str(folder),
        "BEFFROI_PORT": str(port),
        "BEFFROI_WEB_PROCESSES": "1",
        "BEFFROI_BROKER_URL": broker_url(),
        "DATABASE_URL": info.app_url,
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
    }
    return Part(command, kept | own, folder, port if command == "web" else None)


def _relay(street: Street, here: Residence, cameras: Cameras, share: range, *, origin: str) -> RelayProcess:
    """The relay of some cameras, put in service as one is; it doesn't run yet."""
    device, now = str(uuid4()), utc_now()
    folder, listen = street.home / f"relay-{device}", f"127.0.0.1:{free_port()}"
    relay = add_relay(
        authority=here.town.authority.pk,
        request=home.request(folder, KIND, device),
        name=f"Relais de l’entrée {share.start + 1}",
        address=f"http://{listen}",
        by=here.administrator.pk,
        now=now,
    )
    sign_certificates(here.town.store, now)
    document = put_in_service(device=relay.device_id, home=street.home, broker_url=broker_url(), by=None, now=now)
    street.admit()
    (folder / commissioning.FILE).write_text(json.dumps(document))
    for index in share:
        camera = here.cameras[index]
        at = cameras.place(str(camera.pk), index + 1)
        sealed = seal_credentials(
            authority=here.town.authority.pk, gate=camera.pk, url=at.url, user=at.user, password=at.password
        )
        set_source(camera=camera, relay=relay, url=at.url, sealed=sealed, profile="H.264", by=None, now=now)
    options = ("--home", str(folder), "--listen", listen, "--origin", origin, "--hands", "0")
    return RelayProcess(options, relay.address)
