"""A program that receives webhooks over real HTTP and checks them as the scheme asks: for tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from beffroi.adapters.http.fake import served
from beffroi.adapters.webhook.signature import check
from beffroi.lib.clock import Clock


@dataclass(slots=True)
class FakeReceiver:
    """Runs for the length of `running()`. `answers` are the statuses of the next answers, then 204; a message is taken once by its id."""

    secret: str
    clock: Clock
    answers: list[int] = field(default_factory=list)
    taken: dict[str, object] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    address: str = ""

    @contextmanager
    def running(self) -> Iterator["FakeReceiver"]:
        """Listens on a port of loopback inside."""
        application = web.Application()
        application.router.add_post("/hook", self._take)
        with served(application) as origin:
            self.address = f"{origin}/hook"
            yield self

    async def _take(self, request: web.Request) -> web.Response:
        body, told = await request.read(), request.headers
        identifier = told.get("webhook-id", "")
        self.attempts.append(identifier)
        believed = check(
            body,
            secret=self.secret,
            identifier=identifier,
            moment=told.get("webhook-timestamp", ""),
            signature=told.get("webhook-signature", ""),
            now=self.clock().timestamp(),
        )
        if not believed:
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        status = self.answers.pop(0) if self.answers else HTTPStatus.NO_CONTENT
        if status // 100 == 2:  # noqa: PLR2004 - HTTP's class of success
            self.taken.setdefault(identifier, json.loads(body))
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status // 100 == 3 else {})  # noqa: PLR2004 - a redirection
