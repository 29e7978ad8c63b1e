"""Where a batch of events stands in a device's log, what a receipt may say, and how long things wait: pure functions of plain values.

A log is counted from 1 and chained: each event's hash covers the one before, so one comparison at the last event that both sides
know settles everything before it. What did not come is a *gap*, which knows the hashes that it must close on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from beffroi.kernel.deadlines.rules import due
from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, Refused
from beffroi.protocol.v1.events import Batch, Head, Hole, fill, follow
from beffroi.protocol.v1.messages import MAX_RANGES
from beffroi.protocol.v1.sources import URL_LENGTH

# A receipt names so many missing ranges; a device with more holes fills some before we take what would open another.
MOST_GAPS: Final = MAX_RANGES
# What one transaction holds at most, and how long the first of its messages waits for others.
BATCH_MOST: Final = 500
BATCH_BYTES: Final = 256 * 1024
BATCH_WAIT: Final = timedelta(milliseconds=20)
# Where several processes share the work, a batch may be stored before the one it follows, which another holds: so long, a hole is
# young, and no receipt speaks of it.
ORDER_PATIENCE: Final = timedelta(seconds=2)
# What a device may send: far more than an honest one has, and what a week without a line has gathered. What is beyond is not lost
# for an honest device: without our receipt it keeps it, and sends it again.
MESSAGES_A_SECOND: Final = 20
MESSAGES_AT_ONCE: Final = 256
# Asked for again at once (every receipt names it); after this, a hole is no longer a mere state.
HOLE_PATIENCE: Final = timedelta(minutes=10)
COMMAND_LIFE: Final = timedelta(hours=1)
# An ingesting process says so often that it hears the broker; silent for longer, it hears nothing, and nobody's silence is counted.
LISTENING_SAID: Final = timedelta(seconds=10)
LISTENING_BELIEVED: Final = timedelta(seconds=45)
# A device whose uses live says so every two seconds; after so long without a word they are taken to have ended at its last one.
LEASE: Final = timedelta(seconds=5)
# A device that serves gates is on its line for so long after it was retired, to be told that it serves none any more.
LEAVING: Final = timedelta(minutes=1)
# A process that looks each second and has not looked for so long was held up: what it did not hear meanwhile proves nothing.
HELD_UP: Final = timedelta(seconds=3)
RTSP_PORT: Final = 554
LOW_BATTERY: Final = 10
CERTIFICATE_LIFE: Final = timedelta(days=3653)
# The certificate begins a little early: a phone's clock may be slow.
CERTIFICATE_EARLY: Final = timedelta(hours=1)
RELAY_PATIENCE: Final = timedelta(seconds=5)
RELAYS_A_PERSON: Final = 60
RELAYS_A_GATE: Final = 90
# Why a task that did its part is kept: it is done again when a hole of its device closes.
EVENTS_MISSING: Final = "events-missing"
FIRST_RETRY: Final = timedelta(seconds=30)
LAST_RETRY: Final = timedelta(hours=1)


class Unfit(StrEnum):
    """Why the server itself refuses what came from a device, where the protocol has no reason code for it."""

    DEVICE_UNKNOWN = "device-unknown"
    DEVICE_RETIRED = "device-retired"
    DEVICE_NOT_CERTIFIED = "device-not-certified"
    NO_KEY_SET = "no-key-set"  # the authority has no key set in force: nothing can be verified
    TOO_MANY_HOLES = "too-many-holes"
    UNSTORABLE = "unstorable"  # the database refuses it
    FLOOD = "flood"  # more than a device may send: not looked at


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a device of a kind may say nothing: then it is late, then silent. A broken line makes it late at once."""

    late: timedelta
    down: timedelta


# A lock asks every 15 minutes.
PATIENCES: Final = {"lock": Patience(timedelta(minutes=20), timedelta(minutes=45))}
ANY_PATIENCE: Final = Patience(timedelta(minutes=20), timedelta(minutes=45))


def patience(kind: str) -> Patience:
    """How long devices of this kind may say nothing."""
    return PATIENCES.get(kind, ANY_PATIENCE)


class Trouble(StrEnum):
    """Kinds of alerts about devices; each is about one device."""

    DOWN = "devices.down"
    HOLE = "devices.hole-overdue"
    LOST = "devices.events-lost"


HOLE_DEADLINE: Final = "devices.hole"


class RelayRefusal(StrEnum):
    """Why the server does not relay, before any system was asked or the gate answered; systems have codes of their own."""

    GATE_UNKNOWN = "gate-unknown"
    NOT_ALLOWED = "not-allowed"
    TOO_MANY = "too-many-requests"


def place_of(url: str) -> str | None:
    """Host and port of a source's address, to which its user and password belong; None for what is no address of a source."""
    if not url.isascii() or not url.isprintable() or " " in url or "@" in url or len(url) > URL_LENGTH:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "rtsp" or not url.startswith("rtsp://") or not host or port == 0:
        return None
    return f"{host}:{RTSP_PORT if port is None else port}"


def is_sayable(word: str) -> bool:
    """Whether the protocol carries it: a user, a password."""
    try:
        return bool(members.text({"word": word}, "word"))
    except RefusalError:
        return False


def credentials_purpose(authority: UUID, gate: UUID, place: str) -> dict[str, str]:
    """What a gate's user and password are sealed for: moved to another gate or another address, they don't open."""
    return {"for": "beffroi/gate-credentials/1", "authority": str(authority), "gate": str(gate), "place": place}


class Missing(StrEnum):
    """What may be missing of a log before one of its events."""

    OPEN = "open"  # it may still come
    LOST = "lost"  # it never will


