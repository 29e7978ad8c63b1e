"""How a claimed message leaves: what it says, and the adapter that carries it. The alerter has all couriers; the worker has the mail's
alone, for the day the alerter is dead; the page where somebody tries their own phone has the push's.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from beffroi.adapters.http import client as http
from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.mail import sender as mail
from beffroi.adapters.mail.letter import Letter
from beffroi.adapters.mail.server import MailServer
from beffroi.adapters.push import identity
from beffroi.adapters.push import sender as push
from beffroi.adapters.push.encryption import Receiver, UnreadableError, padded
from beffroi.adapters.sms import sender as sms
from beffroi.adapters.webhook import sender as webhook
from beffroi.kernel.alerts.actions.delivery import Attempted, Claimed, note_attempts
from beffroi.kernel.alerts.models import Notice, PushSubscription
from beffroi.kernel.alerts.queries.contacts import trial
from beffroi.kernel.alerts.queries.hooks import hook_content
from beffroi.kernel.alerts.queries.words import Message, message_for
from beffroi.kernel.alerts.rules import KEPT_FOR_A_PHONE, Channel, Urgency
from beffroi.kernel.alerts.texts import text_of, text_sender
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import Clock
from beffroi.lib.handover import Handover, Outcome, Timely, always
from beffroi.persistence.work import each_claimed
from beffroi.protocol.v1.members import encode_bytes

# With what stands around it this stays under the 3,584 bytes of a push message, whatever the script.
LONGEST_TITLE: Final = 240
LONGEST_BODY: Final = 1800
# What an attempt lasts at most, and its mark after it: one whose turn comes later than that before its lease ends isn't made.
MARKED_WITHIN: Final = 2.0
LASTS: Final = {
    Channel.PUSH: timedelta(seconds=http.SECONDS + MARKED_WITHIN),
    Channel.WEBHOOK: timedelta(seconds=http.SECONDS + MARKED_WITHIN),
    Channel.SMS: timedelta(seconds=http.SECONDS + MARKED_WITHIN),
    Channel.MAIL: timedelta(seconds=mail.LONGEST + MARKED_WITHIN),
}
URGENCIES: Final = {
    Urgency.ROUTINE: push.Urgency.NORMAL,
    Urgency.PROMPT: push.Urgency.HIGH,
    Urgency.IMMEDIATE: push.Urgency.HIGH,
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says on one channel in one language; the same for everybody. `address`: where its authority's pages are."""

    message: Message
    address: str
    text: str = ""
    html: str = ""
    hook: Mapping[str, object] = field(default_factory=dict)


def with_contents(claimed: list[Claimed], now: datetime) -> list[tuple[Claimed, Content]]:
    """Each claimed message with what it says. One that can't be put into words is left out, pushed forward, and said."""
    found: list[tuple[Claimed, Content]] = []
    by_notice: dict[UUID, list[Claimed]] = {}
    for each in claimed:
        by_notice.setdefault(each.notice, []).append(each)

    def put_into_words(notice: UUID, _attempt: int) -> None:
        contents = contents_of(by_notice[notice])
        found.extend((each, contents[each.channel, each.language]) for each in by_notice[notice])

    def failed(notice: UUID, _attempt: int, fault: str) -> None:
        again = Handover(Outcome.AGAIN, fault)
        note_attempts(attempts=[Attempted(each, again) for each in by_notice[notice]], now=now)

    # Words come from other apps: one notice without any must not stop the rest.
    due = [(notice, these[0].attempt) for notice, these in by_notice.items()]
    each_claimed("words of notice", due, put_into_words, failed)
    return found


def contents_of(claimed: list[Claimed]) -> dict[tuple[Channel, str], Content]:
    """What messages of one notice say: by channel and language, each found once, however many people it goes to."""
    notice = Notice.objects.select_related("authority").get(pk=claimed[0].notice)
    return {key: _content(notice, *key) for key in {(each.channel, each.language) for each in claimed}}


