"""What devices are told: receipts and answers when they spoke, and, a part each second, what they did not ask for."""

import bisect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.devices.ingest.reading import Trusts
from beffroi.kernel.devices.ingest.signing import Desk
from beffroi.kernel.devices.queries.sources import newer_sources
from beffroi.kernel.devices.queries.telling import (
    Behind,
    ReceiptFacts,
    devices_behind,
    devices_to_command,
    devices_with_holes,
    leave_rounds,
    receipt_facts,
    take_rounds,
)
from beffroi.kernel.grants.queries import authorities_with_keys
from beffroi.lib.clock import Clock
from beffroi.protocol.v1.carriage import Ask, CarryDown
from beffroi.protocol.v1.frames import encode_frame

log = logging.getLogger(__name__)

# A device that is behind or has a hole is told again after so long.
AGAIN_AFTER = timedelta(seconds=30)
AGAIN_IN_USE = timedelta(seconds=2)  # where uses live, what ends them must come
HEARD_WITHIN = timedelta(minutes=30)  # a lock that knows the time asks every 15 minutes
# Of how many devices a round looks what they lack: events never wait long for it. A receipt is signed, a command is a transaction.
TRUST_A_ROUND = 100
RECEIPTS_A_ROUND = 100
COMMANDS_A_ROUND = 25
FIRST = UUID(int=0)
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
        self._begin = FIRST  # after this authority
        self._after: dict[object, UUID] = {}  # by authority, or by what its devices are told

    def answer(self, authority: UUID, ask: Ask, now: datetime, certificate: str = "") -> None:
        """All that a device that asks should be brought; `certificate` is its own, as it should be."""
        device = UUID(ask.device)
        for channel, items in self._desk.answer(authority, ask, now, certificate).items():
            self._send(authority, device, channel, items)
        sources = newer_sources(device, ask.sources) if ask.sources is not None else ""
        self._send(authority, device, topics.DOWN_TRUST, {"sources": sources} if sources else {})

    def receipts(self, facts: Iterable[ReceiptFacts], now: datetime) -> None:
        """What is stored of each log, once it is committed."""
        for each in facts:
            receipt = self._desk.receipt(each, now) if each.upto else None
            if receipt:
                self._send(each.authority, each.device, topics.DOWN_RECEIPT, {"receipt": receipt})

    def forget(self) -> None:
        """What devices should hold is newer than what we know."""
        self._desk.forget()

    def round(self, now: datetime) -> bool:
        """Bring newer trust to the devices that are behind, ask again for what is missing, sign commands that wait.

        Those not heard lately are left alone: they ask when they come back. Of several processes one does it, unless it has lost the
        broker. True when others may lack what those of this part were told: go on at once.
        """
        if self._clock() < self._unheard_until:
            leave_rounds()
            return False
        if not take_rounds():
            return False
        lately, told = now - HEARD_WITHIN, 0
        for each in self._behind(lately, now):
            told += self._bring(each, now)
        self._ask_again(lately, now)
        self._command(now)
        return told == TRUST_A_ROUND

    def _bring(self, device: Behind, now: datetime) -> bool:
        """Bring a device what it lacks, unless that was done lately; its sources in a message of their own, since they may be long."""
        trust = self._desk.trust(device.authority, device.keyset, device.revocations, now)
        again = AGAIN_IN_USE if device.in_use else AGAIN_AFTER
        told = False
        if trust and self._is_news(device.device, topics.DOWN_TRUST, tuple(trust.values()), now, again):
            told = self._send(device.authority, device.device, topics.DOWN_TRUST, trust)
        if device.newest_sources > device.sources and self._is_news(
            device.device, "sources", device.newest_sources, now, again
        ):
            token = newer_sources(device.device, device.sources)
            told |= self._send(device.authority, device.device, topics.DOWN_TRUST, {"sources": token} if token else {})
        return told

    def _behind(self, lately: datetime, now: datetime) -> Iterator[Behind]:
        """A part of the devices that are behind; what one authority's devices leave of it is for the next."""
        authorities, left = authorities_with_keys(), TRUST_A_ROUND
        first = bisect.bisect_right(authorities, self._begin)
        for authority in [*authorities[first:], *authorities[:first]]:
            trust = self._trusts.of(authority, now)
            if trust is None:
                continue
            news = (trust.keyset.number, trust.revocations)
            found = devices_behind(
                authority=authority,
                keyset=news[0],
                revocations=news[1],
                heard_after=lately,
                after=self._after.get(authority, FIRST),
                most=left,
                as_of=now,
            )
            for each in found:
                if not each.in_use:
                    self._after[authority] = each.device
                yield each
            left -= len(found)
            if left == 0:
                self._begin = authority
                return

    def _ask_again(self, lately: datetime, now: datetime) -> None:
        """A part of the devices whose logs have holes."""
        old, after = now - self._patience, self._after.get(topics.DOWN_RECEIPT, FIRST)
        found = devices_with_holes(heard_after=lately, open_before=old, after=after, most=RECEIPTS_A_ROUND)
        for facts in receipt_facts(found, old):
            if self._is_news(facts.device, topics.DOWN_RECEIPT, facts.missing, now):
                self.receipts([facts], now)
        self._after[topics.DOWN_RECEIPT] = found[-1] if found else FIRST

    def _command(self, now: datetime) -> None:
        """A part of the devices for which a command waits."""
        after = self._after.get(topics.DOWN_COMMAND, FIRST)
        for authority, device in devices_to_command(now, after=after, most=COMMANDS_A_ROUND):
            self._after[topics.DOWN_COMMAND] = device
            command = self._desk.next_command(authority, device, now)
            if command:
                self._send(authority, device, topics.DOWN_COMMAND, {"command": command})

    def _is_news(self, device: UUID, topic: str, what: object, now: datetime, again: timedelta = AGAIN_AFTER) -> bool:
        told = self._told.get((device, topic))
        if told is not None and told[0] == what and now - told[1] < again:
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
