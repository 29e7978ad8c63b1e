"""What reports do when part of a promise has passed, or a month; and the alerts they raise."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.deadlines.registry import DeadlineKind, Fired, register_deadline
from beffroi.kernel.deadlines.rules import month_after
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.letters import LetterBox, Sealed, register_letter_box
from beffroi.persistence.work import each_claimed
from beffroi.systems.reports.actions.clock import DUE, HALF, THREE_QUARTERS, count_month, tell_overdue, warn
from beffroi.systems.reports.actions.reminding import STALE, claim_summaries, note_summary, write_summaries
from beffroi.systems.reports.actions.subscribing import DIGESTS, ask_whether_on, write_digests
from beffroi.systems.reports.actions.telling import (
    ASKED,
    Going,
    ask_whether_mended,
    claim_letters,
    drop_letter,
    note_letter,
)
from beffroi.systems.reports.actions.turning import ORDER_OVER, tell_order_over
from beffroi.systems.reports.queries.digests import sealed_digest
from beffroi.systems.reports.queries.dispatches import sealed_errand
from beffroi.systems.reports.queries.letters import sealed
from beffroi.systems.reports.queries.stale import morning_after, sealed_summary
from beffroi.systems.reports.queries.words import alert_words
from beffroi.systems.reports.rules import Alarm, Share, evening_after


def on_half(fired: Fired) -> None:
    """Half of a promise has passed."""
    warn(authority=fired.authority, report=fired.subject, share=Share.HALF, now=fired.fired_at)


def on_three_quarters(fired: Fired) -> None:
    """Three quarters of a promise have passed."""
    warn(authority=fired.authority, report=fired.subject, share=Share.THREE_QUARTERS, now=fired.fired_at)


def on_due(fired: Fired) -> None:
    """A promise's time has passed."""
    tell_overdue(authority=fired.authority, report=fired.subject, now=fired.fired_at)


def on_asked(fired: Fired) -> None:
    """Two weeks have passed since it was done."""
    ask_whether_mended(authority=fired.authority, report=fired.subject, now=fired.fired_at)


def on_order_over(fired: Fired) -> None:
    """The time of a work order that was given because of a report has passed."""
    tell_order_over(authority=fired.authority, order=fired.subject, now=fired.fired_at)


def claim(now: datetime, most: int) -> list[Sealed]:
    """Letters that are due, in words. One that can't be put into words is noted so, and holds no other up."""
    rows = {row.letter.pk: row for row in claim_letters(now=now, most=most)}
    found: list[Sealed] = []

    def failed(key: UUID, attempt: int, fault: str) -> None:
        note_letter(letter=key, attempt=attempt, handover=Handover(Outcome.AGAIN, fault), now=now)

    def put(key: UUID, attempt: int) -> None:
        words = _in_words(rows[key])
        if words is None:
            drop_letter(letter=key, attempt=attempt)
        else:
            found.append(words)

    due = [(key, row.letter.attempts) for key, row in rows.items()]
    each_claimed("letter", due, put, failed)
    return found


def _in_words(going: Going) -> Sealed | None:
    """None for one that has nothing to tell any more."""
    letter = going.letter
    if letter.errand is not None:
        return sealed_errand(letter, letter.errand)
    if letter.subscription is not None:
        return sealed_digest(letter, letter.subscription, going.reached)
    if letter.follower is None:
        raise LookupError(f"letter {letter.pk} goes to nobody")
    return sealed(letter, letter.follower, going.reached)


def note(letter: Sealed, handover: Handover, now: datetime) -> None:
    """What became of one."""
    note_letter(letter=letter.key, attempt=letter.attempt, handover=handover, now=now)


def on_stale(fired: Fired) -> None:
    """A morning: on the authority's day, what stands still is written about."""
    write_summaries(authority=fired.authority, at=fired.due_at, now=fired.fired_at)


def claim_weekly(now: datetime, most: int) -> list[Sealed]:
    """Weekly letters that are due, in words; as with the others, one that fails holds no other up."""
    rows = {row.summary.pk: row for row in claim_summaries(now=now, most=most)}
    found: list[Sealed] = []

    def failed(key: UUID, attempt: int, fault: str) -> None:
        note_summary(summary=key, attempt=attempt, handover=Handover(Outcome.AGAIN, fault), now=now)

    due = [(key, row.summary.attempts) for key, row in rows.items()]
    each_claimed(
        "summary", due, lambda key, _: found.append(sealed_summary(rows[key].summary, rows[key].way, now)), failed
    )
    return found


def note_weekly(letter: Sealed, handover: Handover, now: datetime) -> None:
    """What became of one."""
    note_summary(summary=letter.key, attempt=letter.attempt, handover=handover, now=now)


