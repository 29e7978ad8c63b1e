"""Where a viewer is told, and the programs of the authorities that they administer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from beffroi.adapters.push.identity import public_key
from beffroi.adapters.sms.number import dialled
from beffroi.kernel.alerts.models import (
    URGENCY_LABELS,
    Delivery,
    DeliveryState,
    Mobile,
    Preference,
    PushSubscription,
    TextDay,
    Webhook,
)
from beffroi.kernel.alerts.queries.rosters import has_turns
from beffroi.kernel.alerts.queries.words import Message
from beffroi.kernel.alerts.rules import Texts, Urgency
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


def sms_is_configured() -> bool:
    """Whether text messages can leave at all."""
    return settings.BEFFROI_SMS is not None


def own_mobile(viewer: Viewer) -> Mobile | None:
    """The viewer's number, proven or only wanted, and what became of it."""
    return Mobile.objects.filter(person_id=viewer.known_person).first()


def on_rosters(viewer: Viewer) -> bool:
    """Whether the viewer is on a roster in use: on its sheets alone may a number of one's own stand."""
    return has_turns(viewer.known_person, viewer.as_of)


def printed_numbers(people: Collection[UUID]) -> dict[UUID, str]:
    """Numbers of those of them who let theirs stand on the sheet of the degraded mode, as people dial them (callers scope the people)."""
    rows = _printed(people).values_list("person_id", "number")
    return {person: dialled(number) for person, number in rows}


def printed_since(people: Collection[UUID]) -> list[tuple[UUID, datetime | None]]:
    """Whose number stands there, and when they proved it: other when a number is given up, lost or another, and no number by itself."""
    return list(_printed(people).order_by("person_id").values_list("person_id", "proven_at"))


def _printed(people: Collection[UUID]) -> QuerySet[Mobile]:
    return Mobile.objects.filter(person__in=people, person__is_active=True, printed=True).exclude(number="")


def texts_spent(viewer: Viewer) -> list[str]:
    """Names of the viewer's authorities that have sent today all the text messages that a day may have."""
    full = TextDay.objects.filter(
        authority__in=viewer.authorities(), day=localdate(viewer.as_of), sent__gte=settings.BEFFROI_SMS_PER_DAY
    )
    return list(full.order_by("authority__name").values_list("authority__name", flat=True))


@dataclass(frozen=True, slots=True)
class Ways:
    """How an alert of some urgency reaches the viewer, in words; the screen is always one."""

    urgency: str
    ways: tuple[str, ...]


def own_ways(viewer: Viewer) -> list[Ways]:
    """What the viewer's choices and contacts come down to at this moment, the most urgent first; quiet hours apart."""
    chosen = Preference.objects.filter(person_id=viewer.known_person).first() or Preference()
    mobile = own_mobile(viewer)
    phone = chosen.push and own_browsers(viewer).exists()
    number = bool(mobile and mobile.number) and sms_is_configured()
    found = []
    for urgency, texts in (
        (Urgency.IMMEDIATE, (Texts.IMMEDIATE, Texts.PROMPT)),
        (Urgency.PROMPT, (Texts.PROMPT,)),
        (Urgency.ROUTINE, ()),
    ):
        text = number and chosen.sms in texts
        mail = "instead" if chosen.mail == "never" and urgency is Urgency.IMMEDIATE else chosen.mail
        letter = mail_is_configured() and (mail == "always" or (mail == "instead" and not phone and not text))
        ways = (
            (True, _("on your screen")),
            (phone, _("by notification")),
            (text, _("by SMS")),
            (letter, _("by e-mail")),
        )
        found.append(Ways(str(URGENCY_LABELS[urgency]), tuple(words for used, words in ways if used)))
    return found


def administered_webhooks(viewer: Viewer) -> QuerySet[Webhook]:
    """Programs of the authorities that the viewer administers."""
    return (
        Webhook.objects.filter(authority__in=viewer.authorities(Role.ADMINISTRATOR))
        .select_related("authority")
        .order_by("name", "id")
    )


def programs(rows: Iterable[Webhook]) -> list[Program]:
    """Each with what became of the last message to it (callers scope the programs)."""
    rows = list(rows)
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
