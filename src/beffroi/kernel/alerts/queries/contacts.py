"""Where a viewer is told, and the programs of the authorities that they administer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from beffroi.adapters.push.identity import public_key
from beffroi.kernel.alerts.models import Delivery, DeliveryState, PushSubscription, Webhook
from beffroi.kernel.alerts.queries.words import Message
from beffroi.kernel.alerts.rules import Urgency
from beffroi.lib.viewer import Role, Viewer


@dataclass(frozen=True, slots=True)
class Program:
    """A webhook, and how its last message fared."""

    webhook: Webhook
    state: str
    fault: str
    at: datetime | None


def own_browsers(viewer: Viewer) -> QuerySet[PushSubscription]:
    """The viewer's browsers that are told, the newest first."""
    return PushSubscription.objects.filter(person=viewer.known_person, gone_at=None).order_by("-made_at", "id")


def push_key() -> str | None:
    """What browsers subscribe with; None while the installation has none."""
    return public_key(settings.BEFFROI_HOME)


def mail_is_configured() -> bool:
    """Whether e-mail can leave at all."""
    return settings.BEFFROI_SMTP_URL is not None


def administered_webhooks(viewer: Viewer) -> QuerySet[Webhook]:
    """Programs of the authorities that the viewer administers."""
    return Webhook.objects.filter(authority__in=viewer.authorities(Role.ADMINISTRATOR)).order_by("name", "id")


def programs(viewer: Viewer) -> list[Program]:
    """The same, each with what became of the last message to it."""
    rows = list(administered_webhooks(viewer))
    last: dict[UUID | None, Delivery] = {}
    for delivery in Delivery.objects.filter(webhook__in=rows).order_by("webhook", "-made_at").distinct("webhook"):
        last[delivery.webhook_id] = delivery
    return [_program(row, last.get(row.pk)) for row in rows]


def _program(webhook: Webhook, last: Delivery | None) -> Program:
    if last is None:
        return Program(webhook, "", "", None)
    return Program(webhook, DeliveryState(last.state).value, last.fault, last.handed_at or last.made_at)


def trial(browser: UUID, now: datetime, language: str) -> Message:
    """What a trial says."""
    with translation.override(language):
        return Message(
            title=_("It works"),
            body=_("Alerts that concern you will look like this one."),
            path=reverse("contacts"),
            tag=str(browser),
            urgency=Urgency.PROMPT,
            version=int(now.timestamp()),
            count=1,
            live=1,
            taken=0,
            opened_at=now,
        )
