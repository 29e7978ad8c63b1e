"""By which way each person is told: one statement for those who tell and for the page that says beforehand who would be."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from beffroi.kernel.alerts.queries.recipients import RESOLVED, Parameter, Rung, Sources, quiet_now, rungs, sources
from beffroi.kernel.alerts.queries.rosters import duty_now
from beffroi.kernel.alerts.rules import Target, Urgency

# Channels by urgency: the screen always; a phone unless its owner chose otherwise, or it is quiet and the message can wait in the
# mail; a text message for what is urgent enough, to a number that was proven; mail when neither tells a phone, or when asked for. An
# immediate message always has one way besides the screen.
WAYS = f"""
{RESOLVED}, quiet AS (
    SELECT * FROM unnest(%(quiet_starts)s::time[], %(quiet_ends)s::time[], %(quiet_days)s::boolean[], %(quiet_until)s::timestamptz[])
        AS quiet (starts, ends, days_off, until)
), chosen AS (
    SELECT told.person_id, told.organisation_id, coalesce(p.push, true) AS push,
           CASE WHEN p.mail = 'never' AND NOT %(immediate)s THEN 'never' WHEN p.mail = 'always' THEN 'always' ELSE 'instead' END AS mail,
           coalesce(p.sms, 'immediate') AS sms,
           CASE WHEN told.person_id = ANY(%(awake)s::uuid[]) THEN NULL ELSE (
               SELECT quiet.until FROM quiet
               WHERE (quiet.starts, quiet.ends, quiet.days_off) IS NOT DISTINCT FROM
                   CASE WHEN p.person_id IS NOT NULL THEN (p.quiet_starts, p.quiet_ends, p.days_off)
                        ELSE (d.quiet_starts, d.quiet_ends, d.days_off) END
           ) END AS quiet
    FROM told LEFT JOIN alerts_preference p ON p.person_id = told.person_id
        LEFT JOIN alerts_organisationquiet d ON d.organisation_id = told.organisation_id
), phone AS (
    SELECT chosen.person_id, chosen.organisation_id, chosen.quiet, s.id::text AS contact
    FROM chosen JOIN alerts_pushsubscription s ON s.person_id = chosen.person_id AND s.gone_at IS NULL
    WHERE chosen.push AND NOT (%(prompt)s AND chosen.quiet IS NOT NULL)
), text AS (
    SELECT chosen.person_id, chosen.organisation_id
    FROM chosen JOIN alerts_mobile m ON m.person_id = chosen.person_id AND m.number <> ''
    WHERE %(texts)s AND ((%(immediate)s AND chosen.sms <> 'never') OR (%(prompt)s AND chosen.sms = 'prompt' AND chosen.quiet IS NULL))
), way AS (
    SELECT person_id, organisation_id, 'screen' AS channel, '' AS contact, %(now)s AS due FROM chosen
    UNION ALL SELECT person_id, organisation_id, 'push', contact, CASE WHEN %(routine)s THEN coalesce(quiet, %(now)s) ELSE %(now)s END
        FROM phone
    UNION ALL SELECT person_id, organisation_id, 'sms', '', %(now)s FROM text
    UNION ALL SELECT person_id, organisation_id, 'mail', '', CASE WHEN %(routine)s THEN coalesce(quiet, %(now)s) ELSE %(now)s END
        FROM chosen WHERE mail = 'always'
            OR (mail = 'instead' AND person_id NOT IN (SELECT person_id FROM phone UNION ALL SELECT person_id FROM text))
)
"""  # noqa: S608 - put together from constants
_PEOPLE = f"""
WITH {WAYS}, person AS (
    SELECT person_id, organisation_id, bool_or(channel = 'push') AS push, bool_or(channel = 'sms') AS sms,
           bool_or(channel = 'mail') AS mail, min(due) FILTER (WHERE channel <> 'screen') AS due
    FROM way GROUP BY person_id, organisation_id
)
"""  # noqa: S608 - put together from constants
_COUNTED = f"""
{_PEOPLE}
SELECT o.name, count(*), count(*) FILTER (WHERE push), count(*) FILTER (WHERE sms), count(*) FILTER (WHERE mail),
       count(*) FILTER (WHERE due > %(now)s), count(*) FILTER (WHERE due IS NULL)
