"""The ingest process: gather messages, verify, store in one transaction, acknowledge, sign receipts; bring devices what they lack.

The broker's acknowledgement is given after the commit, and promises nothing to the device: only the signed receipt does. Whatever
a message holds, the loop goes on; when the database is away it waits, with the messages it has.
"""

import functools
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.devices.actions.intake import Arrived, Stored, count_refused, note_asked, store_batches
from beffroi.kernel.devices.ingest.reading import Read, Trusts, read_messages
from beffroi.kernel.devices.ingest.signing import Desk
from beffroi.kernel.devices.queries import (
    ReceiptFacts,
    devices_behind,
    devices_to_command,
    devices_with_holes,
    receipt_facts,
)
from beffroi.kernel.devices.rules import BATCH_MOST, BATCH_WAIT, Unfit
from beffroi.kernel.grants.queries import authorities_with_keys
from beffroi.lib.clock import Clock, utc_now
from beffroi.protocol.v1.carriage import CarryDown
from beffroi.protocol.v1.frames import encode_frame

log = logging.getLogger(__name__)

# What waits here is not acknowledged; beyond it the broker keeps the rest.
WAITING_MOST = 2 * BATCH_MOST
ROUND_EVERY = timedelta(seconds=1)
# A device that is behind or has a hole is told again after so long.
AGAIN_AFTER = timedelta(seconds=30)
HEARD_WITHIN = timedelta(minutes=30)  # a lock that knows the time asks every 15 minutes
TOLD_A_ROUND = 100
DATABASE_RETRY = 1.0
BROKER_RETRY = timedelta(seconds=2)
CLOSING_SEEN = 0.2

# Raises BrokerUnreachableError: what was to be said is said again when the device asks, or sends again.
Publish = Callable[[Topic, bytes], None]


