"""What has come and is not stored yet, each device's in its own line: one that floods stands in nobody's way.

A turn takes from one line after the other, so whoever waits is served in the next turn, however much others have sent. What a
device sends beyond its allowance never gets into line: it is acknowledged to the broker, counted, and not stored.
"""

import threading
import time
from collections import Counter, OrderedDict, deque
from datetime import timedelta
from uuid import UUID

from beffroi.adapters.mqtt.client import Message
from beffroi.kernel.devices.rules import BATCH_BYTES, BATCH_MOST, MESSAGES_A_SECOND, MESSAGES_AT_ONCE, Allowance
from beffroi.lib.clock import Clock

# Allowances that are full again are forgotten when there are so many, then when there are twice as many as were left.
ALLOWANCES_MOST = 20_000
FULL_AGAIN = timedelta(seconds=MESSAGES_AT_ONCE / MESSAGES_A_SECOND)


class Waiting:
    """Messages by device, at most `most` of them; the broker's thread puts them in, the loop takes them out."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._lines: OrderedDict[UUID, deque[Message]] = OrderedDict()
        self._count = 0
        self._begun = 0.0  # when the oldest of them came, as the machine counts
        self._woken = False
        self._changed = threading.Condition()
        self._allowances: dict[UUID, Allowance] = {}
        self._allowances_most = ALLOWANCES_MOST
        self._flooded: Counter[UUID] = Counter()

    def __len__(self) -> int:
        return self._count

    def admit(self, message: Message) -> bool:
        """Whether the device may still send; what it may not is counted."""
        now, device = self._clock(), message.topic.device
        known = self._allowances.get(device) or Allowance(MESSAGES_AT_ONCE, now)
        self._allowances[device], admitted = known.spend(now)
        if not admitted:
            with self._changed:
                self._flooded[device] += 1
        if len(self._allowances) > self._allowances_most:
            self._allowances = {
                name: allowance for name, allowance in self._allowances.items() if now - allowance.as_of < FULL_AGAIN
            }
            self._allowances_most = max(ALLOWANCES_MOST, 2 * len(self._allowances))
        return admitted

    def put(self, message: Message, seconds: float) -> bool:
        """Stand in line; False when there was no room for so long."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._count < self._most, seconds):
                return False
            self._lines.setdefault(message.topic.device, deque()).append(message)
            if not self._count:
                self._begun = time.monotonic()
            self._count += 1
            self._changed.notify_all()
            return True

    def wake(self) -> None:
        """End the wait for something to come: there is something else to do."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def take(self, first: float, others: float) -> list[Message]:
        """What makes one transaction: waits `first` seconds for something, then until the oldest has waited `others` for company."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > 0 or self._woken, first)
            self._woken = False
            if not self._count:
                return []
            until = self._begun + others
            self._changed.wait_for(lambda: self._count >= BATCH_MOST, max(0.0, until - time.monotonic()))
            found, size = list[Message](), 0
            while self._lines and len(found) < BATCH_MOST and size < BATCH_BYTES:
                device, line = self._lines.popitem(last=False)
                found.append(line.popleft())
                size += len(found[-1].payload)
                if line:
                    self._lines[device] = line
            self._count -= len(found)
            self._begun = time.monotonic()
            self._changed.notify_all()
            return found

    def flooded(self) -> Counter[UUID]:
        """How much each device sent in vain since the last call."""
        with self._changed:
            found, self._flooded = self._flooded, Counter()
            return found
