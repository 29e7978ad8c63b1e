"""What the worker does beside its own work: it says that it lives, looks whether messages leave, and when they don't writes to
administrators itself, by another way than the one that is dead.
"""

import asyncio
import threading
from typing import Final

from beffroi.adapters.mail.sender import CONNECTIONS
from beffroi.kernel.alerts.actions.delivery import Attempted, Claimed, beat, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.watching import watch_alerter
from beffroi.kernel.alerts.couriers import Content, letter_sender, post_letter, timely, with_contents
from beffroi.kernel.alerts.queries.watching import ALERTER_DOWN, WORKER
from beffroi.kernel.alerts.rules import SILENT_AFTER, Channel
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.handover import Outcome
from beffroi.persistence.work import repeated

LOOK_EVERY: Final = 5.0


def run_watch(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop. Says nothing of the alerter in its first minute: a town that starts has work lying there from before."""
    since = clock()

    def turn() -> float:
        if clock() - since > SILENT_AFTER:
            watch(clock)
        else:
            beat(part=WORKER, now=clock())
        return LOOK_EVERY

    repeated(turn, stop)


def watch(clock: Clock = utc_now) -> bool:
    """One look; returns whether the alerter is taken for dead."""
    beat(part=WORKER, now=clock())
    dead = watch_alerter(now=clock())
    while dead and write_letters(clock):
        beat(part=WORKER, now=clock())
    return dead


def write_letters(clock: Clock) -> bool:
    """Send some e-mails that say that messages don't leave; returns whether others may wait and would leave too. Whoever claims one
    sends it, once.

    As many as leave at once: a mail server that hangs holds the sign of life up for one letter's time, not for everybody's.
    """
    claimed = claim_deliveries(channel=Channel.MAIL, now=clock(), most=CONNECTIONS, kind=ALERTER_DOWN)
    letters = with_contents(claimed, clock())
    if not letters:
        return False
    sent = asyncio.run(_posted(letters, clock))
    note_attempts(attempts=sent, now=clock())
    return all(each.handover.outcome in (Outcome.HANDED_OVER, Outcome.REFUSED) for each in sent)


async def _posted(letters: list[tuple[Claimed, Content]], clock: Clock) -> list[Attempted]:
    sender = letter_sender()
    handovers = await asyncio.gather(*(post_letter(sender, *each, clock, timely(each[0], clock)) for each in letters))
    if sender is not None:
        await sender.close()
    return [Attempted(claimed, handover) for (claimed, _), handover in zip(letters, handovers, strict=True)]
