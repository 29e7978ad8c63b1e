"""What becomes of an alert if nobody answers, and what has become of it: the effective rule, from the policy and the clock that run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.queries.audiences import reached, rung_in_words
from beffroi.kernel.alerts.queries.reach import PersonTold, count_named, people_told, reach, steps_of
from beffroi.kernel.alerts.queries.recipients import Rung, counted, rungs, sources
from beffroi.kernel.deadlines.queries import live_deadline
from beffroi.lib.viewer import Viewer

NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A step that was told: when, whom, how many that was."""

    at: datetime
    whom: str
    people: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """`due_at`: when the next step is told (None: no clock runs); then `whom`, which is `people` people at this moment, or the
    administrators once more when `whom` is empty. The counts are of people: `told` first of all.
    """

    steps: tuple[Told, ...]
    due_at: datetime | None
    whom: str
    people: int
    told: int
    seen: int
    answered: int
    named: tuple[PersonTold, ...]
    exhausted_at: datetime | None
    answered_at: datetime | None


def outlook(viewer: Viewer, alert: Alert, now: datetime) -> Outlook:
    """Of an alert that the viewer's own query let through."""
    notice = alert.notice
    running = notice.answered_at is None and notice.ended_at is None and notice.exhausted_at is None
    clock = live_deadline(kind="alerts.step", authority=alert.authority_id, subject=notice.pk) if running else None
    following = rungs(authority=alert.authority_id, kind=alert.kind, convention=alert.convention_id)[notice.step :]
    next_one = following[0] if clock and following else None
    found = reach(notice)
    people = people_told(viewer, notice, skip=0, most=NAMES) if count_named(viewer, notice) else []
    return Outlook(
        steps=tuple(
            Told(step.at, rung_in_words(Rung(step.audience_id, step.target, step.wait)), step.told)
            for step in steps_of(notice)
        ),
        due_at=clock.due_at if clock else None,
        whom=rung_in_words(next_one) if next_one else "",
        people=_count(next_one, alert, now) if next_one else 0,
        told=sum(one.told for one in found),
        seen=sum(one.shown for one in found),
        answered=sum(one.acknowledged for one in found),
        named=tuple(one for one in people if one.acknowledged_at),
        exhausted_at=notice.exhausted_at,
        answered_at=notice.answered_at,
    )


def _count(rung: Rung, alert: Alert, now: datetime) -> int:
    firms = [alert.organisation_id] if alert.organisation_id else []
    found = sources(rung=rung, authority=alert.authority_id, convention=alert.convention_id, firms=firms, now=now)
    return sum(count for _name, count in counted(found))


def first_step(*, authority: UUID, kind: str, convention: UUID | None, now: datetime) -> tuple[str, int]:
    """Whom an alert of that kind would tell at first, and how many people that is at this moment."""
    steps = rungs(authority=authority, kind=kind, convention=convention)
    if not steps:
        return "", 0
    found = reached(rung=steps[0], authority=authority, convention=convention, now=now)
    return rung_in_words(steps[0]), found.total
