"""Hands encrypted messages to push services."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from beffroi.adapters.http.client import Client
from beffroi.adapters.push.encryption import Receiver, encrypt
from beffroi.adapters.push.identity import Identity
from beffroi.lib.handover import Handover, Timely, always

LONGEST_TOPIC: Final = 32


class Urgency(StrEnum):
    """What a push service may do to spare a phone's battery (RFC 8030, 5.3)."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Push:
    """A message for one browser. `topic`: a later message of the same topic takes the place of one that still waits there."""

    endpoint: str
    receiver: Receiver
    message: bytes
    urgency: Urgency
    lasts: int
    topic: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One for the process: its client, and who we are."""

    client: Client
    identity: Identity

    async def send(self, push: Push, *, timely: Timely = always) -> Handover:
        """One attempt. What the push service answers is a value; a message too long is our own fault, and raises ValueError."""
        if len(push.topic) > LONGEST_TOPIC:
            raise ValueError(f"a topic has {LONGEST_TOPIC} characters at most")
        to = self.client.aim(push.endpoint)
        if isinstance(to, Handover):
            return to
        headers = {
            "Authorization": self.identity.authorization(to.origin, self.client.clock()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.lasts),
            "Urgency": push.urgency,
            "Topic": push.topic,
        }
        return await self.client.post(
            to, headers=headers, body=lambda: encrypt(push.message, push.receiver), timely=timely
        )