class Misplaced(Exception):
    """A batch that doesn't fit the log; `reason` is the protocol's code, or ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many messages a device may send at once, as of then; it fills again with time."""

    left: float
    as_of: datetime

    def spend(self, now: datetime) -> "tuple[Allowance, bool]":
        """The allowance after one more message, and whether there was enough for it. A clock that went back gives nothing."""
        elapsed = max(0.0, (now - self.as_of).total_seconds())
        left = min(float(MESSAGES_AT_ONCE), self.left + elapsed * MESSAGES_A_SECOND)
        return (Allowance(left - 1, now), True) if left >= 1 else (Allowance(left, now), False)


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that did not come, and what must fit them: the hash before, the hash of the last (None: not known), the boots around.

    `since` is when it opened, and stays when it is filled in part; None in one that is about to be kept.
    """

    first: int
    last: int
    before: str | None
    after: str | None
    boot_before: int
    boot_after: int
    lost: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """What storing a batch changes: the ranges of sequences that are new, the head and all gaps afterwards."""

    new: tuple[tuple[int, int], ...]
    head: Head
    gaps: tuple[Gap, ...]


def place(batch: Batch, head: Head, gaps: Sequence[Gap], stored: Callable[[int], str | None]) -> Placement:
    """Fit a batch into a log; `stored` gives the hash of a stored event. Raises Misplaced.

    The chain covers all that lies before, so the last event that the batch and the log have in common settles those before it.
    """
    common = _last_in_common(batch, head, gaps)
    if common >= batch.first and stored(common) not in (None, batch.hash_before(common + 1)):
        raise Misplaced(Reason.EVENTS_FORKED)
    followed = follow(head, batch)
    if isinstance(followed, Refused):
        raise Misplaced(followed.reason)
    new: list[tuple[int, int]] = []
    left: list[Gap] = []
    for gap in gaps:
        if batch.last < gap.first or gap.last < batch.first:
            left.append(gap)
        else:
            new.append((max(batch.first, gap.first), min(batch.last, gap.last)))
            left.extend(_fill(gap, batch))
    if followed.fresh:
        new.append((followed.first, batch.last))
    if followed.hole is not None:
        hole = followed.hole
        left.append(Gap(hole.first, hole.last, hole.before, hole.after, head.boot, batch.boot))
    if _open(left) > max(MOST_GAPS, _open(gaps)):
        raise Misplaced(Unfit.TOO_MANY_HOLES)
    return Placement(tuple(new), followed.head, tuple(sorted(left, key=lambda gap: gap.first)))


def _open(gaps: Iterable[Gap]) -> int:
    return sum(not gap.lost for gap in gaps)


def _last_in_common(batch: Batch, head: Head, gaps: Sequence[Gap]) -> int:
    """The last sequence of the batch that is stored already; less than its first when none is."""
    common = min(batch.last, head.sequence)
    for gap in sorted(gaps, key=lambda gap: -gap.first):
        if gap.first <= common <= gap.last:
            common = gap.first - 1
    return common


def _fill(gap: Gap, batch: Batch) -> Iterable[Gap]:
    """What remains of a gap beside a batch that lies in part of it, once both ends close."""
    if not gap.boot_before <= batch.boot <= gap.boot_after:
        raise Misplaced(Reason.EVENTS_BOOT)
    # An edge that is not known closes on whatever comes: part of the log is lost there.
    first, last = max(gap.first, batch.first), min(gap.last, batch.last)
    hole = Hole(gap.first, gap.last, gap.before or batch.hash_before(first), gap.after or batch.hash_before(last + 1))
    filled = fill(hole, batch)
    if isinstance(filled, Refused):
        raise Misplaced(filled.reason)
    for rest in filled.holes:
        if rest.first == gap.first:
            yield replace(gap, last=rest.last, after=rest.after, boot_after=batch.boot)
        else:
            yield replace(gap, first=rest.first, before=rest.before, boot_before=batch.boot)


def lose(gaps: Iterable[Gap], first: int, last: int) -> tuple[Gap, ...]:
    """The gaps once the device said that it no longer has that range: the part inside is lost, the rest still missing."""
    result: list[Gap] = []
    for gap in gaps:
        begin, end = max(gap.first, first), min(gap.last, last)
        if gap.lost or begin > end:
            result.append(gap)
            continue
        if gap.first < begin:
            result.append(replace(gap, last=begin - 1, after=None))
        result.append(
            replace(
                gap,
                first=begin,
                last=end,
                before=gap.before if begin == gap.first else None,
                after=gap.after if end == gap.last else None,
                lost=True,
            )
        )
        if end < gap.last:
            result.append(replace(gap, first=end + 1, before=None))
    return tuple(result)


def overdue_at(since: datetime, *, pace: int) -> datetime:
    """When a hole that opened then is due; a demonstration's clock runs `pace` times as fast."""
    return due(since=since, promise=HOLE_PATIENCE, pace=pace)


def known_up_to(gaps: Iterable[Gap], since: datetime) -> tuple[int, str] | None:
    """Where a log is known without a doubt, with that event's hash, when a hole has opened after `since`; None when none has."""
    young = [
        gap for gap in gaps if not gap.lost and gap.before is not None and (gap.since is None or gap.since > since)
    ]
    first = min(young, key=lambda gap: gap.first, default=None)
    return None if first is None or first.before is None else (first.first - 1, first.before)


def missing(gaps: Iterable[Gap]) -> tuple[tuple[int, int], ...]:
    """What a receipt names: the open gaps, ascending."""
    return tuple(sorted((gap.first, gap.last) for gap in gaps if not gap.lost))
