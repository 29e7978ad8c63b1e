"""What cabinets do when a lock says something or a door has stood open for too long, and the alerts they raise."""

from datetime import timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.contacts.registry import Watched, register_watched
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.devices.registry import StoredEvent, register_sink
from beffroi.systems.cabinets.actions.alarms import ATTACK_PAST, OPEN_TOO_LONG, tell_attack_past, tell_left_open
from beffroi.systems.cabinets.actions.contacts import fit_contact, release_contact, take_observation
from beffroi.systems.cabinets.actions.events import take_event
from beffroi.systems.cabinets.queries.cabinets import without_lock
from beffroi.systems.cabinets.queries.things import page as page_of_cabinet
from beffroi.systems.cabinets.queries.words import alert_words
from beffroi.systems.cabinets.rules import SYSTEM, Alarm

EVENTS = (
    "use-admitted",
    "use-refused",
    "boot",
    "opened",
    "closed",
    "forced",
    "tampered",
    "latch-failed",
)


def on_event(event: StoredEvent) -> bool:
    """Hand the event to the action; the sink's task ends in the same transaction, or waits for what is missing of the log."""
    return take_event(event=event)


def on_left_open(fired: Fired) -> None:
    """A door has stood open for as long as was promised."""
    tell_left_open(authority=fired.authority, occurrence=fired.subject, now=fired.fired_at)


def on_attack_past(fired: Fired) -> None:
    """A break-in is no longer news to whoever looks at a map."""
    tell_attack_past(authority=fired.authority, cabinet=fired.subject, now=fired.fired_at)


def alert_page(facts: Facts) -> str:
    """Where an alert leads: the cabinet's page."""
    return reverse("cabinet", args=[facts.resource]) if facts.resource else reverse("cabinets")


# Whom each is for until the authority says otherwise, and how long they have to acknowledge.
ALARMS = (
    AlertKind(
        code=Alarm.OPEN,
        description="A cabinet has stood open for 30 minutes: everyone mobilised under its convention is told.",
        label=_("Cabinet left open"),
        urgency=Urgency.PROMPT,
        words=partial(alert_words, Alarm.OPEN),
        page=alert_page,
        steps=(Step(Target.CONVENTION, timedelta(minutes=30)), Step(Target.AGENTS, timedelta(minutes=30))),
        of_conventions=True,
    ),
    AlertKind(
        code=Alarm.FORCED,
        description="A cabinet is being broken into, or opened in *control* and nobody had the right to: the police, at once.",
        label=_("Cabinet forced"),
        urgency=Urgency.IMMEDIATE,
        words=partial(alert_words, Alarm.FORCED),
        page=alert_page,
        steps=(Step(Target.OPERATORS, timedelta(minutes=2)), Step(Target.AGENTS, timedelta(minutes=5))),
        of_conventions=True,
    ),
    AlertKind(
        code=Alarm.LATCH,
        description="A cabinet doesn't lock: its bolt doesn't move.",
        label=_("Cabinet doesn’t lock"),
        urgency=Urgency.PROMPT,
        words=partial(alert_words, Alarm.LATCH),
        page=alert_page,
        steps=(Step(Target.DESKS, timedelta(minutes=30)), Step(Target.AGENTS, timedelta(minutes=60))),
        of_conventions=True,
    ),
)


# What a door contact may tell of: a cabinet with no lock of ours.
OBSERVED = Watched(
    code="cabinet",
    label=_("Cabinets"),
    columns=("reference", "address"),
    free=without_lock,
    fit=fit_contact,
    release=release_contact,
    take=take_observation,
    page=page_of_cabinet,
    layer=SYSTEM,
)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    register_sink(SYSTEM, EVENTS, on_event)
    register_watched(OBSERVED)
    register_deadline(
        DeadlineKind(
            OPEN_TOO_LONG,
            "A cabinet's door is shut within 30 minutes, or everyone mobilised is told.",
            on_left_open,
            promised=True,
        )
    )
    register_deadline(
        DeadlineKind(
            ATTACK_PAST,
            "A break-in is shown on maps for an hour after its last blow: they look again then.",
            on_attack_past,
        )
    )
    for alarm in ALARMS:
        register_alert_kind(alarm)
