"""What there is to see of alerts in the matrix's town: one about its cabinet, an audience, a roster, a screen."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster, swap
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.screens.factories import make_screen
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import Alarm

NIGHTS = "Astreinte de nuit"
WALL = "Mur de la salle de commandement"


@dataclass(frozen=True)
class Watched:
    """Identifiers of the alert, of the audience and its line, of the roster, its hours and its exception, of a screen."""

    alert: UUID
    audience: UUID
    line: UUID
    roster: UUID
    slot: UUID
    exchange: UUID
    screen: UUID


def watched(cabinet: Cabinet, convention: Convention, *, agent: UUID, by: UUID, now: datetime) -> Watched:
    """The cabinet is forced: nobody watches at a police here, so the town's agents are told."""
    authority, town = cabinet.authority_id, cabinet.authority.name
    alert = raise_alert(
        authority=authority,
        kind=Alarm.FORCED,
        subject=cabinet.pk,
        resource=cabinet.pk,
        where=Where(cabinet.address, cabinet.latitude, cabinet.longitude),
        since=now,
        organisation=cabinet.operator_id,
        convention=convention.pk,
        facts={},
        now=now,
    )
    audience = draw_up_audience(authority=authority, name="Mobilisés", convention=convention.pk, now=now, by=by)
    line = add_to_audience(audience=audience, target=Target.DESKS, now=now, by=by)
    roster = draw_up_roster(
        authority=authority, name=f"{NIGHTS}, {town}", continuous=False, holidays_apart=False, now=now, by=by
    )
    slot = add_slot(
        roster=roster,
        person=agent,
        day=0,
        starts=time(20),
        ends=time(8),
        first=now.date(),
        last=None,
        now=now,
        by=by,
    )
    exchange = swap(roster=roster, starts=now, ends=now + timedelta(hours=8), leaves=None, takes=agent, now=now, by=by)
    assert line is not None
    screen = make_screen(authority=authority, by=by, now=now, name=f"{WALL}, {town}")
    return Watched(alert, audience.pk, line.pk, roster.pk, slot.pk, exchange.pk, screen.pk)
