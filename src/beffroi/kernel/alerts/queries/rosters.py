"""Who is on duty when."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from beffroi.kernel.alerts.models import Roster, RosterSlot, RosterSwap
from beffroi.kernel.alerts.rules import (
    A_SECOND,
    AHEAD,
    Duty,
    Gap,
    Slot,
    Swap,
    gaps,
    on_duty,
    pattern,
    present,
    swapped,
)
from beffroi.lib.hours import public_holidays
from beffroi.lib.viewer import Role, Viewer

# People who belong to the authority, to a service of it or to a partner of a convention in force, and since when until when.
_PRESENCE = """
SELECT m.person_id, m.valid_from, m.valid_until
FROM territory_membership m JOIN accounts_person p ON p.id = m.person_id AND p.is_active
WHERE (m.valid_until IS NULL OR m.valid_until > %(now)s) AND m.person_id = ANY(%(people)s) AND m.organisation_id IN (
    SELECT organisation_id FROM territory_authority WHERE id = %(authority)s
    UNION SELECT id FROM territory_organisation WHERE serves_id = %(authority)s
    UNION SELECT partner_id FROM grants_convention WHERE authority_id = %(authority)s
        AND valid_from <= %(now)s AND valid_until > %(now)s AND (ended_at IS NULL OR ended_at > %(now)s)
)
"""


def local_zone() -> ZoneInfo:
    """The zone whose clocks people read here."""
    return ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Plan:
    """A roster between two moments: what its pattern covers, who holds it after the exceptions, and when nobody will."""

    promised: tuple[Duty, ...]
    duties: tuple[Duty, ...]
    gaps: tuple[Gap, ...]


def visible_rosters(viewer: Viewer) -> QuerySet[Roster]:
    """Rosters of the authorities that the viewer works for, those in use."""
    return (
        Roster.objects.filter(
            authority_id__in=viewer.authorities(Role.AGENT, Role.ADMINISTRATOR, Role.OPERATOR), retired_at__isnull=True
        )
        .select_related("authority")
        .order_by("name")
    )


def plan(roster: Roster, *, since: datetime, until: datetime, now: datetime) -> Plan:
    """The roster between two moments: as it was until now, and from now on held by those who are, and will still be, there."""
    promised = _pattern(roster, roster.slots.all(), since, until)
    swaps = roster.swaps.filter(undone_at__isnull=True, starts__lt=until, ends__gt=since).order_by("made_at", "id")
    duties = [duty for duty in swapped(promised, [_swap(row) for row in swaps]) if duty.ends > since]
    ahead = present(duties, _presence(roster.authority_id, {duty.person for duty in duties}, now))
    held = [*_part(duties, since, now), *_part(ahead, now, until)]
    begins = max(since, now)
    missing = gaps(None if roster.continuous else promised, ahead, since=begins, until=max(until, begins))
    return Plan(tuple(promised), tuple(held), tuple(missing))


def _part(duties: Iterable[Duty], since: datetime, until: datetime) -> list[Duty]:
    found = (Duty(duty.person, max(duty.starts, since), min(duty.ends, until)) for duty in duties)
    return [duty for duty in found if duty.starts < duty.ends]


def gaps_ahead(roster: Roster, *, now: datetime) -> tuple[Gap, ...]:
    """When nobody is on duty in the next 14 days and somebody should be."""
    return plan(roster, since=now, until=now + AHEAD, now=now).gaps


def duty_now(authority: UUID, now: datetime) -> dict[UUID, set[UUID]]:
    """Who is on duty at this moment, by roster of the authority (whoever left is taken out when they are told)."""
    slots, swaps = defaultdict(list), defaultdict(list)
    live = Q(roster__authority_id=authority, roster__retired_at__isnull=True)
    for slot in RosterSlot.objects.filter(live).select_related("roster").order_by("id"):
        slots[slot.roster].append(slot)
    rows = RosterSwap.objects.filter(live, undone_at__isnull=True, starts__lte=now, ends__gt=now)
    for row in rows.select_related("roster").order_by("made_at", "id"):
        swaps[row.roster].append(_swap(row))
    return {
        roster.id: on_duty(swapped(_pattern(roster, slots[roster], now, now + A_SECOND), swaps[roster]), now)
        for roster in {*slots, *swaps}
    }


def has_turns(person: UUID, now: datetime) -> bool:
    """Whether the person is on a roster in use, of whichever authority."""
    live = Q(roster__retired_at__isnull=True)
    taken = RosterSwap.objects.filter(live, takes=person, undone_at__isnull=True, ends__gt=now)
    return _slots_ahead(now).filter(live, person=person).exists() or taken.exists()


def with_turns(authority: UUID, now: datetime) -> set[UUID]:
    """People who are on a roster in use of the authority, today or later."""
    live = Q(roster__authority_id=authority, roster__retired_at__isnull=True)
    taken = RosterSwap.objects.filter(live, undone_at__isnull=True, ends__gt=now, takes__isnull=False)
    return {
        *_slots_ahead(now).filter(live).values_list("person", flat=True),
        *taken.values_list("takes", flat=True),
    }


def ever_with_turns(authority: UUID) -> set[UUID]:
    """The same with those whose last turn is over: a set that changes when somebody changes a roster, and never by itself."""
    live = Q(roster__authority_id=authority, roster__retired_at__isnull=True)
    taken = RosterSwap.objects.filter(live, undone_at__isnull=True, takes__isnull=False)
    return {
        *RosterSlot.objects.filter(live).values_list("person", flat=True),
        *taken.values_list("takes", flat=True),
    }


def _slots_ahead(now: datetime) -> QuerySet[RosterSlot]:
    # A turn of a slot's last day may end on the day after.
    yesterday = localdate(now, local_zone()) - timedelta(days=1)
    return RosterSlot.objects.filter(Q(last__isnull=True) | Q(last__gte=yesterday))


def _pattern(roster: Roster, slots: Iterable[RosterSlot], since: datetime, until: datetime) -> list[Duty]:
    holidays = public_holidays(since, until, subdivision=settings.BEFFROI_HOLIDAYS) if roster.holidays_apart else None
    rows = [Slot(row.person_id, row.day, row.starts, row.ends, row.first, row.last) for row in slots]
    return pattern(rows, holidays=holidays, since=since, until=until, zone=local_zone())


def _swap(row: RosterSwap) -> Swap:
    return Swap(row.starts, row.ends, row.leaves_id, row.takes_id)


def _presence(
    authority: UUID, people: Iterable[UUID], now: datetime
) -> dict[UUID, list[tuple[datetime, datetime | None]]]:
    found: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_PRESENCE, {"authority": authority, "people": list(people), "now": now})
        for person, begun, over in cursor.fetchall():
            found[person].append((begun, over))
    return found
