"""Letters of other apps' outboxes (invitations, what becomes of a report), on their way out: a pump of the alerter's beside those of
its own channels. One that has a ring is told to its person's phones; it leaves where none could be told.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol, TypeVar

from beffroi.adapters.mail import sender as mail
from beffroi.adapters.mail.letter import Letter
from beffroi.kernel.alerts.actions.contacts import drop_subscription
from beffroi.kernel.alerts.couriers import Couriers, letter_sender
from beffroi.kernel.alerts.models import PushSubscription
from beffroi.kernel.alerts.queries.preferences import browsers_of
from beffroi.kernel.alerts.queries.words import Message
from beffroi.kernel.alerts.rules import Urgency
from beffroi.lib.clock import Clock
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.letters import LETTER_BOXES, LetterBox, Ring, Sealed
from beffroi.persistence.work import attempted

T = TypeVar("T")

# Without news from NOTIFY the boxes are looked at so often.
POLL: Final = 5.0
AT_ONCE: Final = mail.CONNECTIONS


class Ask(Protocol):
    """Does something with the database, in its thread; None when it is away."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T | None]: ...


class Post:
    """For the length of one event loop."""

    def __init__(self, ask: Ask, clock: Clock, couriers: Couriers) -> None:
        self._ask = ask
        self._clock = clock
        self._couriers = couriers
        self._sender = letter_sender()
        self._woken = asyncio.Event()

    def ring(self) -> None:
        """Something was put into a box."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop: claims, sends, notes what became of it."""
        try:
            while not stop.is_set():
                self._woken.clear()
                busy = [await self._empty(box) for box in LETTER_BOXES.values()]
                if not any(busy):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL):
                            await self._woken.wait()
        finally:
            if self._sender is not None:
                await self._sender.close()

    async def _empty(self, box: LetterBox) -> bool:
        letters = await self._ask(lambda: box.claim(self._clock(), AT_ONCE))
        await asyncio.gather(*(self._carry(box, letter) for letter in letters or []))
        return bool(letters)

    async def _carry(self, box: LetterBox, letter: Sealed) -> None:
        handover = await attempted(f"letter {letter.key}", letter.attempt, self._send(letter))
        await self._ask(functools.partial(box.note, letter, handover, self._clock()))

    async def _send(self, letter: Sealed) -> Handover:
        if letter.ring is None:
            return await self._write(letter)
        rung = await self._rung(letter, letter.ring)
        if not letter.to or (rung.outcome is Outcome.HANDED_OVER and not letter.ring.besides):
            return rung
        return await self._write(letter)

    async def _rung(self, letter: Sealed, ring: Ring) -> Handover:
        """All phones of its person; told again, they show it without noise."""
        now = self._clock()
        message = _message(ring, now)
        browsers = await self._ask(functools.partial(browsers_of, ring.person))
        if browsers is None:
            return Handover(Outcome.AGAIN, "database-away")
        found = Handover(Outcome.GONE, "nobody-there")
        for browser in browsers:
            one = await self._couriers.tell(browser, message, language=letter.language, silent=letter.attempt > 1)
            if one.outcome is Outcome.GONE:
                await self._ask(functools.partial(_forget, browser, now))
            elif found.outcome is not Outcome.HANDED_OVER:
                found = one
        return found

    async def _write(self, letter: Sealed) -> Handover:
        if self._sender is None:
            return Handover(Outcome.REFUSED, "mail-not-configured")
        return await self._sender.send(
            Letter(
                to=letter.to,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                language=letter.language,
                identifier=letter.identifier,
                date=self._clock(),
                settings=letter.address,
            )
        )


def _message(ring: Ring, now: datetime) -> Message:
    """As phones are told; what is later takes the place of what came before."""
    return Message(
        title=ring.title,
        body=ring.body,
        path=ring.path,
        tag=str(ring.about),
        urgency=Urgency.ROUTINE,
        version=int(now.timestamp()),
        count=1,
        live=1,
        taken=0,
        opened_at=now,
    )


def _forget(browser: PushSubscription, now: datetime) -> None:
    drop_subscription(subscription=browser.pk, endpoint=browser.endpoint, now=now)