def on_month(fired: Fired) -> None:
    """The first of a month: count what was promised in the one before."""
    count_month(authority=fired.authority, at=fired.due_at, now=fired.fired_at)


def on_evening(fired: Fired) -> None:
    """The end of a day: whoever subscribed to reports is told of the new ones; once a year they are asked whether they go on."""
    write_digests(authority=fired.authority, now=fired.fired_at)
    ask_whether_on(authority=fired.authority, now=fired.fired_at)


def order_page(facts: Facts) -> str:
    """Where an alert leads that asks for a work order: to the desk's form, or to the report."""
    return reverse("report-order-wanted", args=[facts.subject])


def alert_page(facts: Facts) -> str:
    """Where an alert leads: the report's page."""
    return reverse("report", args=[facts.subject])


DEADLINES = (
    DeadlineKind(HALF, "Half of a report's promised time has passed: whoever has it in charge is told.", on_half),
    DeadlineKind(
        THREE_QUARTERS,
        "Three quarters of a report's promised time have passed: whoever has it in charge is told.",
        on_three_quarters,
    ),
    # Counted by category, by an entry of its own: not once more among the kernel's promises.
    DeadlineKind(
        DUE, "A report is handled within 48 hours, or what its category promises; else it is escalated.", on_due
    ),
    DeadlineKind(
        ASKED, "Two weeks after a report was done, whoever follows it is asked whether it is mended.", on_asked
    ),
    DeadlineKind(
        ORDER_OVER,
        "The time of a work order that was given because of a report is over: its thread says so.",
        on_order_over,
    ),
    DeadlineKind(
        STALE,
        "Each morning: on the authority's day of the week, whoever handles reports is written to of what stands still.",
        on_stale,
        following=morning_after,
    ),
    DeadlineKind(
        "reports.month",
        "Each month, how many reports were due and handled in time, by category, goes into the register.",
        on_month,
        following=month_after,
        each_counts=True,
    ),
    DeadlineKind(
        DIGESTS,
        "Each day at six in the evening, whoever subscribed to a kind of fault or a place is told of its new reports; once a year they are "
        "asked whether they go on.",
        on_evening,
        following=evening_after,
    ),
)
ALARMS = (
    AlertKind(
        code=Alarm.SLIPPING,
        description="Half, then three quarters, of a report's promised time has passed and it is still open.",
        label=_("Report slipping"),
        urgency=Urgency.ROUTINE,
        words=partial(alert_words, Alarm.SLIPPING),
        page=alert_page,
        steps=(Step(Target.FIRM, None), Step(Target.AGENTS, None)),
    ),
    AlertKind(
        code=Alarm.OVERDUE,
        description="A report wasn't handled within the time that was promised: it is escalated.",
        label=_("Report late"),
        urgency=Urgency.PROMPT,
        words=partial(alert_words, Alarm.OVERDUE),
        page=alert_page,
        steps=(Step(Target.AGENTS, timedelta(hours=2)), Step(Target.ADMINISTRATORS, timedelta(hours=4))),
    ),
    AlertKind(
        code=Alarm.SITUATION,
        description="An agent says that a report is more than a fault: whoever keeps watch looks at it.",
        label=_("Alarm raised from a report"),
        urgency=Urgency.IMMEDIATE,
        words=partial(alert_words, Alarm.SITUATION),
        page=alert_page,
        steps=(Step(Target.OPERATORS, timedelta(minutes=10)), Step(Target.ADMINISTRATORS, timedelta(minutes=10))),
    ),
    AlertKind(
        code=Alarm.ORDER,
        description="A firm's desk is asked for a work order because of a report.",
        label=_("Work order asked for"),
        urgency=Urgency.PROMPT,
        words=partial(alert_words, Alarm.ORDER),
        page=order_page,
        steps=(Step(Target.FIRM, timedelta(hours=4)), Step(Target.AGENTS, None)),
    ),
    AlertKind(
        code=Alarm.DANGER,
        description="Somebody reports a danger: priority 1.",
        label=_("Danger reported"),
        urgency=Urgency.IMMEDIATE,
        words=partial(alert_words, Alarm.DANGER),
        page=alert_page,
        steps=(Step(Target.AGENTS, timedelta(minutes=10)), Step(Target.OPERATORS, timedelta(minutes=10))),
    ),
)


def register_jobs() -> None:
    """Called once, when the application is ready."""
    for deadline in DEADLINES:
        register_deadline(deadline)
    for alarm in ALARMS:
        register_alert_kind(alarm)
    register_letter_box(LetterBox("reports", claim, note))
    register_letter_box(LetterBox(STALE, claim_weekly, note_weekly))
