"""The ingest process: gather messages, verify, store in one transaction, acknowledge, sign receipts; bring devices what they lack.

The broker's acknowledgement is given after the commit, and promises nothing to the device: only the signed receipt does. Whatever
a message holds, the loop goes on; when the database is away it waits, with the messages it has.
"""

import functools
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DataError, IntegrityError, connection

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.mqtt.client import Message
from beffroi.kernel.devices.actions.health import note_cut
from beffroi.kernel.devices.actions.intake import Arrived, Stored, store_batches
from beffroi.kernel.devices.actions.uses import keep_beats
from beffroi.kernel.devices.ingest.leases import Watch
from beffroi.kernel.devices.ingest.listening import Listening
from beffroi.kernel.devices.ingest.reading import Read, Trusts, read_messages
from beffroi.kernel.devices.ingest.refusing import Refusals, say_flooded, say_refused
from beffroi.kernel.devices.ingest.signing import Desk
from beffroi.kernel.devices.ingest.telling import Publish, Teller
from beffroi.kernel.devices.ingest.waiting import Waiting
from beffroi.kernel.devices.rules import BATCH_MOST, BATCH_WAIT, LEASE, Unfit
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import DATABASE_AWAY

log = logging.getLogger(__name__)

T = TypeVar("T")

# What waits here is not acknowledged; beyond it the broker keeps the rest.
WAITING_MOST = 2 * BATCH_MOST
ROUND_EVERY = timedelta(seconds=1)
IDLE = 0.2
DATABASE_RETRY = 1.0
CLOSING_SEEN = 0.2
AT_ONCE = timedelta(0)
AN_INSTANT = timedelta(microseconds=1)  # what came last in a part is later than the rest of it
NOTHING = Stored((), ())


@dataclass(frozen=True, slots=True)
class Part:
    """Messages that are stored together, and what they hold."""

    messages: list[Message]
    read: Read


def _close_connection() -> None:
    """The calling thread's own."""
    connection.close()


class Ingest:
    """One ingesting process; several may run: what two of them store at once is stored once.

    Where they share the messages of one device, `patience` is how long what one stores may be ahead of what another holds.
    """

    def __init__(
        self,
        *,
        store: KeyStore,
        publish: Publish,
        clock: Clock = utc_now,
        patience: timedelta = AT_ONCE,
        listening: Listening | None = None,
    ) -> None:
        self._trusts = Trusts()
        desk = Desk(store, self._trusts, patience)
        self._teller = Teller(desk=desk, trusts=self._trusts, publish=publish, clock=clock, patience=patience)
        self._clock = clock
        self._patience = patience
        self._listening = listening
        self._watch = Watch(listening.since if listening is not None else lambda now: now - LEASE)
        self._waiting = Waiting(WAITING_MOST, clock)
        self._round_at = clock()
        self._closed = threading.Event()
        self._news = threading.Event()

    def news(self) -> None:
        """Something newer is to be brought to devices: tell them at once. From any thread."""
        self._news.set()
        self._waiting.wake()

    def accept(self, message: Message) -> None:
        """Take a message from the broker's thread; when too many wait, that thread waits too."""
        if not self._waiting.admit(message):
            message.acknowledge()
            return
        while not self._closed.is_set() and not self._waiting.put(message, CLOSING_SEEN):
            continue

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; messages not stored then are not acknowledged either.

        While the database stores one part, another thread reads and verifies the next: most of either is waiting or arithmetic.
        """
        with ThreadPoolExecutor(1, "reader") as reader:
            try:
                ahead = reader.submit(self._read, stop)
                while not stop.is_set():
                    part = ahead.result()
                    ahead = reader.submit(self._read, stop)
                    self._until_done(stop, functools.partial(self._step, part))
            finally:
                self._closed.set()
                reader.submit(_close_connection)

    def _read(self, stop: threading.Event) -> Part:
        messages = self.gather()
        read = Read()
        if messages:
            read = self._until_done(stop, lambda: read_messages(messages, self._trusts, self._clock())) or read
        return Part(messages, read)

    def _until_done(self, stop: threading.Event, work: Callable[[], T]) -> T | None:
        """Again and again while the database is away; None when told to stop before."""
        while not stop.is_set():
            try:
                return work()
            except DATABASE_AWAY as error:
                log.warning("the database is away, %d messages wait: %s", len(self._waiting), type(error).__name__)
                connection.close()
                stop.wait(DATABASE_RETRY)
        return None

    def gather(self) -> list[Message]:
        """What makes one transaction; none when a round is due."""
        return self._waiting.take(IDLE, BATCH_WAIT.total_seconds())

    def _step(self, part: Part) -> None:
        now = self._clock()
        if part.messages:
            self._store_part(part, now)
        if self._news.is_set() or now >= self._round_at:
            self._round_at = now if self.round(now) else now + ROUND_EVERY

    def process(self, messages: list[Message], now: datetime) -> None:
        """Verify and store what some messages hold, acknowledge them, and answer."""
        self._store_part(Part(messages, read_messages(messages, self._trusts, now)), now)

    def _store_part(self, part: Part, now: datetime) -> None:
        read = part.read
        if read.beats:
            keep_beats(heard=read.beats, now=now)
        stored = self._store(read.arrived, now)
        refused = read.refused + Refusals(
            (item.authority, item.device, reason)
            for item, reason in zip(read.arrived, stored.reasons, strict=True)
            if reason is not None
        )
        for asked in read.asks.values():
            asked.note(now)
        if read.gone:
            note_cut(devices=read.gone, now=now + AN_INSTANT)
        say_refused(refused, now)
        for message in part.messages:
            message.acknowledge()
        self._teller.receipts(stored.receipts, now)
        for asked in read.asks.values():
            self._teller.answer(asked.device.authority, asked.ask, now, asked.device.certificate)

    def _store(self, arrived: Sequence[Arrived], now: datetime) -> Stored:
        """All at once; in halves when the database refuses something, so that it takes nothing else with it."""
        if not arrived:
            return NOTHING
        try:
            return store_batches(arrived=arrived, now=now, patience=self._patience)
        except (DataError, IntegrityError):
            if len(arrived) == 1:
                return replace(NOTHING, reasons=(str(Unfit.UNSTORABLE),))
            middle = len(arrived) // 2
            return self._store(arrived[:middle], now).followed_by(self._store(arrived[middle:], now))

    def round(self, now: datetime) -> bool:
        """What is done once a second, and when there are news: say who floods, and tell devices what they did not ask for; whether to
        go on at once, after what has come meanwhile.
        """
        if self._news.is_set():
            self._news.clear()
            self._teller.forget()
        say_flooded(self._waiting.flooded(), now)
        if self._listening is not None:
            self._listening.note(now)
        self._watch.look(now, abreast=len(self._waiting) < BATCH_MOST)
        return self._teller.round(now)