def _content(notice: Notice, channel: Channel, language: str) -> Content:
    message = message_for(notice, language)
    address = public_address(notice.authority)
    if channel is Channel.WEBHOOK:
        return Content(message, address, hook=hook_content(notice, message, address=address))
    if channel is Channel.SMS:
        return Content(message, address, text_of(message, address))
    if channel is not Channel.MAIL:
        return Content(message, address)
    told = {"message": message, "address": address, "authority": notice.authority.name, "language": language}
    with translation.override(language):
        return Content(
            message,
            address,
            render_to_string("alerts/mail.txt", told).strip() + "\n",
            render_to_string("alerts/mail.html", told),
        )


def notification(message: Message, *, language: str, delivery: UUID | None, silent: bool) -> bytes:
    """What the service worker reads. `delivery` names the row that it reports as shown; None for a trial, which has none."""
    last = "null" if delivery is None else f'"{delivery}"'
    return padded(f'{_told(message, language, silent)},"delivery":{last}}}'.encode())


# The same for everybody but for its last member.
@functools.lru_cache(maxsize=64)
def _told(message: Message, language: str, silent: bool) -> str:
    content = {
        "v": 1,
        "tag": message.tag,
        "version": message.version,
        "title": shortened(message.title, LONGEST_TITLE),
        "body": shortened(message.body, LONGEST_BODY),
        "path": message.path,
        "language": language,
        "urgency": message.urgency.value,
        "ended": message.ended,
        "silent": silent,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).removesuffix("}")


def shortened(text: str, most: int) -> str:
    """The text in at most so many bytes of JSON, cut between two characters."""
    if len(json.dumps(text, ensure_ascii=False).encode()) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(json.dumps(f"{text[:middle]}…", ensure_ascii=False).encode()) <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return f"{text[:low].rstrip()}…"


def letter_sender() -> mail.Sender | None:
    """What sends e-mail, for the length of one event loop; None when the installation names no mail server."""
    if settings.BEFFROI_SMTP_URL is None:
        return None
    server = MailServer.read(settings.BEFFROI_SMTP_URL)
    return mail.Sender(server, settings.BEFFROI_MAIL_FROM, settings.BEFFROI_HOST)


async def post_letter(
    sender: mail.Sender | None, claimed: Claimed, content: Content, clock: Clock, in_time: Timely
) -> Handover:
    """By e-mail. A second message of a delivery answers its first, so that a mailbox shows one conversation."""
    if sender is None:
        return Handover(Outcome.REFUSED, "mail-not-configured")
    letter = Letter(
        to=claimed.address,
        subject=content.message.title,
        text=content.text,
        html=content.html,
        language=claimed.language,
        identifier=str(claimed.delivery) if claimed.first else f"{claimed.delivery}.{claimed.version}",
        date=clock(),
        thread=None if claimed.first else str(claimed.delivery),
        settings=f"{content.address}{reverse('contacts')}",
    )
    return await sender.send(letter, timely=in_time)


async def post_text(sender: sms.Sender | None, claimed: Claimed, content: Content, in_time: Timely) -> Handover:
    """By text message; the same identifier at each attempt, another when somebody is called again."""
    if sender is None:
        return Handover(Outcome.REFUSED, "sms-not-configured")
    identifier = f"{claimed.delivery}.{int(claimed.handed.timestamp())}" if claimed.handed else str(claimed.delivery)
    return await sender.send(sms.Text(claimed.address, content.text, identifier), timely=in_time)


def timely(claimed: Claimed, clock: Clock) -> Timely:
    """Whether an attempt that begins now ends before somebody else may claim the message."""
    return lambda: clock() + LASTS[claimed.channel] <= claimed.until


