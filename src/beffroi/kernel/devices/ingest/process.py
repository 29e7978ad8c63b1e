"""The body of `beffroi ingest`: the broker's messages into the loop, and what it signs out again."""

import contextlib
import fcntl
import functools
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import BrokerClient
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.relay import broker_url

log = logging.getLogger(__name__)

PUBLISH_PATIENCE = 2.0
CONNECTION_LOOK = 1.0
MOST_PROCESSES = 64


@contextlib.contextmanager
def place(folder: Path) -> Iterator[str]:
    """A name that no other ingesting process of this machine has now, and that the next one takes up: the broker keeps its session."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(1, MOST_PROCESSES + 1):
        with (folder / f"{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"ingest-{socket.gethostname()}-{number}"
            return
    raise RuntimeError(f"more than {MOST_PROCESSES} ingesting processes on one machine")


def run_ingest(stop: threading.Event) -> None:
    """Store what devices send and answer them, until told to stop. Several may run."""
    home: Path = settings.BEFFROI_HOME
    with place(home / "ingest") as name:
        client = BrokerClient(broker_url(), client_id=name, keep_session=True)
        publish = functools.partial(client.publish, seconds=PUBLISH_PATIENCE)
        ingest = Ingest(store=KeyStore(home / "keys"), publish=publish)
        for pattern in (topics.EVERY_EVENT, topics.EVERY_ASK):
            client.subscribe(pattern, ingest.accept)
        with client:
            _await_broker(client, name, stop)
            ingest.run(stop)


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
