"""Text messages: what one says of a notice, and the sender that carries it or a code to prove a number by."""

import re
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.sms import sender as sms
from beffroi.adapters.sms.gateway import Gateway
from beffroi.adapters.sms.report import Wording
from beffroi.adapters.sms.text import fitted
from beffroi.kernel.alerts.queries.words import Message
from beffroi.lib.clock import Clock
from beffroi.lib.handover import Handover, Outcome
from beffroi.protocol.v1.members import encode_bytes

# A longer one, of an authority whose domain is long, would leave no room to say what it is about.
LONGEST_ADDRESS: Final = 80
CALLED: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def text_of(message: Message, address: str) -> str:
    """One text message: what it is and where, and the short address of its page, of those of the authority at `address`. The title is
    whole before the rest begins.
    """
    code = encode_bytes(UUID(message.tag).bytes)
    path = reverse("notice-short", kwargs={"code": code})
    page = f"{address}{path}"
    if len(page) > LONGEST_ADDRESS:
        page = f"{settings.BEFFROI_PUBLIC_URL}{path}"
    return fitted(f"{message.title}. {message.body}", address=page)


def text_sender(clock: Clock) -> sms.Sender | None:
    """What sends text messages; None when the installation names no gateway."""
    gateway: Gateway | None = settings.BEFFROI_SMS
    if gateway is None:
        return None
    return sms.Sender(Client(Reach(settings.BEFFROI_INTERNAL_HOSTS), clock, gone=sms.GONE), gateway)


async def send_code(*, number: str, text: str, identifier: str, clock: Clock) -> Handover:
    """A code to a number, outside the outbox: whoever asked waits for the answer."""
    sender = text_sender(clock)
    if sender is None:
        return Handover(Outcome.REFUSED, "sms-not-configured")
    async with sender.client:
        return await sender.send(sms.Text(number, fitted(text), identifier))


def report_wording() -> Wording | None:
    """How the gateway calls back; None when there is none, or it doesn't."""
    gateway: Gateway | None = settings.BEFFROI_SMS
    return gateway.reports if gateway is not None else None


def delivery_of(reference: str) -> UUID | None:
    """The delivery that a text message was called by (`couriers.post_text`); None for what is no such name, as a code's."""
    name = reference.partition(".")[0]
    return UUID(name) if CALLED.fullmatch(name) else None
