"""What alerts ask of a viewer at this moment: to take, to acknowledge, to be on duty."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.alerts.models import Roster
from beffroi.kernel.alerts.queries.alerts import WATCHERS, told_to, visible_alerts
from beffroi.kernel.alerts.queries.rosters import plan
from beffroi.lib.viewer import Viewer
from beffroi.persistence.waiting import Waiting

# Somebody's next turn is said that long beforehand.
AHEAD = timedelta(days=1)


def alerts_waiting(viewer: Viewer) -> list[Waiting]:
    """Live alerts that nobody has taken, for whoever watches; those the viewer was told of and has not acknowledged, for others."""
    live = visible_alerts(viewer).filter(ended_at__isnull=True, taken_by__isnull=True)
    if viewer.authorities(*WATCHERS):
        count = live.count()
        text = ngettext("%(n)s alert that nobody has taken", "%(n)s alerts that nobody has taken", count)
    else:
        notices = told_to(viewer).filter(acknowledged_at__isnull=True).values("notice")
        count = live.filter(notice__in=notices).count()
        text = ngettext("%(n)s alert that you have not seen to", "%(n)s alerts that you have not seen to", count)
    return [Waiting(text % {"n": localize(count)}, reverse("alerts"), "bell", "warn")] if count else []


def duties_waiting(viewer: Viewer) -> list[Waiting]:
    """The viewer's own turns: the one that runs, until when; else the next one of the day to come."""
    rosters = Roster.objects.filter(retired_at__isnull=True).filter(_of(viewer)).order_by("name").distinct()
    found = []
    for roster in rosters:
        duties = plan(roster, since=viewer.as_of, until=viewer.as_of + AHEAD, now=viewer.as_of).duties
        own = [duty for duty in duties if duty.person == viewer.person]
        if not own:
            continue
        starts, ends = own[0].starts, own[0].ends
        for duty in own[1:]:
            ends = max(ends, duty.ends) if duty.starts <= ends else ends
        told = {"roster": roster.name, "until": _spoken(ends, viewer.as_of), "since": _spoken(starts, viewer.as_of)}
        if starts <= viewer.as_of:
            text = _("%(roster)s: you are on duty until %(until)s.") % told
        else:
            text = _("%(roster)s: your turn begins at %(since)s.") % told
        found.append(Waiting(text, reverse("contacts"), "clock"))
    return found


def _of(viewer: Viewer) -> Q:
    return Q(slots__person_id=viewer.person) | Q(swaps__takes_id=viewer.person, swaps__undone_at__isnull=True)


def _spoken(moment: datetime, now: datetime) -> str:
    """The hour, and the day where it isn't today's."""
    here = localtime(moment)
    return date_format(here, "TIME_FORMAT" if localdate(moment) == localdate(now) else "SHORT_DATETIME_FORMAT")
