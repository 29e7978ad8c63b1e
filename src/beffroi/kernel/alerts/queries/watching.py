"""How delivery goes: what waits, who lives. Read by the two processes that watch each other, and by /healthz."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.alerts.models import Delivery, DeliveryState, Heartbeat
from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import SILENT_AFTER, Channel, Target, Urgency, silence
from beffroi.kernel.deadlines.queries import neglected

ALERTER: Final = "alerter"
WORKER: Final = "worker"
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


def _waiting(now: datetime) -> tuple[int, datetime | None]:
    """How many messages are due and not handed over, and since when the oldest waits."""
    found = (
        Delivery.objects.filter(state=DeliveryState.QUEUED, due_at__lte=now)
        .exclude(channel=Channel.SCREEN.value)
        .aggregate(queued=Count("id"), oldest=Min("due_at"))
    )
    return found["queued"], found["oldest"]


def standing(now: datetime) -> Standing:
    """How delivery stands now, and the deadlines that it lives by."""
    queued, oldest = _waiting(now)
    beats = dict(Heartbeat.objects.order_by("part").values_list("part", "at"))
    return Standing(
        queued=queued,
        oldest=(now - oldest).total_seconds() if oldest else None,
        beats={part: (now - at).total_seconds() for part, at in beats.items()},
        trouble=silence(beat=beats.get(ALERTER), oldest_due=oldest, now=now),
        worker=_neglect(beats.get(WORKER), now),
        mail=settings.BEFFROI_SMTP_URL is not None,
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
    return Words(_("Messages do not leave"), body % {"count": queued})


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
