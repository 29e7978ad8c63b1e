"""A street for the tests that go through MQTT: a real broker, real locks, the ingest process; everything ended by its pid."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.db import connection
from django.test import override_settings

from beffroi.adapters.mqtt.client import BrokerClient, answers
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.premises import Premises
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.admission import Admission
from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.relay import broker_url
from beffroi.lib.clock import utc_now
from tests.edge.street import Hands, Process, run

PATIENCE = 120.0

# The body of the command, with what a test puts in the way of it.
INGEST = """
import signal, sys, threading
import django
django.setup()
from beffroi.kernel.devices.ingest import run_ingest
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
{before}
run_ingest(stop)
"""
DIE_BEFORE_THE_RECEIPT = """
import os
from beffroi.kernel.devices.ingest.signing import Desk
Desk.receipt = lambda *_arguments: os.kill(os.getpid(), signal.SIGKILL)
"""


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds, as long as anybody's machine may need."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        connection.close_if_unusable_or_obsolete()
        time.sleep(0.02)


@dataclass
class StreetLock:
    """A lock of the street, as a process of its own."""

    id: UUID
    folder: Path
    process: Process
    hands: Hands

    def restart(self) -> None:
        """Start again on the same folder, after a stop or a kill."""
        self.hands.close()
        self.process.end()
        self.process, self.hands = started(self.folder)

    def close(self) -> None:
        self.hands.close()
        self.process.end()


def started(folder: Path) -> tuple[Process, Hands]:
    process = Process("--store", str(folder), "--tcp", "0", "--body", "0")
    return process, Hands(int(process.wait_for(r"body on 127\.0\.0\.1:(\d+)")[1]))


@dataclass
class Street:
    """The installation around the locks: its folder, its broker, its authority's keys."""

    home: Path
    info: ConnectionInfo
    broker: "StreetBroker"
    town: Town
    stack: ExitStack

    def lock(self, name: str = "PM 1") -> StreetLock:
        """A lock that made its own key, was certified and put in service, and runs."""
        device, folder = uuid4(), self.home / "locks" / name
        token = json.loads(run("--store", str(folder), "--request", str(device)))["request"]
        now = utc_now()
        register_device(authority=self.town.authority.id, request=token, name=name, now=now, by=None)
        sign_certificates(self.town.store, now)
        document = put_in_service(device=device, home=self.home, broker_url=broker_url(), by=None, now=now)
        self.admit()
        (folder / "commissioning.json").write_text(json.dumps(document))
        lock = StreetLock(device, folder, *started(folder))
        self.stack.callback(lock.close)
        return lock

    def admit(self) -> None:
        """What the minter does with the devices' accounts, and the broker with that."""
        Admission().admit(self.town.store, utc_now())
        self.broker.attend()

    def ingest(self, before: str = "", *, workers: int = 1) -> subprocess.Popen[bytes]:
        """The ingest process, once it listens; one of so many that share the work."""
        variables = {
            **os.environ,
            "DATABASE_URL": self.info.app_url,
            "BEFFROI_HOME": str(self.home),
            "BEFFROI_BROKER_URL": broker_url(),
            "BEFFROI_INGEST_WORKERS": str(workers),
            "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
        }
        said = self.home / f"ingest-{uuid4()}.log"
        with said.open("wb") as output:
            command = [sys.executable, "-c", INGEST.format(before=before)]
            process = subprocess.Popen(command, env=variables, stderr=output)
        self.stack.callback(self.end, process)
        eventually(lambda: "listens" in said.read_text(), f"ingest listens: {said.read_text()}")
        return process

    @staticmethod
    def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
        """Kill it if it still lives."""
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)

    def client(self) -> BrokerClient:
        """The server's own connection, for a test that speaks in its place."""
        client = BrokerClient(broker_url(), client_id=f"test-{uuid4().hex[:12]}")
        self.stack.enter_context(client)
        client.await_connection(PATIENCE)
        return client


class StreetBroker:
    """A broker of ours: `attend` has its lists read again, `kill` ends it as a power cut does, and it starts again."""

    def __init__(self, home: Path, *, demonstration: bool) -> None:
        self._home = home
        self._mosquitto = None if demonstration else Mosquitto(home)
        self.process = self._start()

    @property
    def url(self) -> str:
        """Where the server's own parts connect."""
        return Premises(self._home, None).furnish().url

    def _start(self) -> subprocess.Popen[bytes]:
        if self._mosquitto is not None:
            self._mosquitto.prepare()
            process = self._mosquitto.spawn()
            self._mosquitto.await_ready()
            return process
        variables = os.environ | {"BEFFROI_HOME": str(self._home)}
        process = subprocess.Popen([sys.executable, "-m", "beffroi", "broker"], env=variables)
        eventually(lambda: answers(self.url), "the demonstration broker answers")
        return process

    def attend(self) -> None:
        if self._mosquitto is not None:
            self._mosquitto.attend()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process = self._start()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


@contextmanager
def open_street(info: ConnectionInfo, *, demonstration: bool = False) -> Iterator[Street]:
    """A street of its own home and broker, on this database; the caller's settings name both."""
    home = Path(tempfile.mkdtemp(prefix="beffroi-street-"))
    home.chmod(0o711)
    with ExitStack() as stack, override_settings(BEFFROI_HOME=home):
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        broker = StreetBroker(home, demonstration=demonstration)
        stack.callback(broker.close)
        stack.enter_context(override_settings(BEFFROI_BROKER_URL=broker.url))
        yield Street(home, info, broker, town(home / "keys", now=utc_now()), stack)
        connection.close()
