"""The body of `beffroi alerter`: messages from the outbox to the outside. Several may run: work is claimed.

One loop; the database is spoken to in one thread beside it. Each channel has a pump of its own, so that a mail server that takes its
time holds up no notification. What came back is marked in batches, while others are on their way.
"""

import asyncio
import contextlib
import functools
import gc
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from django.db import connection

from beffroi.adapters.mail.sender import CONNECTIONS
from beffroi.kernel.alerts.actions.delivery import Attempted, Claimed, beat, claim_deliveries, note_attempts
from beffroi.kernel.alerts.actions.telling import ALERTER
from beffroi.kernel.alerts.actions.watching import watch_worker
from beffroi.kernel.alerts.couriers import Content, Couriers, with_contents
from beffroi.kernel.alerts.letters import Post
from beffroi.kernel.alerts.queries import watching
from beffroi.kernel.alerts.rules import SILENT_AFTER, Channel
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.wake import Listener
from beffroi.persistence.work import DATABASE_AWAY, attempted

log = logging.getLogger(__name__)
T = TypeVar("T")

CHANNELS: Final = (Channel.PUSH, Channel.SMS, Channel.MAIL, Channel.WEBHOOK)
# Without news from NOTIFY the outbox is looked at so often.
POLL: Final = 1.0
BEAT: Final = 5.0
# The first of many leave while the next are claimed.
CLAIMED_FIRST: Final = 100
CLAIMED_AT_ONCE: Final = 500
# Claimed and not answered yet. One whose turn comes too late goes back unsent: for a mail server, which gets few at once, few are claimed.
IN_FLIGHT: Final = {Channel.PUSH: 1000, Channel.SMS: 200, Channel.MAIL: 4 * CONNECTIONS, Channel.WEBHOOK: 1000}
# The supervisor waits two seconds before it insists.
LAST_MOMENT: Final = 0.7
# Answers are gathered for so long before they are marked: many a transaction.
GATHER: Final = 0.1
# Messages on their way are many small things that live for a moment: to look through them time and again finds nothing.
GARBAGE: Final = 50_000


class Alerter:
    """The process, for the length of one event loop."""

    def __init__(self, couriers: Couriers, clock: Clock) -> None:
        self._couriers = couriers
        self._clock = clock
        self._since = clock()
        self._stop = asyncio.Event()
        self._woken = {channel: asyncio.Event() for channel in CHANNELS}
        self._done: asyncio.Queue[Attempted] = asyncio.Queue()
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._post = Post(self._ask, clock, couriers)
        self._on_their_way: dict[Channel, set[asyncio.Task[None]]] = {channel: set() for channel in CHANNELS}

    def ring(self) -> None:
        """Something was put into the outbox."""
        for woken in self._woken.values():
            woken.set()
        self._post.ring()

    def stop(self) -> None:
        """Ends `run`: what waits for its turn goes back; what is on its way has a moment to arrive, and comes back when its lease ends
        otherwise.
        """
        self._couriers.stop()
        self._stop.set()
        self.ring()

    async def run(self) -> None:
        """Until told to stop."""
        pumps = [asyncio.create_task(self._pump(channel)) for channel in CHANNELS]
        pumps.append(asyncio.create_task(self._post.run(self._stop)))
        tasks = [*pumps, asyncio.create_task(self._mark()), asyncio.create_task(self._live())]
        try:
            stopped = asyncio.create_task(self._stop.wait())
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if not self._stop.is_set():  # a task that ends by itself has failed: so has the process
                await asyncio.gather(*tasks)
            await asyncio.wait(pumps, timeout=LAST_MOMENT)  # what they were claiming goes back
            last = set[asyncio.Task[None]]().union(*self._on_their_way.values())
            if last:
                await asyncio.wait(last, timeout=LAST_MOMENT)
            await self._ask(functools.partial(self._note, self._answered()))
        finally:
            for task in [stopped, *tasks]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.get_running_loop().run_in_executor(self._database, _close)
            self._database.shutdown()

    async def _ask(self, work: Callable[[], T]) -> T | None:
        """Does something with the database; None when it is away, which is said once a turn and tried again by the caller."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._database, _connected, work)
        except DATABASE_AWAY as error:
            log.warning("the database is away: %s", type(error).__name__)
            return None

    async def _pump(self, channel: Channel) -> None:
        """Claims and sends, as long as there is something and room for it."""
        woken, on_their_way, most = self._woken[channel], self._on_their_way[channel], CLAIMED_FIRST
        in_flight = IN_FLIGHT[channel]
        while not self._stop.is_set():
            woken.clear()
            room = min(most, in_flight - len(on_their_way))
            taken = await self._ask(functools.partial(self._take, channel, room)) if room else []
            for claimed, content in taken or []:
                task = asyncio.create_task(self._carry(claimed, content))
                on_their_way.add(task)
                task.add_done_callback(on_their_way.discard)
            most = CLAIMED_AT_ONCE
            if len(on_their_way) >= in_flight:
                await asyncio.wait(on_their_way, return_when=asyncio.FIRST_COMPLETED)
            elif not taken or len(taken) < room:
                most = CLAIMED_FIRST
                await _until(woken, POLL)

    def _take(self, channel: Channel, most: int) -> list[tuple[Claimed, Content]]:
        return with_contents(claim_deliveries(channel=channel, now=self._clock(), most=most), self._clock())

    async def _carry(self, claimed: Claimed, content: Content) -> None:
        sending = self._couriers.carry(claimed, content)
        handover = await attempted(f"delivery {claimed.delivery}", claimed.attempt, sending)
        self._done.put_nowait(Attempted(claimed, handover))

    async def _mark(self) -> None:
        """Marks what came back, all that there is at once; while the database is away, again and again."""
        while True:
            self._done.put_nowait(await self._done.get())  # it stays there meanwhile, where `run` finds it at the end
            await asyncio.sleep(GATHER)
            attempts = self._answered()
            if not await self._ask(functools.partial(self._note, attempts)):
                for each in attempts:
                    self._done.put_nowait(each)
                await asyncio.sleep(POLL)

    def _answered(self) -> list[Attempted]:
        return [self._done.get_nowait() for _ in range(self._done.qsize())]

    def _note(self, attempts: Sequence[Attempted]) -> bool:
        note_attempts(attempts=attempts, now=self._clock())
        return True

    async def _live(self) -> None:
        """Says that it lives, and looks whether the worker does."""
        while True:
            await self._ask(self._beat)
            await asyncio.sleep(BEAT)

    def _beat(self) -> None:
        now = self._clock()
        beat(part=watching.ALERTER, now=now)
        if now - self._since > SILENT_AFTER:  # a town that starts gives the worker time to
            watch_worker(now=now)


def _connected(work: Callable[[], T]) -> T:
    """Drops a connection that broke, so that the next turn makes another."""
    try:
        return work()
    except DATABASE_AWAY:
        connection.close()
        raise


def _close() -> None:
    connection.close()


async def _until(woken: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for may lose a cancellation, up to Python 3.11
            await woken.wait()


async def run(*, ready: Callable[["Alerter"], None], clock: Clock = utc_now) -> None:
    """Runs an alerter; `ready` gets it once it listens, to stop it by."""
    gc.set_threshold(GARBAGE)
    gc.freeze()  # what is loaded by now stays: looking through all of it now and then would hold every message up
    async with Couriers(clock) as couriers:
        alerter = Alerter(couriers, clock)
        loop = asyncio.get_running_loop()
        with Listener(ALERTER, ring=lambda: loop.call_soon_threadsafe(alerter.ring)):
            ready(alerter)
            await alerter.run()
