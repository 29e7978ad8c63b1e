"""Where people and programs are told: a browser's subscription, a webhook; and what a browser says of what it showed."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from beffroi.adapters.http.reach import Reach
from beffroi.adapters.push.encryption import Receiver, UnreadableError
from beffroi.adapters.webhook.signature import new_secret
from beffroi.kernel.alerts.models import Delivery, PushSubscription, Webhook
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action

# A person has a phone, a tablet, two desks; more is a browser that forgets, and its oldest are given up.
MOST_BROWSERS: Final = 10
LONGEST_ENDPOINT: Final = 1000  # as in the table


class Refusal(StrEnum):
    """Why an address is not taken."""

    ENDPOINT = "not-an-endpoint"
    KEYS = "not-keys"
    UNKNOWN = "unknown-subscription"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave: its address at a push service, and the keys that messages to it are encrypted for."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Added:
    """A webhook that was added, and its secret: shown once."""

    webhook: UUID
    secret: str


def _refused(given: Subscription) -> Refusal | None:
    if len(given.endpoint) > LONGEST_ENDPOINT:
        return Refusal.ENDPOINT
    if Reach(settings.BEFFROI_INTERNAL_HOSTS).refusal(given.endpoint) is not None:
        return Refusal.ENDPOINT
    try:
        Receiver.read(given.p256dh, given.auth)
    except UnreadableError:
        return Refusal.KEYS
    return None


@kernel_action
def subscribe(*, person: UUID, given: Subscription, label: str, now: datetime, by: UUID) -> UUID | Refusal:
    """Have a browser told from now on. The same browser again is the same row; another person's, it is now this one's."""
    refusal = _refused(given)
    if refusal is not None:
        return refusal
    row, _made = PushSubscription.objects.update_or_create(
        endpoint=given.endpoint,
        defaults={
            "person_id": person,
            "p256dh": given.p256dh,
            "auth": given.auth,
            "label": label[:120],
            "made_at": now,
            "gone_at": None,
        },
    )
    _give_up_oldest(person, now)
    return row.pk


def _give_up_oldest(person: UUID, now: datetime) -> None:
    live = PushSubscription.objects.filter(person_id=person, gone_at=None).order_by("-made_at", "id")
    _end(PushSubscription.objects.filter(pk__in=list(live.values_list("pk", flat=True)[MOST_BROWSERS:])), now)


def _end(rows: QuerySet[PushSubscription], now: datetime) -> int:
    """For good: without its secret the browser can't renew it. One that its push service dropped it can, once it wakes."""
    return rows.update(gone_at=now, auth="")


@kernel_action
def renew_subscription(*, endpoint: str, auth: str, given: Subscription, now: datetime) -> UUID | Refusal:
    """A browser's subscription was replaced while nobody was logged in: the former one's secret says that it is the same browser.

    Also one that its push service dropped meanwhile, as many do with an address when they replace it.
    """
    refusal = _refused(given)
    if refusal is not None:
        return refusal
    row = PushSubscription.objects.select_for_update().filter(endpoint=endpoint).exclude(auth="").first()
    if row is None or not hmac.compare_digest(row.auth.encode(), auth.encode()):
        return Refusal.UNKNOWN
    there = PushSubscription.objects.filter(endpoint=given.endpoint).exclude(pk=row.pk).first()
    if there is None:
        row.endpoint, row.p256dh, row.auth, row.made_at, row.gone_at = (
            given.endpoint,
            given.p256dh,
            given.auth,
            now,
            None,
        )
        row.save(update_fields=["endpoint", "p256dh", "auth", "made_at", "gone_at"])
        _give_up_oldest(row.person_id, now)
        return row.pk
    if there.person_id != row.person_id:
        return Refusal.ENDPOINT
    _end(PushSubscription.objects.filter(pk=row.pk), now)  # its page was faster: that one stays as it is
    return there.pk


@kernel_action
def end_subscription(*, person: UUID, subscription: UUID, now: datetime, by: UUID) -> bool:
    """Have one of one's own browsers told no more; False when there is none such."""
    return bool(_end(PushSubscription.objects.filter(pk=subscription, person_id=person, gone_at=None), now))


@kernel_action
def drop_subscription(*, subscription: UUID, endpoint: str, now: datetime) -> None:
    """The push service says that this address is nobody's any more; the browser may have another by now."""
    PushSubscription.objects.filter(pk=subscription, endpoint=endpoint, gone_at=None).update(gone_at=now)


@kernel_action
def note_displayed(*, delivery: UUID, now: datetime) -> None:
    """A browser showed its message. The first time counts."""
    Delivery.objects.filter(pk=delivery, channel=Channel.PUSH.value, shown_at=None).update(shown_at=now)


@kernel_action
def add_webhook(*, authority: UUID, name: str, url: str, by: UUID, now: datetime) -> Added | Refusal:
    """Have a program told of every notice of an authority, from now on."""
    if Reach(settings.BEFFROI_INTERNAL_HOSTS).refusal(url) is not None:
        return Refusal.ENDPOINT
    row = Webhook.objects.create(authority_id=authority, name=name, url=url, secret=new_secret(), made_at=now)
    _record(row, "added", by, now)
    return Added(row.pk, row.secret)


@kernel_action
def retire_webhook(*, webhook: Webhook, by: UUID, now: datetime) -> bool:
    """Have it told no more; False when it wasn't."""
    if not Webhook.objects.filter(pk=webhook.pk, retired_at=None).update(retired_at=now):
        return False
    _record(webhook, "retired", by, now)
    return True


@kernel_action
def restore_webhook(*, webhook: Webhook, by: UUID, now: datetime) -> bool:
    """Have it told again, with the secret it had; False when it was never given up."""
    if not Webhook.objects.filter(pk=webhook.pk, retired_at__isnull=False).update(retired_at=None):
        return False
    _record(webhook, "restored", by, now)
    return True


def _record(webhook: Webhook, change: str, by: UUID, now: datetime) -> None:
    record(
        kind="webhook.changed",
        authority=webhook.authority_id,
        by=by,
        fields={"webhook": webhook.pk, "change": change},
        now=now,
    )
