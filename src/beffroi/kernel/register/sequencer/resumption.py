"""`beffroi register resume`: what a person orders after a restore or a failover, log by log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from beffroi.kernel.register.actions.recovery import Published, Resumed, continue_log, take_back
from beffroi.kernel.register.errors import DatabaseBehind, LogClosed, LogForked, PublishedLogBroken, SequencerStopped
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, journal, signed_checkpoint, signed_end
from beffroi.kernel.register.queries.standing import HeadState, check_extends, heads, leaf_hashes, leaves
from beffroi.protocol.register.checkpoint import LogEnd, sign_end
from beffroi.protocol.register.merkle import Frontier
from beffroi.protocol.register.names import LogName

_STEP = 8192


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one log: a code (well, rebuilt, taken-back, continued, unpublished) and, where it says more, the numbers."""

    name: LogName
    code: str
    numbers: Resumed | None = None


def resume(place: Shelf, keys: KeyRing, *, close: bool, now: datetime) -> Iterator[Outcome]:
    """Take up every log; `close` also gives up what cannot be taken back and goes on in a new generation.

    Raises SequencerStopped for a log that needs `close` and was not given it, and for one that nothing here can mend.
    """
    for log in sorted({name.log for name in place.names()} | {head.name.log for head in heads()}):
        known = {head.name: head for head in heads() if head.name.log == log}
        published = list(_published(place, keys, log))
        if not published:
            yield Outcome(LogName(log), "unpublished")
            continue
        yield _resume_log(place, keys, published, known, close=close, now=now)


def _resume_log(
    place: Shelf,
    keys: KeyRing,
    published: list[Published],
    known: dict[LogName, HeadState],
    *,
    close: bool,
    now: datetime,
) -> Outcome:
    top = published[-1]
    own = keys.of(top.name.log)
    journaled = journal(place, top.name.log)
    try:
        check_extends(known.get(top.name), top.archive, top.last)
    except DatabaseBehind as error:
        if top.name in known or (not known and len(published) == 1):
            try:
                return Outcome(top.name, "taken-back", take_back(published=top, journal=journaled, now=now))
            except LogForked as forked:
                _refuse_unless(close, forked)
        else:
            _refuse_unless(close, error)
    except PublishedLogBroken as error:
        if _rebuild(top, known.get(top.name)):
            return Outcome(top.name, "rebuilt")
        _refuse_unless(close, error)
    except (LogForked, LogClosed) as error:
        _refuse_unless(close, error)
    else:
        return Outcome(top.name, "well")
    current = max((head.name.generation for head in known.values() if not head.closed), default=1)
    tail = [item for item in published if item.name.generation >= current]

    def seal(end: LogEnd) -> None:
        with top.archive.locked():
            if signed_end(top.archive, own) is None:
                top.archive.close(sign_end(end, own.signing))

    origin = top.name.next.origin(place.host)
    numbers = continue_log(published=tail, next_origin=origin, journal=journaled, seal=seal, now=now)
    return Outcome(top.name, "continued", numbers)


def _published(place: Shelf, keys: KeyRing, log: str) -> Iterator[Published]:
    for name in sorted(name for name in place.names() if name.log == log):
        archive = place.archive(name)
        last = signed_checkpoint(archive, keys.of(log))
        if last is not None:
            yield Published(name, archive, last)


def _rebuild(published: Published, head: HeadState | None) -> bool:
    """Write the tiles again from the database, if its leaves are those of the signed checkpoint."""
    if head is None or head.size < published.last.size:
        return False
    tree = Frontier()
    tree.extend(leaf_hashes(head.name, 0, published.last.size))
    if tree.root() != published.last.root:
        return False
    with published.archive.locked():
        for start in range(0, published.last.size, _STEP):
            rows = leaves(head.name, start, min(start + _STEP, published.last.size))
            published.archive.extend(start, [body for _, _, body in rows])
    check_extends(head, published.archive, published.last)
    return True


def _refuse_unless(close: bool, error: SequencerStopped) -> None:
    if not close:
        raise error
