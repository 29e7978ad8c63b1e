"""Who is told of an alarm in the demonstration: its police by turns, and everybody that its operator mobilises."""

from datetime import datetime, time, timedelta
from uuid import UUID

from beffroi.cli.demo.people import CHARACTERS, EVERYBODY, OFFICERS, Belongs, invented
from beffroi.kernel.accounts.actions import Newcomer
from beffroi.kernel.accounts.queries import people_by_email
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster
from beffroi.kernel.alerts.models import Audience, Roster
from beffroi.kernel.alerts.queries.audiences import visible_audiences
from beffroi.kernel.alerts.queries.recipients import Rung, rungs
from beffroi.kernel.alerts.queries.rosters import visible_rosters
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.grants.actions.team import Named, add_people
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.cabinets.rules import Alarm

ROSTER = "Permanence de la police municipale"
ROSTER_PHONE = "01 99 00 77 18"  # as all here: kept for fiction by the regulator
ON_DUTY = "Police municipale de permanence"
EVERYONE = "Personnel mobilisé de Fibre 77"
DAYS = range(7)
# Two are on duty at any time: the one who holds the post, and one or the other of the patrol.
ALL_DAY, MORNING, EVENING = (time(0), time(0)), (time(6), time(18)), (time(18), time(6))
# At the demonstration's pace these are ten and thirty seconds: time enough to answer before the next are told.
UNTIL_ALL_OPERATORS, UNTIL_AGENTS = timedelta(minutes=10), timedelta(minutes=30)


def keep_watch(
    *, viewer: Viewer, convention: Convention, operator: Organisation, mobilised: int, by: UUID | None
) -> None:
    """Roster, audiences and policy, and the operator's people; what is there already stays as it is."""
    authority, now = convention.authority_id, viewer.as_of
    _mobilise(operator, mobilised, by, now)
    roster = visible_rosters(viewer).filter(authority_id=authority, name=ROSTER).first() or _roster(authority, by, now)
    on_duty = _audience(viewer, authority, ON_DUTY, None, by)
    add_to_audience(audience=on_duty, roster=roster.pk, now=now, by=by)
    everyone = _audience(viewer, authority, EVERYONE, convention.pk, by)
    add_to_audience(audience=everyone, organisation=operator.pk, now=now, by=by)
    if rungs(authority=authority, kind=Alarm.FORCED, convention=None)[0].audience is None:
        steps = [
            Rung(on_duty.pk, "", UNTIL_ALL_OPERATORS),
            Rung(None, Target.OPERATORS, UNTIL_AGENTS),
            Rung(None, Target.AGENTS, None),
        ]
        set_policy(authority=authority, kind=Alarm.FORCED, convention=None, steps=steps, now=now, by=by)


def _mobilise(operator: Organisation, count: int, by: UUID | None, now: datetime) -> None:
    """Whoever has a name of their own is one of them."""
    others = sum(each.belongs is Belongs.OPERATOR for each in EVERYBODY)
    people = [Named(Newcomer(email=email, name=name), Role.MEMBER) for name, email in invented(count - others)]
    add_people(organisation=operator, people=people, by=by, now=now)


def _audience(viewer: Viewer, authority: UUID, name: str, convention: UUID | None, by: UUID | None) -> Audience:
    found = visible_audiences(viewer).filter(authority_id=authority, name=name).first()
    return found or draw_up_audience(authority=authority, name=name, convention=convention, now=viewer.as_of, by=by)


def _roster(authority: UUID, by: UUID | None, now: datetime) -> Roster:
    roster = draw_up_roster(
        authority=authority, name=ROSTER, continuous=True, holidays_apart=False, phone=ROSTER_PHONE, now=now, by=by
    )
    post = next(each for each in CHARACTERS if each.role is Role.OPERATOR)
    turns = zip((post, *OFFICERS), (ALL_DAY, MORNING, EVENING), strict=True)
    known = people_by_email([post.email, *(each.email for each in OFFICERS)])
    for officer, (starts, ends) in turns:
        for day in DAYS:
            add_slot(
                roster=roster,
                person=known[officer.email],
                day=day,
                starts=starts,
                ends=ends,
                first=(now - timedelta(days=1)).date(),
                last=None,
                now=now,
                by=by,
            )
    return roster
