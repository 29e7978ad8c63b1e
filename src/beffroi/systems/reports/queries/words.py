"""What people read of reports: what alerts say, why something was done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from beffroi.kernel.alerts.registry import Facts, Words
from beffroi.systems.reports.models import Line, Report
from beffroi.systems.reports.rules import Alarm, Share, Stage

IN_HOURS = 48  # what lasts longer is said in days
AN_HOUR: Final = timedelta(hours=1)
A_DAY: Final = timedelta(days=1)


def alert_words(alarm: Alarm, facts: Facts, language: str) -> Words:
    """What an alert of that kind says: which report, where, until when; never who reported it."""
    with override(language):
        said = {
            "reference": facts.values.get("reference", ""),
            "category": facts.values.get("category", ""),
        }
        parts = [facts.where.partition(", ")[2], facts.organisation]
        if due := str(facts.values.get("due", "")):
            when = date_format(localtime(datetime.fromisoformat(due)), "SHORT_DATETIME_FORMAT")
            parts.append(_("Promised by %(time)s.") % {"time": when})
        return Words(_title(alarm, facts) % said, " · ".join(part for part in parts if part))


def _title(alarm: Alarm, facts: Facts) -> str:
    if facts.ended:
        return _("Report %(reference)s: over")
    titles = {
        Alarm.OVERDUE: _("Report %(reference)s is late: %(category)s"),
        Alarm.DANGER: _("Danger reported: %(category)s (%(reference)s)"),
        Alarm.SITUATION: _("Alarm: %(category)s (%(reference)s)"),
        Alarm.ORDER: _("Work order asked for: %(category)s (%(reference)s)"),
    }
    if alarm in titles:
        return titles[alarm]
    if facts.values.get("share") == Share.THREE_QUARTERS.value:
        return _("Report %(reference)s: three quarters of its time have passed (%(category)s)")
    return _("Report %(reference)s: half of its time has passed (%(category)s)")


@dataclass(frozen=True, slots=True)
class Left:
    """How long a promise has left, in words and as a tone of the screens."""

    words: str
    tone: str


def time_left(report: Report, now: datetime) -> Left:
    """ "9 h left", "late by 2 h"; of one that is closed, whether its promise was kept."""
    return left_of(since=report.since, due=report.due_at, closed=report.closed_at, stage=report.stage, now=now)


def left_of(*, since: datetime, due: datetime, closed: datetime | None, stage: str, now: datetime) -> Left:
    """The same, of what its row says."""
    if closed is not None:
        if stage == Stage.MERGED:
            return Left(_("counted with the other"), "idle")
        return Left(_("in time"), "good") if closed < due else Left(_("too late"), "idle")
    left = due - now
    if left <= timedelta(0):
        return Left(_("late by %(time)s") % {"time": lasting(-left)}, "bad")
    soon = left * 4 <= due - since
    return Left(_("%(time)s left") % {"time": lasting(left)}, "warn" if soon else "idle")


def lasting(time: timedelta) -> str:
    if time < AN_HOUR:
        return _("%(n)s min") % {"n": time // timedelta(minutes=1)}
    if time < 2 * A_DAY:
        return _("%(n)s h") % {"n": time // AN_HOUR}
    days = time // A_DAY
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": localize(days)}


def lasting_words(hours: int, *, working: bool) -> str:
    """How long a promise is: "48 hours", "5 days", "16 working hours"."""
    if working:
        return ngettext("%(n)s working hour", "%(n)s working hours", hours) % {"n": localize(hours)}
    if hours % 24 == 0 and hours > IN_HOURS:
        return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": localize(hours // 24)}
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": localize(hours)}


def promise_words(report: Report) -> str:
    """The rule that holds for a report, in words: how long was promised, and until when."""
    when = date_format(localtime(report.due_at), "l j F, H:i")
    # Days and months are capitalised in English only.
    when = when if (get_language() or "").startswith("en") else when.lower()
    said = _("Promised within %(long)s, by %(time)s.")
    return said % {"long": lasting_words(report.hours, working=report.working), "time": when}


def line_words(line: Line) -> str:
    """What a line of a thread says was done; empty for one that is only words."""
    organisation = line.organisation.name if line.organisation else ""
    if line.kind == "sent":
        said = {"organisation": organisation, "number": line.text}
        if line.text:
            return _("Sent to %(organisation)s: there it is no. %(number)s") % said
        return _("Sent to %(organisation)s, whose server gives no number: nothing comes back") % said
    stages: dict[str, str] = {
        Stage.ACKNOWLEDGED.value: _("Acknowledged"),
        Stage.PLANNED.value: _("Planned"),
        Stage.MENDING.value: _("Being mended"),
        Stage.DONE.value: _("Done"),
        Stage.DECLINED.value: _("Declined"),
    }
    acts: dict[str, str] = {
        "made": _("Reported"),
        "reopened": _("Opened again: the first clock goes on"),
        "merged": _("Joined to report %(reference)s") % {"reference": line.text},
        "joined": _("Report %(reference)s about the same fault was joined to this one") % {"reference": line.text},
        "stepped-back": _("Back to the stage before"),
        "parted": _("No longer joined to report %(reference)s: its first clock goes on") % {"reference": line.text},
        "let-go": _("Report %(reference)s is no longer joined to this one") % {"reference": line.text},
        "handed": _("Handed over to %(organisation)s") % {"organisation": organisation},
        "rated": _("Category or priority changed"),
        "assigned": _("Given to somebody"),
        "order-asked": _("A work order was asked of %(organisation)s") % {"organisation": organisation},
        "order-dropped": _("No work order is asked of %(organisation)s any more") % {"organisation": organisation},
        "ordered": _("%(organisation)s gave a work order") % {"organisation": organisation},
        "order-over": _("The work order of %(organisation)s is over") % {"organisation": organisation},
        "order-closed": _("The work order of %(organisation)s was closed") % {"organisation": organisation},
        "alarmed": _("Alarm raised"),
        "calmed": _("Alarm lowered"),
        "sending": _("Is sent to the server of %(organisation)s") % {"organisation": organisation},
        "unsent": _("Could not be sent to the server of %(organisation)s") % {"organisation": organisation},
        "seen-mended": _("Somebody who follows it says that it is mended"),
        "seen-broken": _("Somebody who follows it says that it is not mended"),
    }
    if line.kind in acts:
        return acts[line.kind]
    return stages.get(line.stage, "")


def trouble_words(fault: str) -> str:
    """Why somebody else's server took nothing, or said nothing, for people."""
    if fault.startswith("unreadable"):
        return _("What it answers isn’t Open311: look at the address.")
    told: dict[str, str] = {
        "": "",
        "time-out": _("It takes too long to answer."),
        "server-hangs": _("It takes too long to answer."),
        "no-connection": _("Nothing answers at this address."),
        "broken-off": _("It hung up."),
        "private-address": _("This address can’t be reached from here: it must be public and begin with https://."),
        "not-https": _("This address can’t be reached from here: it must be public and begin with https://."),
        "http-401": _("It doesn’t take our key."),
        "http-403": _("It doesn’t take our key."),
        "http-404": _("It has no such thing there: look at the address and the services."),
        "no-service": _("This kind of fault becomes nothing there any more."),
    }
    return told[fault] if fault in told else _("It refuses, or is out of order (%(fault)s).") % {"fault": fault}
