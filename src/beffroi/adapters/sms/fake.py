"""A gateway of text messages over real HTTP that sends nothing and keeps what it took: for tests and for the demonstration."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from beffroi.adapters.http.fake import served
from beffroi.adapters.sms.gateway import Gateway
from beffroi.adapters.sms.report import Wording


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as the phone would show it."""

    to: str
    text: str
    sender: str
    reference: str


@dataclass(slots=True)
class FakeGateway:
    """Speaks our own contract for the length of `running()`. `answers` are the statuses of the next answers, then 202; a message is
    taken once by its key, however often it is sent; a number of `nobody` is gone.
    """

    key: str = "a-key"
    reports: Wording = field(default_factory=lambda: Wording("of-the-fake-gateway-alone"))
    answers: list[int] = field(default_factory=list)
    nobody: set[str] = field(default_factory=set)
    taken: dict[str, Taken] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def gateway(self) -> Gateway:
        """How to reach it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return Gateway(url=self.address, headers=headers, sender="BEFFROI", reports=self.reports)

    def texts(self, number: str) -> list[str]:
        """What a phone received, in order."""
        return [each.text for each in self.taken.values() if each.to == number]

    def report(self, number: str, state: str) -> bytes:
        """What it posts when it learns what became of the last message to a number."""
        reference = [each.reference for each in self.taken.values() if each.to == number][-1]
        return json.dumps({"reference": reference, "state": state}).encode()

    @contextmanager
    def running(self) -> Iterator["FakeGateway"]:
        """Listens on a port of loopback inside."""
        application = web.Application()
        application.router.add_post("/messages", self._take)
        with served(application) as origin:
            self.address = f"{origin}/messages"
            yield self

    async def _take(self, request: web.Request) -> web.Response:
        identifier = request.headers.get("Idempotency-Key", "")
        self.attempts.append(identifier)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.key}".encode()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        if self.answers:
            status = self.answers.pop(0)
            if status // 100 != 2:  # noqa: PLR2004 - HTTP's class of success
                return web.Response(status=status)
        told = json.loads(await request.read())
        if told["to"] in self.nobody:
            return web.Response(status=HTTPStatus.GONE)
        self.taken.setdefault(identifier, Taken(told["to"], told["text"], told["sender"], told["reference"]))
        return web.Response(status=HTTPStatus.ACCEPTED)
