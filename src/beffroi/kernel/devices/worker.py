"""The worker's loop that does what follows when a device goes silent over uses that lived there."""

import threading

from beffroi.kernel.devices.actions.uses import CLAIMED_AT_ONCE, claim_lapses, handle_lapse, note_lapse_fault
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import each_claimed, repeated

# Nobody is told by NOTIFY: a lease ends seldom, and half a second is within what is promised.
LOOK_EVERY = 0.5


def do_lapses(clock: Clock = utc_now) -> int:
    """Do what follows for the leases that ended, a part at most; returns how many were claimed."""
    claimed = claim_lapses(now=clock())
    each_claimed(
        "end of a lease",
        claimed,
        lambda lapse, attempt: handle_lapse(lapse=lapse, attempt=attempt),
        lambda lapse, attempt, fault: note_lapse_fault(lapse=lapse, attempt=attempt, fault=fault),
    )
    return len(claimed)


def run_lapses(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop. Several may: each end is one's."""
    repeated(lambda: 0.0 if do_lapses(clock) == CLAIMED_AT_ONCE else LOOK_EVERY, stop)
