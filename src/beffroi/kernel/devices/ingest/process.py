"""The body of `beffroi ingest`: the broker's messages into the loop, and what it signs out again."""

import contextlib
import fcntl
import gc
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.mqtt import notes, topics
from beffroi.adapters.mqtt.client import BrokerClient
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.kernel.devices.ingest.listening import Listening
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.devices.rules import ORDER_PATIENCE
from beffroi.kernel.grants.actions.keys import TRUST
from beffroi.persistence.wake import Listener

log = logging.getLogger(__name__)

CONNECTION_LOOK = 1.0
MOST_PROCESSES = 64
# Two threads compute, one reads the broker and one the database: those that wait for a packet get the interpreter soon.
TURN_SECONDS = 0.0005


@contextlib.contextmanager
def place(folder: Path) -> Iterator[int]:
    """A number that no other ingesting process of this machine has now, and that the next one takes up: the broker keeps its session."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(1, MOST_PROCESSES + 1):
        with (folder / f"{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
    raise RuntimeError(f"more than {MOST_PROCESSES} ingesting processes on one machine")


def run_ingest(stop: threading.Event) -> None:
    """Store what devices send and answer them, until told to stop. Several may run."""
    home: Path = settings.BEFFROI_HOME
    sys.setswitchinterval(TURN_SECONDS)
    gc.freeze()  # what is loaded by now stays: looking through all of it now and then would hold every message up
    with place(home / "ingest") as number:
        name, shared = f"ingest-{socket.gethostname()}-{number}", _shares(home)
        client = BrokerClient(broker_url(), client_id=name, keep_session=True)
        ingest = Ingest(
            store=KeyStore(home / "keys"),
            publish=client.post,
            patience=ORDER_PATIENCE if shared else timedelta(0),
            listening=Listening(name, lambda: client.connections if client.connected else None),
        )
        for pattern in (topics.EVERY_EVENT, topics.EVERY_ASK, topics.EVERY_GONE):
            among_all = f"{topics.SHARED}{pattern}"
            client.subscribe(among_all if shared else pattern, ingest.accept)
            client.leave(pattern if shared else among_all)  # the broker remembers how this name listened before
        client.subscribe(topics.EVERY_BEAT, ingest.accept)  # by each: with a process that ends no device falls silent
        with client, Listener(TRUST, ring=ingest.news):
            _await_broker(client, name, stop)
            ingest.run(stop)
        if number > 1:
            _end_session(name)


def _shares(home: Path) -> bool:
    """Whether each message comes to one of several processes. The demonstration broker can't: there each of them hears everything."""
    known = notes.read(home)
    ours = known is not None and settings.BEFFROI_BROKER_URL in (None, known.url)
    return settings.BEFFROI_INGEST_WORKERS > 1 and not (
        ours and known is not None and known.kind == notes.DEMONSTRATION
    )


def _end_session(name: str) -> None:
    """Have the broker keep nothing for a process that may not come back: it would go on giving it its share."""
    with contextlib.suppress(BrokerUnreachableError), BrokerClient(broker_url(), client_id=name) as last:
        last.await_connection(CONNECTION_LOOK)


def _await_broker(client: BrokerClient, name: str, stop: threading.Event) -> None:
    """Until the broker has us; said once when it is away, and when it is there."""
    said = False
    while not stop.is_set():
        try:
            client.await_connection(CONNECTION_LOOK)
        except BrokerUnreachableError as error:
            if not said:
                log.warning("%s waits: %s", name, error)
            said = True
        else:
            log.info("%s listens", name)
            return
