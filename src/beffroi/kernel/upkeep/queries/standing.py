"""How the installation stands for one who may know it: findings, since when, what was wrong lately; and whom to write to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from beffroi.kernel.territory.models import Membership
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.kernel.upkeep.models import Trouble
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.checkup import Finding, State, Words, title_of

LATELY: Final = timedelta(days=30)
# What lasted less is a restart.
LASTED: Final = timedelta(minutes=1)
WORST_FIRST: Final = (State.BAD, State.WARNING, State.WELL)


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as the page shows it: `since` None while it has not been noted yet, or is well."""

    finding: Finding
    title: Words
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """A trouble that is over."""

    title: Words
    code: str
    state: str
    since: datetime
    ended_at: datetime


def lines(viewer: Viewer, findings: Iterable[Finding]) -> list[Line]:
    """The findings that an administrator may see, the worst first: the installation's, and their own authorities'."""
    own = viewer.authorities(Role.ADMINISTRATOR)
    since: dict[tuple[str, UUID | None], datetime] = {
        (code, authority): at
        for code, authority, at in _troubles(viewer)
        .filter(ended_at__isnull=True)
        .values_list("code", "authority", "worse_at")
    }
    shown = [
        Line(each, title_of(each.code), since.get((each.code, each.authority)) if each.state != State.WELL else None)
        for each in findings
        if each.authority is None or each.authority in own
    ]
    return sorted(shown, key=lambda line: WORST_FIRST.index(line.finding.state))


def lately(viewer: Viewer) -> Sequence[Past]:
    """What was wrong in the last thirty days and is over, the last first."""
    over = _troubles(viewer).filter(ended_at__gt=viewer.as_of - LATELY, ended_at__gte=F("since") + LASTED)
    rows = over.order_by("-ended_at", "id")[:50]
    return [Past(title_of(row.code), row.code, row.state, row.since, row.ended_at) for row in rows if row.ended_at]


def _troubles(viewer: Viewer) -> QuerySet[Trouble]:
    return Trouble.objects.filter(Q(authority__isnull=True) | Q(authority__in=viewer.authorities(Role.ADMINISTRATOR)))


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where an administrator is written to, and in which language."""

    email: str
    language: str


def administrators(now: datetime) -> tuple[Address, ...]:
    """Those of every authority's own house."""
    rows = in_force(Membership.objects.filter(organisation__authority__isnull=False), now).filter(
        role=Role.ADMINISTRATOR.value
    )
    found = rows.values_list("person__email", "person__language").distinct()
    return tuple(sorted(Address(email, language) for email, language in found if email))
