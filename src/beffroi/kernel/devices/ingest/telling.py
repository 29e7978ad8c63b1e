"""What devices are told: receipts and answers when they spoke, and, a part each second, what they did not ask for."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.devices.ingest.reading import Trusts
from beffroi.kernel.devices.ingest.signing import Desk
from beffroi.kernel.devices.queries.telling import (
    ReceiptFacts,
    devices_behind,
    devices_to_command,
    devices_with_holes,
    receipt_facts,
)
from beffroi.kernel.grants.queries import authorities_with_keys
from beffroi.lib.clock import Clock
from beffroi.protocol.v1.carriage import Ask, CarryDown
from beffroi.protocol.v1.frames import encode_frame

log = logging.getLogger(__name__)

# A device that is behind or has a hole is told again after so long.
AGAIN_AFTER = timedelta(seconds=30)
HEARD_WITHIN = timedelta(minutes=30)  # a lock that knows the time asks every 15 minutes
TOLD_A_ROUND = 100
BROKER_RETRY = timedelta(seconds=2)

# Raises BrokerUnreachableError: what was to be said is said again when the device asks, or sends again.
Publish = Callable[[Topic, bytes], None]


class Teller:
    """Signs at the desk, and publishes; while the broker is away it says nothing, and that once."""

    def __init__(self, *, desk: Desk, trusts: Trusts, publish: Publish, clock: Clock, patience: timedelta) -> None:
        self._desk = desk
        self._trusts = trusts
        self._publish = publish
        self._clock = clock
        self._patience = patience
        self._unheard_until = clock()
        self._told: dict[tuple[UUID, str], tuple[object, datetime]] = {}

    def answer(self, authority: UUID, ask: Ask, now: datetime) -> None:
        """All that a device that asks should be brought."""
        for channel, items in self._desk.answer(authority, ask, now).items():
            self._send(authority, UUID(ask.device), channel, items)

    def receipts(self, facts: Iterable[ReceiptFacts], now: datetime) -> None:
        """What is stored of each log, once it is committed."""
        for each in facts:
            receipt = self._desk.receipt(each, now) if each.upto else None
            if receipt:
                self._send(each.authority, each.device, topics.DOWN_RECEIPT, {"receipt": receipt})

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
        old = now - self._patience
        for facts in receipt_facts(devices_with_holes(heard_after=lately, open_before=old), old):
            if self._is_news(facts.device, topics.DOWN_RECEIPT, facts.missing, now):
                self.receipts([facts], now)
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
