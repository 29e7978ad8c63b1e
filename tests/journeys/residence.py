"""A residence whose landlord lends its cameras, and all that runs: web, minter, ingest, worker, broker, relay, simulated cameras."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
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
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.actions.sites import add_relay, set_source
from beffroi.systems.video.factories import Residence, lend, residence
from beffroi.systems.video.models import Camera
from tests.edge.relay.site import Cameras
from tests.edge.street import Hands, Process
from tests.journeys.browser import PATIENCE, Member, enrolled, serving

BESIDE: Final = ("minter", "ingest", "worker")
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the town answers, its residence and convention, the officer who may ask, the relay's port for hands, the cameras."""

    address: str
    here: Residence
    convention: Convention
    officer: Member
    relay: str
    hands: Hands
    cameras: Cameras

    @property
    def hall(self) -> Camera:
        """The first entrance's only camera."""
        return self.here.cameras[0]

    def uses(self) -> list[str]:
        """What the relay lets be seen now."""
        found = self.hands.do("state")["uses"]
        assert isinstance(found, list)
        return found

    def silent(self) -> bool:
        """Nobody looks, and no connection to the camera of the hall is left."""
        return self.uses() == [] and self.cameras.viewers(1) == 0


@contextlib.contextmanager
def filmed(info: ConnectionInfo) -> Iterator[Site]:
    """The whole, once the relay knows the time, the withdrawn rights and its cameras."""
    with contextlib.ExitStack() as stack:
        street = stack.enter_context(open_street(info))
        here = residence(street.home / "keys", now=utc_now())
        convention = lend(here, now=utc_now()).convention
        officer = designated(here, convention)
        address, _process = stack.enter_context(serving(info, street.home))
        for command in BESIDE:
            stack.enter_context(beside(command, info, street.home))
        cameras = Cameras(len(here.cameras))
        stack.callback(cameras.close)
        relay, hands = stack.enter_context(relayed(street, here, cameras, origin=address))
        yield Site(address, here, convention, officer, relay, hands, cameras)


def designated(here: Residence, convention: Convention) -> Member:
    """An officer of the police since yesterday, whom the convention names."""
    nina, now = enrolled("Nina Faure"), utc_now()
    begin_membership(
        person=nina.id, organisation=here.police, role=Role.OPERATOR, valid_from=now - DAY, by=here.administrator.pk
    )
    designate(
        convention=convention,
        organisation=here.police.pk,
        person=nina.id,
        approved_until=now + 200 * DAY,
        by=here.administrator.pk,
        now=now,
    )
    return nina


@contextlib.contextmanager
def beside(command: str, info: ConnectionInfo, folder: Path) -> Iterator[None]:
    """One of the town's own processes, which must not fail meanwhile."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    own = {
        "BEFFROI_HOME": str(folder),
        "BEFFROI_BROKER_URL": broker_url(),
        "DATABASE_URL": info.app_url,
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
    }
    said = folder / f"{command}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "beffroi", command], env=kept | own, stdout=log, stderr=log, cwd=folder
        )
    try:
        yield
        assert process.poll() is None, f"{command} ended: {said.read_text()}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in said.read_text(), said.read_text()


@contextlib.contextmanager
def relayed(street: Street, here: Residence, cameras: Cameras, *, origin: str) -> Iterator[tuple[str, Hands]]:
    """The cameras' relay as a process of its own, put in service as one is; yields its address and its hands."""
    device, folder, port, now = str(uuid4()), street.home / "relay", free_port(), utc_now()
    address = f"http://127.0.0.1:{port}"
    relay = add_relay(
        authority=here.town.authority.pk,
        request=home.request(folder, KIND, device),
        name="Relais de la résidence",
        address=address,
        by=here.administrator.pk,
        now=now,
    )
    sign_certificates(here.town.store, now)
    document = put_in_service(device=relay.device_id, home=street.home, broker_url=broker_url(), by=None, now=now)
    street.admit()
    (folder / commissioning.FILE).write_text(json.dumps(document))
    for number, camera in enumerate(here.cameras, start=1):
        at = cameras.place(str(camera.pk), number)
        sealed = seal_credentials(
            authority=here.town.authority.pk, gate=camera.pk, url=at.url, user=at.user, password=at.password
        )
        set_source(camera=camera, relay=relay, url=at.url, sealed=sealed, profile="H.264", by=None, now=now)
    options = ("--home", str(folder), "--listen", f"127.0.0.1:{port}", "--origin", origin, "--hands", "0")
    process = Process(*options, program="beffroi.edge.relay")
    try:
        hands = Hands(int(process.wait_for(r"hands on 127\.0\.0\.1:(\d+)")[1]))
        try:
            gates = sorted(str(camera.pk) for camera in here.cameras)
            hands.until(lambda state: state["time"] != "unknown" and state["revocations"] != [0, 0])
            hands.until(lambda state: state["gates"] == gates)
            yield address, hands
        finally:
            hands.close()
    finally:
        process.end()
