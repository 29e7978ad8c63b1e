"""What the worker does for an authority that takes its data away: it makes the file, and erases it a day later."""

import threading
from typing import Final

from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.townhall.actions.exports import claim_export, erase_export, finish_export
from beffroi.kernel.townhall.models import Export
from beffroi.kernel.townhall.queries.exports import erase_file, make_file, stray_files, waits
from beffroi.kernel.townhall.registry import EXPORT_ENDS
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.keeping import register_strays
from beffroi.persistence.work import alone, each_claimed, repeated

LOOK_EVERY: Final = 1.0


def run_exports(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop: one export, then the next."""

    def turn() -> float:
        return 0.0 if make_next(clock) else LOOK_EVERY

    repeated(turn, stop)


def make_next(clock: Clock = utc_now) -> bool:
    """Make one that waits; False when none does. What goes wrong, as a disk that is full, leaves it waiting for a later try."""
    export = claim_export(now=clock())
    if export is None:
        return False
    with alone(f"export:{export.id}") as mine:  # a large one takes longer than a lease
        if mine and waits(export.id):
            each_claimed("export", [(export.id, 1)], lambda _key, _attempt: _make(export, clock), lambda *_fault: None)
    return True


def _make(export: Export, clock: Clock) -> None:
    made = make_file(export, clock())
    finish_export(export=export.id, size=made.size, digest=made.digest, now=clock())


def on_export_ends(fired: Fired) -> None:
    """Its day is over."""
    erase_file(fired.subject)
    erase_export(export=fired.subject, by=None, now=fired.fired_at)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    register_deadline(DeadlineKind(EXPORT_ENDS, "The file of an export goes, a day after it was made.", on_export_ends))
    register_strays("townhall.exports", stray_files)