class Ingest:
    """One ingesting process; several may run: what two of them store at once is stored once."""

    def __init__(self, *, store: KeyStore, publish: Publish, clock: Clock = utc_now) -> None:
        self._trusts = Trusts()
        self._desk = Desk(store, self._trusts)
        self._publish = publish
        self._clock = clock
        self._waiting: queue.Queue[Message] = queue.Queue(WAITING_MOST)
        self._round_at = clock()
        self._closed = threading.Event()
        self._unheard_until = clock()
        self._told: dict[tuple[UUID, str], tuple[object, datetime]] = {}

    def accept(self, message: Message) -> None:
        """Take a message from the broker's thread; when too many wait, that thread waits too."""
        while not self._closed.is_set():
            try:
                self._waiting.put(message, timeout=CLOSING_SEEN)
            except queue.Full:
                continue
            return

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; messages not stored then are not acknowledged either."""
        try:
            self._work(stop)
        finally:
            self._closed.set()

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            messages = self._gather()
            self._until_stored(stop, functools.partial(self._step, messages))

    def _until_stored(self, stop: threading.Event, work: Callable[[], None]) -> None:
        while not stop.is_set():
            try:
                work()
            except (OperationalError, InterfaceError) as error:
                log.warning("the database is away, %d messages wait: %s", self._waiting.qsize(), type(error).__name__)
                connection.close()
                stop.wait(DATABASE_RETRY)
            else:
                return

    def _gather(self) -> list[Message]:
        """Messages up to a batch, or those of 50 ms; none when a round is due."""
        try:
            messages = [self._waiting.get(timeout=0.2)]
        except queue.Empty:
            return []
        until = time.monotonic() + BATCH_WAIT.total_seconds()
        while len(messages) < BATCH_MOST:
            try:
                messages.append(self._waiting.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return messages

    def _step(self, messages: list[Message]) -> None:
        now = self._clock()
        if messages:
            self.process(messages, now)
        if now >= self._round_at:
            self.round(now)
            self._round_at = now + ROUND_EVERY

    def process(self, messages: list[Message], now: datetime) -> None:
        """Store what some messages hold, acknowledge them, and answer."""
        read = read_messages(messages, self._trusts, now)
        receipts = self._store(read, now)
        for device, ask in read.asks.values():
            note_asked(device=device.id, keyset=ask.keyset, revocations=ask.revocations, now=now)
        if read.refused:
            self._say_refused(read.refused, now)
        for message in messages:
            message.acknowledge()
        for facts in receipts:
            self._send_receipt(facts, now)
        for device, ask in read.asks.values():
            for channel, items in self._desk.answer(device.authority, ask, now).items():
                self._send(device.authority, device.id, channel, items)

    def _store(self, read: Read, now: datetime) -> tuple[ReceiptFacts, ...]:
        if not read.arrived:
            return ()
        try:
            stored = store_batches(arrived=read.arrived, now=now)
        except (DataError, IntegrityError):
            if len(read.arrived) > 1:
                return self._store_apart(read, now)
            self._refuse(read, read.arrived[0], Unfit.UNSTORABLE)
            return ()
        self._refuse_misplaced(read, stored)
        return stored.receipts

    def _store_apart(self, read: Read, now: datetime) -> tuple[ReceiptFacts, ...]:
        """One by one, so that what the database refuses takes nothing with it."""
        receipts: dict[UUID, ReceiptFacts] = {}
        for item in read.arrived:
            alone = Read(arrived=[item])
            receipts |= {facts.device: facts for facts in self._store(alone, now)}
            read.refused.update(alone.refused)
        return tuple(receipts.values())

    def _refuse_misplaced(self, read: Read, stored: Stored) -> None:
        for item, reason in zip(read.arrived, stored.reasons, strict=True):
            if reason is not None:
                self._refuse(read, item, reason)

    def _refuse(self, read: Read, item: Arrived, reason: str) -> None:
        read.refused[(item.authority, item.device, str(reason))] += 1

    def _say_refused(self, refused: Counter[tuple[UUID | None, UUID | None, str]], now: datetime) -> None:
        count_refused(times=refused, now=now)
        for (_, device, reason), times in refused.items():
            log.warning("refused from device %s, %d times: %s", device or "unknown", times, reason)

    # What devices are told without having asked

    def round(self, now: datetime) -> None:
        """Bring newer trust to the devices that are behind, ask again for what is missing, sign commands that wait.

        Those not heard lately are left alone: they ask when they come back. A part at a time, so that events never wait long.
        """
        lately, told = now - HEARD_WITHIN, 0
        for authority, device, keyset, revocations in self._behind(lately, now):
            told += self._send(
                authority, device, topics.DOWN_TRUST, self._desk.trust(authority, keyset, revocations, now)
            )
            if told >= TOLD_A_ROUND:
                return
        for facts in receipt_facts(devices_with_holes(lately)):
            if self._is_news(facts.device, topics.DOWN_RECEIPT, facts.missing, now):
                self._send_receipt(facts, now)
        for authority, device in devices_to_command(now):
            command = self._desk.next_command(authority, device, now)
            if command:
                self._send(authority, device, topics.DOWN_COMMAND, {"command": command})

    def _behind(self, lately: datetime, now: datetime) -> Iterator[tuple[UUID, UUID, int, tuple[int, int]]]:
        for authority in authorities_with_keys():
            trust = self._trusts.of(authority, now)
            if trust is None:
                continue
            news = (trust.keyset.number, trust.revocations)
            for device, keyset, revocations in devices_behind(
                authority=authority, keyset=news[0], revocations=news[1], heard_after=lately
            ):
                if self._is_news(device, topics.DOWN_TRUST, news, now):
                    yield authority, device, keyset, revocations

    def _is_news(self, device: UUID, topic: str, what: object, now: datetime) -> bool:
        told = self._told.get((device, topic))
        if told is not None and told[0] == what and now - told[1] < AGAIN_AFTER:
            return False
        self._told[device, topic] = (what, now)
        return True

    def _send_receipt(self, facts: ReceiptFacts, now: datetime) -> None:
        receipt = self._desk.receipt(facts, now)
        if receipt:
            self._send(facts.authority, facts.device, topics.DOWN_RECEIPT, {"receipt": receipt})

    def _send(self, authority: UUID, device: UUID, channel: str, items: Mapping[str, str]) -> bool:
        if not items or self._clock() < self._unheard_until:
            return False
        try:
            self._publish(Topic(authority, device, channel), encode_frame(CarryDown(tuple(items.items()))))
        except BrokerUnreachableError as error:
            log.warning("devices are told nothing for %s: %s", BROKER_RETRY, error)
            self._unheard_until = self._clock() + BROKER_RETRY
            return False
        return True
