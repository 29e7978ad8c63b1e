"""How delivery goes: what waits, who lives. Read by the two processes that watch each other, and by /healthz."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.utils.formats import localize
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.alerts.models import Delivery, DeliveryState, Heartbeat, TextDay
from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import SILENT_AFTER, Channel, Target, Urgency, silence
from beffroi.kernel.deadlines.queries import neglected

ALERTER: Final = "alerter"
WORKER: Final = "worker"
SEVERAL: Final = 3
ALERTER_DOWN: Final = "alerts.alerter-down"
WORKER_DOWN: Final = "alerts.worker-down"


@dataclass(frozen=True, slots=True)
class Standing:
    """`trouble` is why messages don't leave, `worker` why deadlines aren't kept ("" when they do and are): `silent`, `left-lying`.
    `beats`: seconds since each part last said that it lives.
    """

    queued: int
    oldest: float | None
    beats: dict[str, float]
    trouble: str
    worker: str
    mail: bool
    sms: "Gateway | None" = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """How the gateway of text messages fares: sent today by all authorities, how many each may send, messages that it has not taken
    after several tries, and why.
    """

    sent: int
    most: int
    failing: int
    fault: str


def queued(now: datetime) -> tuple[int, datetime | None]:
    """How many messages are due and not handed over, and since when the oldest waits."""
    found = (
        Delivery.objects.filter(state=DeliveryState.QUEUED, due_at__lte=now)
        .exclude(channel=Channel.SCREEN.value)
        .aggregate(queued=Count("id"), oldest=Min("due_at"))
    )
    return found["queued"], found["oldest"]


def standing(now: datetime) -> Standing:
    """How delivery stands now, and the deadlines that it lives by."""
    waiting, oldest = queued(now)
    beats = dict(Heartbeat.objects.order_by("part").values_list("part", "at"))
    return Standing(
        queued=waiting,
        oldest=(now - oldest).total_seconds() if oldest else None,
        beats={part: (now - at).total_seconds() for part, at in beats.items()},
        trouble=silence(beat=beats.get(ALERTER), oldest_due=oldest, now=now),
        worker=_neglect(beats.get(WORKER), now),
        mail=settings.BEFFROI_SMTP_URL is not None,
        sms=_gateway(now),
    )


def _gateway(now: datetime) -> Gateway | None:
    """None where the installation names none."""
    if settings.BEFFROI_SMS is None:
        return None
    stuck = Delivery.objects.filter(channel=Channel.SMS, state=DeliveryState.QUEUED, attempts__gte=SEVERAL)
    sent = TextDay.objects.filter(day=localdate(now)).aggregate(sent=Sum("sent"))["sent"]
    return Gateway(
        sent=sent or 0,
        most=settings.BEFFROI_SMS_PER_DAY,
        failing=stuck.count(),
        fault=stuck.order_by("-made_at").values_list("fault", flat=True).first() or "",
    )


def _neglect(beat: datetime | None, now: datetime) -> str:
    """Why the worker, having lived, is taken for dead; "" when it isn't."""
    if beat is None:
        return ""
    if now - beat > SILENT_AFTER:
        return "silent"
    return "left-lying" if neglected(now) else ""


def _alerter_words(facts: Facts, _language: str) -> Words:
    if facts.ended:
        return Words(_("Messages leave again"), _("The process that sends them is back; what waited is on its way."))
    queued = int(facts.values.get("queued", 0))
    body = ngettext(
        "%(count)s message waits: notifications and e-mails do not leave. Call people by phone, and have the server looked at.",
        "%(count)s messages wait: notifications and e-mails do not leave. Call people by phone, and have the server looked at.",
        queued,
    )
    return Words(_("Messages do not leave"), body % {"count": localize(queued)})


def _worker_words(facts: Facts, _language: str) -> Words:
    if facts.ended:
        return Words(_("Promises are kept again"), _("The process that keeps deadlines is back."))
    if facts.values.get("why") == "left-lying":
        return Words(
            _("Promises are not kept"),
            _(
                "Deadlines that have passed lie there though the process that keeps them runs: nothing is escalated, and a cabinet left "
                "open is not noticed. Have the server looked at."
            ),
        )
    return Words(
        _("Promises are not kept"),
        _(
            "The process that keeps deadlines has stopped: nothing is escalated, and a cabinet left open is not noticed. "
            "Have the server looked at."
        ),
    )


def _no_page(_facts: Facts) -> str:
    return ""


WATCH_KINDS: Final = (
    AlertKind(
        ALERTER_DOWN,
        "Messages wait and nothing sends them; the worker says so, and writes to administrators itself.",
        gettext_lazy("messages do not leave"),
        Urgency.IMMEDIATE,
        _alerter_words,
        _no_page,
        (Step(Target.ADMINISTRATORS, timedelta(minutes=30)),),
    ),
    AlertKind(
        WORKER_DOWN,
        "The worker, which keeps deadlines, says nothing any more or leaves them lying; the alerter says so.",
        gettext_lazy("promises are not kept"),
        Urgency.IMMEDIATE,
        _worker_words,
        _no_page,
        (Step(Target.ADMINISTRATORS, timedelta(minutes=30)),),
    ),
)
