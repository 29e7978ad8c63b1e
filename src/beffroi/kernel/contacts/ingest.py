"""The body of `beffroi bridge`: listens on the brokers that the file names, and hands what contacts say to one action, part after part.
A message is acknowledged once what it changed is stored; while the database is away the brokers wait.
"""

import contextlib
import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from beffroi.adapters.mqtt.foreign import ForeignBroker, Said
from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.saying import LORAWAN, Gateway, Heard, UnreadableError
from beffroi.adapters.sensors.sources import Broker
from beffroi.adapters.sensors.zigbee import Zigbee
from beffroi.kernel.contacts.actions.hearing import Arrived, count_unreadable, note_line, take_messages
from beffroi.kernel.contacts.registry import observed
from beffroi.kernel.contacts.rules import SAID_EVERY, Pace
from beffroi.kernel.territory.queries.authorities import authority_named
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import repeated

log = logging.getLogger(__name__)

PART = 100
# What waits here is not acknowledged; beyond it the broker keeps the rest.
WAITING = 400
IDLE = 0.2
LOOK_EVERY = 0.5
# How many looks until an authority that wasn't there is looked for again.
LOOKS_AN_AUTHORITY = 10


class Ear:
    """One broker, listened to for one authority."""

    def __init__(self, broker: Broker, authority: UUID, clock: Clock = utc_now) -> None:
        self._broker = broker
        self._authority = authority
        self._clock = clock
        self._waiting: queue.Queue[Said] = queue.Queue(WAITING)
        self._zigbee = Zigbee(broker.base)
        self._pace = Pace[Arrived](lambda each: each.heard.address)
        self._gateway = True
        self._since: datetime | None = None
        self._noted: tuple[datetime, datetime | None, str] | None = None
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        self._stop = stop
        topics = [chirpstack.TOPICS] if self._broker.network == LORAWAN else self._zigbee.topics
        line = ForeignBroker(
            self._broker.url,
            client_id=f"beffroi-{self._broker.name}",
            topics=topics,
            handler=self._put,
            user=self._broker.user,
            password=self._broker.password,
            ca=self._broker.ca,
        )
        with line:
            part: list[Said] = []

            def turn() -> float:
                # A part that the database didn't take is tried again as it is.
                part.extend(self._gather() if not part else ())
                self.store(part)
                for each in part:
                    each.acknowledge()
                part.clear()
                self._note(line)
                return 0.0

            repeated(turn, stop)
        connection.close()

    def _put(self, said: Said) -> None:
        """From the broker's thread, which waits while too many do."""
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._waiting.put(said, timeout=LOOK_EVERY)
                return

    def _gather(self) -> list[Said]:
        found: list[Said] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._waiting.get(timeout=IDLE))
            while len(found) < PART:
                found.append(self._waiting.get_nowait())
        return found

    def store(self, messages: Iterable[Said]) -> None:
        """Read them, believe what they say, count what is none."""
        now = self._clock()
        arrived, refused = [], Counter[str]()
        for each in messages:
            try:
                said = self._read(each)
            except UnreadableError as fault:
                if fault.code != "name":  # a group, or a device that the bridge lists in a moment
                    refused[fault.code] += 1
                continue
            if isinstance(said, Gateway):
                self._gateway = said.there
            elif said is not None:
                arrived.append(Arrived(self._broker.name, said, now))
        if admitted := self._pace.admit(arrived, now):
            take_messages(authority=self._authority, arrived=admitted)
        for code, times in refused.items():
            count_unreadable(authority=self._authority, name=self._broker.name, code=code, times=times, now=now)

    def _read(self, said: Said) -> Heard | Gateway | None:
        if self._broker.network == LORAWAN:
            return chirpstack.read(said.topic, said.payload)
        return self._zigbee.read(said.topic, said.payload, stored=said.stored)

    def _note(self, line: ForeignBroker) -> None:
        """Say how the broker is heard: when that changes, and now and then."""
        now = self._clock()
        well = line.ready and self._gateway
        self._since = (self._since or now) if well else None
        fault = "" if well else ("gateway" if line.ready else line.fault)
        if self._noted and self._noted[1:] == (self._since, fault) and now - self._noted[0] < SAID_EVERY:
            return
        if not self._noted or self._noted[2] != fault:
            log.info("%s: %s", self._broker.name, fault or "heard")
        note_line(
            authority=self._authority,
            name=self._broker.name,
            network=self._broker.network,
            since=self._since,
            fault=fault,
            now=now,
        )
        self._noted = now, self._since, fault


def run_bridge(stop: threading.Event) -> None:
    """Listen to every broker that the file names, until told to stop. What ends one ends all: the process starts whole again. One whose
    authority isn't there yet is listened to as soon as it is.
    """
    waiting = list(observed().brokers)
    threads: list[threading.Thread] = []
    looked = 0

    def turn() -> float:
        nonlocal looked
        if not all(thread.is_alive() for thread in threads):
            raise RuntimeError("a broker's listener ended")
        if waiting and looked % LOOKS_AN_AUTHORITY == 0:
            _begin(waiting, threads, stop, say=looked == 0)
        looked += 1
        return LOOK_EVERY

    repeated(turn, stop)
    for thread in threads:
        thread.join(timeout=2 * LOOK_EVERY)


def _begin(waiting: list[Broker], threads: list[threading.Thread], stop: threading.Event, *, say: bool) -> None:
    """Start listening where the authority is there."""
    for broker in list(waiting):
        authority = authority_named(broker.authority)
        if authority is None:
            if say:
                log.warning("%s waits: no authority here is called %s", broker.name, broker.authority)
            continue
        waiting.remove(broker)
        ear = Ear(broker, authority)
        threads.append(threading.Thread(target=ear.run, args=(stop,), name=broker.name, daemon=True))
        threads[-1].start()
    connection.close()
