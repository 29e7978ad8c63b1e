"""What stands outside in the tests of delivery: push services, a mail server, phones; and the alerter, run until something is true."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from beffroi.adapters.process.places import free_port
from beffroi.adapters.push.fake import Browser, FakePushService
from beffroi.kernel.alerts import alerter
from beffroi.kernel.alerts.actions.contacts import Subscription, subscribe
from beffroi.lib.clock import Clock, utc_now

PATIENCE = 120.0  # seconds; a slow machine is not a failing one


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)


def phone_of(person: UUID, service: FakePushService, now: datetime) -> Browser:
    """A phone of somebody's that is told, by a push service of ours."""
    browser = service.subscribe()
    given = Subscription(browser.endpoint, browser.p256dh, browser.auth)
    done = subscribe(person=person, given=given, label="Chrome, Android", now=now, by=person)
    assert isinstance(done, UUID), done
    return browser


@contextmanager
def alerting(clock: Clock = utc_now) -> Iterator[Callable[[], None]]:
    """An alerter runs inside, in a thread of its own, and is told to stop at the end, if not before by what this gives; whatever else
    ends it fails the test.
    """
    running: list[tuple[alerter.Alerter, asyncio.AbstractEventLoop]] = []
    ready = threading.Event()

    def begun(one: alerter.Alerter) -> None:
        running.append((one, asyncio.get_running_loop()))
        ready.set()

    def work() -> None:
        try:
            asyncio.run(alerter.run(ready=begun, clock=clock))
        finally:
            connection.close()
            ready.set()

    def stop() -> None:
        for one, loop in running:
            with contextlib.suppress(RuntimeError):  # it has ended, by itself perhaps, which is said below
                loop.call_soon_threadsafe(one.stop)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        assert ready.wait(PATIENCE)
        try:
            yield stop
        finally:
            stop()
            done.result(PATIENCE)


class Mailbox:
    """A real SMTP server that keeps what it takes; `answer` is what it says to each letter."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        if self.answer.startswith("2"):
            self.letters.append(letter)
        return self.answer


class SlowMailbox(Mailbox):
    """Takes no letter before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()
        self.asked = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        self.asked += 1
        await asyncio.to_thread(self.may.wait)
        return await super().handle_DATA(server, session, envelope)


@contextmanager
def mail_server(box: Mailbox) -> Iterator[str]:
    """The server's address, as a town names it."""
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
