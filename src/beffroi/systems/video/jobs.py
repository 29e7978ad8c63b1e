"""What video does when a time has passed, and the alerts it raises."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.systems.video.actions.access import ANSWERED, DUE, SOON, tell_access_due
from beffroi.systems.video.queries.words import access_due_words


def on_access_due(fired: Fired) -> None:
    """An inhabitant's request is nearly or wholly out of time."""
    tell_access_due(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def access_page(facts: Facts) -> str:
    """Where it is answered."""
    return reverse("video-access-request", args=[facts.resource]) if facts.resource else reverse("video-access")


DEADLINES = (
    DeadlineKind(
        ANSWERED,
        "An inhabitant who asks about images of themselves is answered within a month (RGPD, article 12).",
        on_access_due,
        promised=True,
    ),
    DeadlineKind(SOON, "A week is left to answer an inhabitant: administrators are told.", on_access_due),
)

ALARMS = (
    AlertKind(
        code=DUE,
        description="An inhabitant who asked about images of themselves must be answered within a week, or is late.",
        label=_("Request about images to answer"),
        urgency=Urgency.ROUTINE,
        words=access_due_words,
        page=access_page,
        steps=(Step(Target.ADMINISTRATORS, timedelta(days=3)), Step(Target.AGENTS, None)),
    ),
)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    for deadline in DEADLINES:
        register_deadline(deadline)
    for alarm in ALARMS:
        register_alert_kind(alarm)
