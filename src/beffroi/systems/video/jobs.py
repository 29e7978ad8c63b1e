"""What video does when a time has passed, and the alerts it raises."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.devices.registry import (
    LeaseEnded,
    StoredEvent,
    register_lease_kind,
    register_sink,
    register_sources,
)
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.letters import LetterBox, Sealed, register_letter_box
from beffroi.persistence.work import each_claimed
from beffroi.systems.video.actions import interventions as acts
from beffroi.systems.video.actions.access import ANSWERED, DUE, SOON, tell_access_due
from beffroi.systems.video.actions.calls import WAITING, note_unanswered
from beffroi.systems.video.actions.letters import claim_letters, note_letter
from beffroi.systems.video.actions.viewings import end_at_last_beat, take_look
from beffroi.systems.video.queries.letters import sealed
from beffroi.systems.video.queries.sources import served
from beffroi.systems.video.queries.words import access_due_words, request_alert_words
from beffroi.systems.video.rules import DEVICE_KIND, SYSTEM, Alarm

EVENTS = ("use-admitted", "use-refused", "use-ended")


def on_event(event: StoredEvent) -> None:
    """What a relay said of a camera; the sink's task ends in the same transaction."""
    take_look(event=event, now=event.stored_at)


def on_lease(ended: LeaseEnded) -> None:
    """A relay fell silent over its uses."""
    end_at_last_beat(ended=ended, now=utc_now())


def on_still(fired: Fired) -> None:
    """It is time to ask whether the intervention goes on."""
    acts.ask_still(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def on_countdown(fired: Fired) -> None:
    """Nobody answered."""
    acts.close_unanswered(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def on_confirmation(fired: Fired) -> None:
    """Nobody on call confirmed an emergency."""
    acts.note_unconfirmed(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def on_justification(fired: Fired) -> None:
    """An emergency is not justified in writing."""
    acts.tell_unjustified(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def on_accounting(fired: Fired) -> None:
    """A request's time is over."""
    acts.account_request(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def on_call(fired: Fired) -> None:
    """Nobody asked for the images that a manager's alert is about."""
    note_unanswered(authority=fired.authority, call=fired.subject, now=fired.fired_at)


def on_access_due(fired: Fired) -> None:
    """An inhabitant's request is nearly or wholly out of time."""
    tell_access_due(authority=fired.authority, request=fired.subject, now=fired.fired_at)


def claim(now: datetime, most: int) -> list[Sealed]:
    """Letters that are due, in words. One that can't be put into words is noted so, and holds no other up."""
    rows = {row.pk: row for row in claim_letters(now=now, most=most)}
    found: list[Sealed] = []

    def failed(key: UUID, attempt: int, fault: str) -> None:
        note_letter(letter=key, attempt=attempt, handover=Handover(Outcome.AGAIN, fault), now=now)

    due = [(key, row.attempts) for key, row in rows.items()]
    each_claimed("letter", due, lambda key, _attempt: found.append(sealed(rows[key])), failed)
    return found


def note(letter: Sealed, handover: Handover, now: datetime) -> None:
    """What became of one."""
    note_letter(letter=letter.key, attempt=letter.attempt, handover=handover, now=now)


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
    DeadlineKind(
        acts.STILL, 'While an officer looks, "still intervening?" is asked as often as the convention says.', on_still
    ),
    DeadlineKind(
        acts.COUNTING, "Nobody said within two minutes that the intervention goes on: the image closes.", on_countdown
    ),
    DeadlineKind(acts.CONFIRMATION, "An emergency that nobody on call confirmed is marked so.", on_confirmation),
    DeadlineKind(
        acts.JUSTIFICATION,
        "An emergency that nobody confirmed is justified in writing within 24 hours.",
        on_justification,
        promised=True,
    ),
    DeadlineKind(WAITING, "A manager's alert that no officer answered within half an hour is over.", on_call),
    DeadlineKind(acts.ACCOUNTING, "A request is over: what was asked, granted and watched is stated.", on_accounting),
)


def request_page(facts: Facts) -> str:
    """Where it is answered, confirmed or justified."""
    return reverse("video-request", args=[facts.resource]) if facts.resource else reverse("video-requests")


def call_page(facts: Facts) -> str:
    """Where an officer asks for the images that a manager's alert is about."""
    return reverse("video-ask", query={"call": str(facts.resource)}) if facts.resource else reverse("video-requests")


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
    AlertKind(
        code=Alarm.CALL,
        description="A building's manager gave the alert: officers are told, and one of them may ask for the images.",
        label=_("Alert of a building’s manager"),
        urgency=Urgency.IMMEDIATE,
        words=partial(request_alert_words, Alarm.CALL),
        page=call_page,
        steps=(Step(Target.OPERATORS, timedelta(minutes=2)), Step(Target.ADMINISTRATORS, None)),
    ),
    AlertKind(
        code=Alarm.APPROVAL,
        description="An officer asks for images that their owner approves: the owner's desk answers from the phone.",
        label=_("Images asked for"),
        urgency=Urgency.IMMEDIATE,
        words=partial(request_alert_words, Alarm.APPROVAL),
        page=request_page,
        steps=(Step(Target.FIRM, timedelta(minutes=10)), Step(Target.PARTNERS, None)),
        of_conventions=True,
    ),
    AlertKind(
        code=Alarm.EMERGENCY,
        description="An officer looks in an emergency: whoever is on call confirms.",
        label=_("Emergency to confirm"),
        urgency=Urgency.IMMEDIATE,
        words=partial(request_alert_words, Alarm.EMERGENCY),
        page=request_page,
        steps=(Step(Target.OPERATORS, timedelta(minutes=5)), Step(Target.ADMINISTRATORS, None)),
        of_conventions=True,
    ),
    AlertKind(
        code=Alarm.CUT,
        description="A camera changed, and the right of an officer who may be looking was closed: whoever watches is told.",
        label=_("Right to look closed"),
        urgency=Urgency.PROMPT,
        words=partial(request_alert_words, Alarm.CUT),
        page=request_page,
        steps=(Step(Target.OPERATORS, timedelta(minutes=10)), Step(Target.FIRM, None)),
        of_conventions=True,
    ),
    AlertKind(
        code=Alarm.JUSTIFICATION,
        description="An emergency that nobody confirmed was not justified in writing within 24 hours.",
        label=_("Emergency not justified"),
        urgency=Urgency.PROMPT,
        words=partial(request_alert_words, Alarm.JUSTIFICATION),
        page=request_page,
        steps=(Step(Target.ADMINISTRATORS, timedelta(days=1)), Step(Target.AGENTS, None)),
        of_conventions=True,
    ),
)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    register_sink(SYSTEM, EVENTS, on_event)
    register_lease_kind(DEVICE_KIND, on_lease)
    register_sources(DEVICE_KIND, served)
    for deadline in DEADLINES:
        register_deadline(deadline)
    for alarm in ALARMS:
        register_alert_kind(alarm)
    register_letter_box(LetterBox(SYSTEM, claim, note))
