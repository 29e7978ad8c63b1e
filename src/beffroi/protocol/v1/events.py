"""Device events: counted, chained by hash, signed by batch, and read by the server without ever trusting an order of arrival.

A device stores events with their hashes and signs batches of them; the server follows its head, remembers holes, and
closes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.event import Event, read_event
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.strictjson import canonical

LABEL = "beffroi/1/event"
NO_HASH = "A" * members.HASH_LENGTH
"""The hash before the first event: 32 zero bytes."""
MAX_EVENTS = 64
PLACE = Place("beffroi-events+jwt", limit=61440)

_NAMES = frozenset({"dev", "boot", "first", "prev", "events"})


def event_hash(previous: str, *, device: str, boot: int, sequence: int, event: Event) -> str:
    """The hash of an event that follows the one whose hash is ``previous``."""
    text = canonical([LABEL, previous, device, boot, sequence, event.body()])
    return members.encode_bytes(sha256(text).digest())


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive events of one boot. ``previous`` is the hash of the event before the first; ``hashes`` run along."""

    device: str
    boot: int
    first: int
    previous: str
    events: tuple[Event, ...]
    hashes: tuple[str, ...] = ()
    token: str = field(default="", compare=False, repr=False)

    @property
    def last(self) -> int:
        """The sequence of the last event."""
        return self.first + len(self.events) - 1

    @property
    def hash(self) -> str:
        """The hash of the last event."""
        return self.hashes[-1]

    def hash_before(self, sequence: int) -> str:
        """The hash of the event before ``sequence``, which lies in the batch or just after it."""
        return self.previous if sequence == self.first else self.hashes[sequence - self.first - 1]


@making
def make_batch(
    *, device: str, boot: int, first: int, previous: str, events: Sequence[Event], key: Ed25519PrivateKey
) -> str:
    """Sign 1 to 64 consecutive events of one boot."""
    payload = {
        "boot": boot,
        "dev": device,
        "events": [event.body() for event in events],
        "first": first,
        "prev": previous,
    }
    token = PLACE.make(payload, key, device)
    _read(PLACE.take_apart(token), token)
    return token


def _read(parts: Token, token: str) -> Batch:
    body = parts.body(_NAMES)
    device, boot = members.slug(body, "dev"), members.ordinal(body, "boot")
    first, previous = members.ordinal(body, "first"), members.digest(body, "prev")
    events = tuple(read_event(item) for item in members.array(body, "events", 1, MAX_EVENTS))
    hashes, before = [], previous
    for sequence, event in enumerate(events, first):
        before = event_hash(before, device=device, boot=boot, sequence=sequence, event=event)
        hashes.append(before)
    return Batch(device, boot, first, previous, events, tuple(hashes), token)


@refusing
def verify_batch(token: str, *, certificate: Certificate) -> Batch:
    """The batch, when the certified device signed it as its own."""
    parts = PLACE.take_apart(token)
    if parts.kid() != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, parts.kid())
    parts.check_ed25519(certificate.key.verifier())
    batch = _read(parts, token)
    if batch.device != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, batch.device)
    return batch


@dataclass(frozen=True, slots=True)
class Head:
    """How far a device's log is known: the last sequence, its hash and its boot."""

    sequence: int = 0
    hash: str = NO_HASH
    boot: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """Events that did not come: ``first`` to ``last``, between two hashes that whatever fills it must meet."""

    first: int
    last: int
    before: str
    """Hash of the event before ``first``."""
    after: str
    """Hash of the event ``last``, which the event after it names."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a batch brought: the events to store (with the sequence of the first), the head now, and a hole if one opened."""

    first: int
    fresh: tuple[Event, ...]
    head: Head
    hole: Hole | None = None


@refusing
def follow(head: Head, batch: Batch) -> Followed:
    """Go on from the head. A batch that lies wholly before it brings nothing here: offer it to ``fill``."""
    if batch.first <= head.sequence <= batch.last and batch.hash_before(head.sequence + 1) != head.hash:
        raise RefusalError(Reason.EVENTS_FORKED, str(head.sequence))
    if batch.last <= head.sequence:
        return Followed(head.sequence + 1, (), head)
    if batch.boot < head.boot:
        raise RefusalError(Reason.EVENTS_BOOT, f"{batch.boot} after {head.boot}")
    after = Head(batch.last, batch.hash, batch.boot)
    if batch.first > head.sequence + 1:
        hole = Hole(head.sequence + 1, batch.first - 1, head.hash, batch.previous)
        return Followed(batch.first, batch.events, after, hole)
    if batch.hash_before(head.sequence + 1) != head.hash:
        raise RefusalError(Reason.EVENTS_CHAIN, str(batch.first))
    return Followed(head.sequence + 1, batch.events[head.sequence + 1 - batch.first :], after)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a batch brought to a hole: the events to store (with the sequence of the first), and what is still missing."""

    first: int
    fresh: tuple[Event, ...]
    holes: tuple[Hole, ...]


@refusing
def fill(hole: Hole, batch: Batch) -> Filled:
    """Put a late batch into a hole; where it meets an edge, the hashes must too."""
    first, last = max(hole.first, batch.first), min(hole.last, batch.last)
    if first > last:
        return Filled(hole.first, (), (hole,))
    before, after = batch.hash_before(first), batch.hash_before(last + 1)
    if (first == hole.first and before != hole.before) or (last == hole.last and after != hole.after):
        raise RefusalError(Reason.EVENTS_CHAIN, f"{first}-{last}")
    left = (Hole(hole.first, first - 1, hole.before, before),) if first > hole.first else ()
    right = (Hole(last + 1, hole.last, after, hole.after),) if last < hole.last else ()
    return Filled(first, batch.events[first - batch.first : last + 1 - batch.first], left + right)
