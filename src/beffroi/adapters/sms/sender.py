"""Hands text messages to the gateway."""

from dataclasses import dataclass
from typing import Final

from beffroi.adapters.http.client import Client
from beffroi.adapters.sms.gateway import NUMBER, Gateway
from beffroi.adapters.sms.text import LONGEST, length
from beffroi.lib.handover import Handover, Outcome, Timely, always

# The only answer by which a gateway says that a number is nobody's; a 404 is an address typed wrong.
GONE: Final = frozenset({410})
# What the gateway says of this message is for good; what it says of us (key, credit, address, rate) may be put right.
OF_THE_MESSAGE: Final = frozenset({"http-400", "http-413", "http-422"})


@dataclass(frozen=True, slots=True)
class Text:
    """One message for one phone. `identifier` is the same at each attempt: a gateway that knows it sends once."""

    to: str
    text: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One for the process. Its client takes 410 alone for gone."""

    client: Client
    gateway: Gateway

    async def send(self, text: Text, *, timely: Timely = always) -> Handover:
        """One attempt; what the gateway answers is a value. Nothing longer than one message leaves: its price is known."""
        if not NUMBER.fullmatch(text.to):
            return Handover(Outcome.REFUSED, "not-a-number")
        if length(text.text) > LONGEST:
            return Handover(Outcome.REFUSED, "too-long")
        to = self.client.aim(self.gateway.url)
        if isinstance(to, Handover):
            return to
        body = self.gateway.content(to=text.to, text=text.text, reference=text.identifier)
        headers = {"Content-Type": "application/json", "Idempotency-Key": text.identifier, **self.gateway.headers}
        answer = await self.client.post(to, headers=headers, body=lambda: body, timely=timely)
        if (
            answer.outcome is Outcome.REFUSED
            and answer.fault.startswith("http-4")
            and answer.fault not in OF_THE_MESSAGE
        ):
            return Handover(Outcome.AGAIN, answer.fault, answer.wait)
        return answer
