"""Hands messages to webhooks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.adapters.http.client import Client
from beffroi.adapters.webhook.signature import headers_for
from beffroi.lib.handover import Handover, Outcome, Timely, always

# The only answer by which a receiver says "never again"; a 404 is a receiver that is being put right.
GONE: Final = frozenset({410})


@dataclass(frozen=True, slots=True)
class Hook:
    """A message for one receiver; `identifier` is the same at each attempt."""

    url: str
    secret: str
    identifier: str
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sender:
    """One for the process. Its client takes 410 alone for gone."""

    client: Client

    async def send(self, hook: Hook, *, timely: Timely = always) -> Handover:
        """One attempt; what the receiver answers is a value. Any status that isn't a success is tried again, but a redirection."""
        to = self.client.aim(hook.url)
        if isinstance(to, Handover):
            return to
        body = json.dumps(hook.content, ensure_ascii=False, separators=(",", ":")).encode()
        moment = int(self.client.clock().timestamp())
        signed = headers_for(body, secret=hook.secret, identifier=hook.identifier, moment=moment)
        headers = {"Content-Type": "application/json", **signed}
        answer = await self.client.post(to, headers=headers, body=lambda: body, timely=timely)
        if answer.outcome is Outcome.REFUSED and answer.fault.startswith("http-4"):
            return Handover(Outcome.AGAIN, answer.fault, answer.wait)
        return answer
