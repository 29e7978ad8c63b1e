"""An installation with devices that sign, for the benches that measure what becomes of their events."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.postgres.notes import ConnectionInfo
from bench.register import installation

WORKERS = 2
# Of 64 events one opens or closes something (a task for a system); the others are what a device says of itself.
INTEREST = 64
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Device:
    """A device's key and the end of its log."""

    id: UUID
    topic: str
    secret: bytes
    last: int = 0
    hash: str = ""


@dataclass
class Town:
    """What runs, by name: the processes whose CPU is shown."""

    info: ConnectionInfo
    home: Path
    url: str
    devices: list[Device]
    processes: dict[str, int] = field(default_factory=dict)


def furnish(home: Path, count: int, kind: str) -> list[Device]:
    """An authority with its keys, and devices in service."""
    from beffroi.adapters.mqtt import topics  # noqa: PLC0415 - Django is ready only now
    from beffroi.adapters.mqtt.topics import Topic  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.actions.intake import note_asked  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.factories import FieldDevice, in_service, town  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.events import NO_HASH  # noqa: PLC0415 - as above

    now = utc_now()
    place = town(home / "keys", now=now)
    found = []
    for number in range(count):
        device = in_service(place, now=now, name=f"Device {number}", device=FieldDevice(kind=kind))
        note_asked(device=device.id, keyset=1, revocations=(0, 0), now=now)
        topic = str(Topic(place.authority.id, device.id, topics.UP_EVENTS))
        found.append(Device(device.id, topic, device.key.private_bytes_raw(), 0, NO_HASH))
    return found


def sign(device: Device, size: int, batches: int, time_now: int) -> tuple[Device, list[bytes]]:
    """What the device is going to send, framed; and the device afterwards."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - in a child

    from beffroi.protocol.v1.carriage import Events  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.event import make_event  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.events import event_hash, make_batch  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.frames import encode_frame  # noqa: PLC0415 - as above

    key, name, found = Ed25519PrivateKey.from_private_bytes(device.secret), str(device.id), []
    for _batch in range(batches):
        first, previous, events = device.last + 1, device.hash, []
        for sequence in range(first, first + size):
            kind, data = "clock-changed", {"from": time_now - 1, "to": time_now, "by": "stamp"}
            if sequence % INTEREST == 0:
                kind, data = "opened" if sequence % (2 * INTEREST) else "closed", {}
            event = make_event(kind, time=time_now, uptime=sequence, **data)
            device.hash = event_hash(device.hash, device=name, boot=1, sequence=sequence, event=event)
            events.append(event)
        device.last += size
        token = make_batch(device=name, boot=1, first=first, previous=previous, events=events, key=key)
        found.append(encode_frame(Events(token)))
    return device, found


def cpu(processes: dict[str, int]) -> dict[str, float]:
    """Seconds of CPU each has used until now, its children with it."""
    return {name: sum(_ticks(each) for each in _tree(process)) / TICKS for name, process in processes.items()}


def _tree(process: int) -> Iterator[int]:
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        for child in thread.read_text().split():
            yield from _tree(int(child))


def _ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(fields[index]) for index in (11, 12, 13, 14))


@contextmanager
def started(count: int, *, kind: str = "lock") -> Iterator[Town]:
    """The database, the broker, the devices, two ingest processes and a worker."""
    with ExitStack() as stack:
        info = stack.enter_context(installation())
        home = Path(os.environ["BEFFROI_HOME"])
        import django  # noqa: PLC0415 - the environment is known only now

        django.setup()
        from django.db import connections  # noqa: PLC0415 - as above

        devices = furnish(home, count, kind)
        connections.close_all()
        broker = Mosquitto(home)
        broker.prepare()
        process = broker.spawn()
        stack.callback(process.wait)
        stack.callback(process.terminate)
        broker.await_ready()
        os.environ |= {"BEFFROI_BROKER_URL": broker.furnish().url, "BEFFROI_INGEST_WORKERS": str(WORKERS)}
        town = Town(info, home, broker.furnish().url, devices, {"broker": process.pid})
        for name in [*(f"ingest {number + 1}" for number in range(WORKERS)), "worker"]:
            command = [sys.executable, "-m", "beffroi", name.split()[0]]
            child = subprocess.Popen(command)
            stack.callback(child.wait)
            stack.callback(child.terminate)
            town.processes[name] = child.pid
        town.processes["database"] = postmaster()
        yield town


def postmaster() -> int:
    """The one of our own children that is the database."""
    for thread in Path("/proc/self/task").glob("*/children"):
        for child in thread.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "postgres":
                return int(child)
    raise SystemExit("the database is not our child")
