"""What the worker does when a time of ours passes: the next step, the update of a window, the daily look at rosters."""

from datetime import datetime, time

from beffroi.kernel.alerts.actions.raising import end_window, escalate_unanswered
from beffroi.kernel.alerts.actions.rosters import look_at_rosters
from beffroi.kernel.alerts.queries.rosters import local_zone
from beffroi.kernel.alerts.rules import A_DAY
from beffroi.kernel.deadlines.registry import Fired
from beffroi.lib.hours import instant

LOOKED_AT = time(8)


def on_step(fired: Fired) -> None:
    """Nobody acknowledged in time: the next step."""
    escalate_unanswered(authority=fired.authority, notice=fired.subject, now=fired.fired_at)


def on_update(fired: Fired) -> None:
    """A window ends: one update for everything that came."""
    end_window(authority=fired.authority, notice=fired.subject, now=fired.fired_at)


def on_rosters(fired: Fired) -> None:
    """Each day: the gaps of the next 14."""
    look_at_rosters(authority=fired.authority, now=fired.fired_at)


def next_look(after: datetime) -> datetime:
    """Eight in the morning by the town's clocks."""
    zone = local_zone()
    today = after.astimezone(zone).date()
    at = instant(today, LOOKED_AT, zone)
    return at if at > after else instant(today + A_DAY, LOOKED_AT, zone)