class Couriers:
    """Every way out, for the length of `async with`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = False
        identity.furnish(settings.BEFFROI_HOME)
        self._push = _push_sender(clock)
        self._webhook = webhook.Sender(Client(Reach(settings.BEFFROI_INTERNAL_HOSTS), clock, gone=webhook.GONE))
        self._sms = text_sender(clock)
        self._mail = letter_sender()

    async def __aenter__(self) -> Self:
        await self._push.client.__aenter__()
        await self._webhook.client.__aenter__()
        if self._sms is not None:
            await self._sms.client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._push.client.__aexit__(kind, error, trace)
        await self._webhook.client.__aexit__(kind, error, trace)
        if self._sms is not None:
            await self._sms.client.__aexit__(kind, error, trace)
        if self._mail is not None:
            await self._mail.close()

    def stop(self) -> None:
        """What has not left yet doesn't leave any more: it goes back, as what is late does."""
        self._stopped = True

    async def carry(self, claimed: Claimed, content: Content) -> Handover:
        """One attempt at one claimed message."""
        if not claimed.reachable:
            return Handover(Outcome.GONE, "nobody-there")
        if claimed.refused:
            return Handover(Outcome.REFUSED, claimed.refused)
        if claimed.channel is Channel.MAIL:
            return await post_letter(self._mail, claimed, content, self._clock, self._timely(claimed))
        if claimed.channel is Channel.SMS:
            return await post_text(self._sms, claimed, content, self._timely(claimed))
        if claimed.channel is Channel.WEBHOOK:
            return await self._webhook.send(_hook(claimed, content), timely=self._timely(claimed))
        return await self._ring(claimed, content.message)

    async def tell(self, browser: PushSubscription, message: Message, *, language: str, silent: bool) -> Handover:
        """One notification that no delivery counts, to one browser."""
        told = notification(message, language=language, delivery=None, silent=silent)
        return await _ring(self._push, browser.endpoint, (browser.p256dh, browser.auth), message, told)

    async def _ring(self, claimed: Claimed, message: Message) -> Handover:
        told = notification(message, language=claimed.language, delivery=claimed.delivery, silent=claimed.silent)
        in_time = self._timely(claimed)
        return await _ring(self._push, claimed.address, claimed.keys, message, told, in_time=in_time)

    def _timely(self, claimed: Claimed) -> Timely:
        in_time = timely(claimed, self._clock)
        return lambda: not self._stopped and in_time()


def _hook(claimed: Claimed, content: Content) -> webhook.Hook:
    """The identifier is the delivery's and its version's: the same at each attempt, another for an update."""
    secret, _ = claimed.keys
    return webhook.Hook(claimed.address, secret, f"{claimed.delivery}.{claimed.version}", content.hook)


async def try_browser(browser: PushSubscription, *, language: str, clock: Clock) -> Handover:
    """A trial to one browser, outside the outbox: whoever asked waits for the answer."""
    message = trial(browser.pk, clock(), language)
    sender = _push_sender(clock)
    told = notification(message, language=language, delivery=None, silent=False)
    async with sender.client:
        return await _ring(sender, browser.endpoint, (browser.p256dh, browser.auth), message, told)


def _push_sender(clock: Clock) -> push.Sender:
    ours = identity.Identity(identity.private_key(settings.BEFFROI_HOME), f"mailto:{settings.BEFFROI_MAIL_FROM}")
    return push.Sender(Client(Reach(settings.BEFFROI_INTERNAL_HOSTS), clock), ours)


async def _ring(
    sender: push.Sender,
    endpoint: str,
    keys: tuple[str, str],
    message: Message,
    told: bytes,
    *,
    in_time: Timely = always,
) -> Handover:
    try:
        receiver = Receiver.read(*keys)
    except UnreadableError:
        return Handover(Outcome.REFUSED, "no-keys")
    return await sender.send(
        push.Push(
            endpoint=endpoint,
            receiver=receiver,
            message=told,
            urgency=URGENCIES[message.urgency],
            lasts=int(KEPT_FOR_A_PHONE.total_seconds()),
            topic=encode_bytes(UUID(message.tag).bytes),
        ),
        timely=in_time,
    )