FROM person JOIN territory_organisation o ON o.id = person.organisation_id GROUP BY o.name ORDER BY o.name
"""  # noqa: S608 - put together from constants
_NAMED = f"""
{_PEOPLE}
SELECT p.name, o.name, person.person_id = ANY(%(on_duty)s::uuid[]), person.push, person.sms, person.mail, person.due
FROM person JOIN accounts_person p ON p.id = person.person_id JOIN territory_organisation o ON o.id = person.organisation_id
WHERE person.organisation_id = ANY(%(known)s::uuid[]) ORDER BY 3 DESC, o.name, p.name LIMIT %(most)s
"""  # noqa: S608 - put together from constants


def parameters(found: Sources, urgency: Urgency) -> dict[str, Parameter]:
    """What the statement above takes, at the moment of these sources."""
    quiet = [] if urgency is Urgency.IMMEDIATE else quiet_now(found.now)
    awake = (
        {person for people in duty_now(found.authority, found.now).values() for person in people} if quiet else set()
    )
    return {
        **found.parameters(),
        "immediate": urgency is Urgency.IMMEDIATE,
        "prompt": urgency is Urgency.PROMPT,
        "routine": urgency is Urgency.ROUTINE,
        "texts": settings.BEFFROI_SMS is not None,
        "awake": list(awake),
        "quiet_starts": [row.starts for row in quiet],
        "quiet_ends": [row.ends for row in quiet],
        "quiet_days": [row.days_off for row in quiet],
        "quiet_until": [row.until for row in quiet],
    }


@dataclass(frozen=True, slots=True)
class OrganisationTold:
    """How many people of one organisation, by which ways; `waiting` for the end of quiet hours, `screen_only` by nothing else."""

    name: str
    people: int
    push: int
    sms: int
    mail: int
    waiting: int
    screen_only: int


@dataclass(frozen=True, slots=True)
class WouldBeTold:
    """A person whom the viewer may name. `due`: when the first message besides the screen leaves (None: there is none)."""

    name: str
    organisation: str
    on_duty: bool
    push: bool
    sms: bool
    mail: bool
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A step as it would be told at its moment. `last`: nobody has to answer, and it stops there."""

    position: int
    rung: Rung
    at: datetime
    organisations: tuple[OrganisationTold, ...]
    people: tuple[WouldBeTold, ...]
    last: bool

    @property
    def total(self) -> int:
        """How many people that is."""
        return sum(each.people for each in self.organisations)


def foreseen(
    *,
    authority: UUID,
    kind: str,
    urgency: Urgency,
    convention: UUID | None,
    firms: Collection[UUID],
    at: datetime,
    known: Collection[UUID],
    most: int,
) -> Iterator[Foreseen]:
    """Step by step, what would happen to an alert raised then that nobody answers: as `escalate` goes, who would be told at each step's
    own moment. The names are those of people of the organisations in `known`, at most so many.
    """
    moment, steps = at, rungs(authority=authority, kind=kind, convention=convention)
    for position, rung in enumerate([*steps, Rung(None, Target.ADMINISTRATORS.value, None)], start=1):
        found = sources(rung=rung, authority=authority, convention=convention, firms=firms, now=moment)
        given = {**parameters(found, urgency), "known": list(known), "most": most}
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED, given)
            organisations = tuple(OrganisationTold(*row) for row in cursor.fetchall())
            cursor.execute(_NAMED, given)
            people = tuple(WouldBeTold(*row) for row in cursor.fetchall())
        last = rung.wait is None and (bool(organisations) or position > len(steps))
        yield Foreseen(position, rung, moment, organisations, people, last)
        if last:
            return
        if organisations and rung.wait is not None:
            moment += rung.wait
