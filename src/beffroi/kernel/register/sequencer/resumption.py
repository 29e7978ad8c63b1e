"""`beffroi register resume`: what a person orders after a restore or a failover, log by log.

A register that is held (a backup was restored) needs to be told one of two things: where what was signed since is to be had (a mirror), or
that nothing newer exists (`close`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from beffroi.kernel.register.actions.recovery import Published, Resumed, continue_log, take_back
from beffroi.kernel.register.errors import (
    DatabaseBehind,
    LogForked,
    MirrorRefused,
    PublishedLogBroken,
    SequencerBusy,
    SequencerStopped,
)
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, journal, signed_checkpoint, signed_end
from beffroi.kernel.register.queries.standing import HeadState, check_extends, heads, leaf_hashes, leaves
from beffroi.kernel.register.sequencer.hold import lift_hold, read_hold, refuse_held, settle_logs
from beffroi.kernel.register.sequencer.lock import try_lock
from beffroi.kernel.register.sequencer.mirror import Mirror, Taken, take_files
from beffroi.kernel.register.sequencer.publication import publish
from beffroi.protocol.register.checkpoint import LogEnd, sign_end
from beffroi.protocol.register.errors import BadTile
from beffroi.protocol.register.merkle import Frontier
from beffroi.protocol.register.names import LogName

_STEP = 8192


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one log: a code (well, rebuilt, taken-back, continued, unpublished) and, where it says more, the numbers."""

    name: LogName
    code: str
    numbers: Resumed | None = None
    unexplained: int = 0


def resume(
    place: Shelf, keys: KeyRing, *, close: bool, now: datetime, mirror: Mirror | None = None
) -> Iterator[Outcome]:
    """Take up every log; `close` also gives up what cannot be taken back and goes on in a new generation.

    Raises SequencerStopped for a log that needs `close` and was not given it, and for one that nothing here can mend;
    SequencerBusy while a sequencer is at work.
    """
    if not try_lock():
        raise SequencerBusy("a sequencer is at work on this database: stop it first")
    hold = read_hold(place)
    if hold is not None and mirror is None and not close:
        refuse_held(place)
    taken: dict[str, Taken] = {}
    if mirror is not None:
        taken = {each.name.log: each for each in take_files(place, keys, mirror, {head.name.log for head in heads()})}
    for log in sorted({name.log for name in place.names()} | {head.name.log for head in heads()}):
        held = hold is not None and log not in hold.settled and log not in taken
        outcome = _outcome(place, keys, log, held=held, close=close, now=now)
        if hold is not None:
            hold = settle_logs(place, hold, [log])
        yield replace(outcome, unexplained=taken[log].unexplained) if log in taken else outcome
    if hold is not None:
        lift_hold(place)


def _outcome(place: Shelf, keys: KeyRing, log: str, *, held: bool, close: bool, now: datetime) -> Outcome:
    """Take up one log; `held`: it was restored, and nothing says what was signed of it since."""
    known = {head.name: head for head in heads() if head.name.log == log}
    published = list(_published(place, keys, log))
    if not published and held and known:
        if not close:
            raise MirrorRefused(f"{_unheard(known)}: add `--close` to end it where the backup has it")
        # What it numbered is the beginning of whatever the former server may have published under this name: to sign that much and to
        # end there contradicts nobody. To go on under this name would.
        publish(max(known.values(), key=lambda head: head.name), place, keys)
        published = list(_published(place, keys, log))
    if not published:
        return Outcome(LogName(log), "unpublished")
    if not held:
        return _resume_log(place, keys, published, known, close=close, now=now)
    if close:
        return Outcome(published[-1].name, "continued", _end_here(place, keys, published, known, now=now))
    raise MirrorRefused(f"{_unheard(known)}: add `--close` to end it where the backup has it")


def _unheard(known: dict[LogName, HeadState]) -> str:
    origin = max(known.values(), key=lambda head: head.name).origin
    return f"{origin} is not there, so nobody knows what was signed since the backup"


def _end_here(
    place: Shelf, keys: KeyRing, published: list[Published], known: dict[LogName, HeadState], *, now: datetime
) -> Resumed:
    """End a restored log at the last checkpoint that the backup has: what may have been signed after it is given up."""
    trouble = _trouble(published[-1], known.get(published[-1].name))
    if isinstance(trouble, PublishedLogBroken):
        raise trouble
    return _continue(place, keys, _tail(published, known), now)


def _tail(published: list[Published], known: dict[LogName, HeadState]) -> list[Published]:
    """The database's own generation, and those after it."""
    current = max((state.name.generation for state in known.values() if not state.closed), default=1)
    return [item for item in published if item.name.generation >= current]


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
    head = known.get(top.name)
    trouble = _trouble(top, head)
    if trouble is None:
        return Outcome(top.name, "well")
    if isinstance(trouble, PublishedLogBroken) and _rebuild(top, head):
        return Outcome(top.name, "rebuilt")
    if isinstance(trouble, DatabaseBehind) and (head is not None or (not known and len(published) == 1)):
        try:
            numbers = take_back(published=top, journal=journal(place, top.name.log), now=now)
        except LogForked as forked:
            trouble = forked
        except BadTile as missing:
            trouble = PublishedLogBroken(f"{top.last.origin}: {missing}")
        else:
            return Outcome(top.name, "taken-back", numbers)
    if not close:
        raise trouble
    return Outcome(top.name, "continued", _continue(place, keys, _tail(published, known), now))


def _continue(place: Shelf, keys: KeyRing, tail: list[Published], now: datetime) -> Resumed:
    """Close the last of these generations, and go on in the next."""
    top = tail[-1]
    own = keys.of(top.name.log)

    def seal(end: LogEnd) -> None:
        with top.archive.locked():
            if signed_end(top.archive, own) is None:
                top.archive.close(sign_end(end, own.signing))

    origin = top.name.next.origin(place.host)
    return continue_log(published=tail, next_origin=origin, journal=journal(place, top.name.log), seal=seal, now=now)


def _trouble(published: Published, head: HeadState | None) -> SequencerStopped | None:
    """Why this log may not be continued as it stands; None when it may, every tile of it having been read."""
    try:
        check_extends(head, published.archive, published.last)
        if published.archive.audit(published.last.size) != published.last.root:
            return PublishedLogBroken(
                f"{published.last.origin}: the published entries are not those of their own checkpoint"
            )
    except SequencerStopped as error:
        return error
    except BadTile as error:
        return PublishedLogBroken(f"{published.last.origin}: {error}")
    return None


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
