"""Whom demands concern, and what stands between them and the pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import factors_of, has_way_in, shows_elsewhere, without_factor
from beffroi.kernel.factors.models import Demand
from beffroi.kernel.factors.rules import Scope, State, days_left
from beffroi.kernel.territory.models import Authority, Membership, Organisation
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.kernel.territory.rules import SEES_OTHERS
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.proving import can_confirm, stands_by

CONCERNED = {Scope.ADMINISTRATORS: frozenset({Role.ADMINISTRATOR}), Scope.OTHERS: SEES_OTHERS}


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody whom a demand concerns, and who has not shown a second factor. `own`: the kinds that they have here (webauthn, totp);
    `elsewhere`: they show theirs at the identity provider.
    """

    state: State
    authority: str
    since: datetime
    days: int
    own: frozenset[str]
    elsewhere: bool

    @property
    def barred(self) -> bool:
        """Whether no page goes on."""
        return self.state is not State.LATER


def demand_of(authority: UUID) -> Demand | None:
    """The one in force."""
    return Demand.objects.filter(authority=authority, ended_at=None).first()


def history(authority: UUID) -> QuerySet[Demand]:
    """What was demanded, the last first."""
    return Demand.objects.filter(authority=authority).order_by("-set_at", "-id")


def standing(viewer: Viewer, *, proved: bool) -> Standing | None:
    """What stands before this person; None for whoever nothing asks anything of. `proved`: this session has shown it."""
    found = None if proved or viewer.person is None else _binding(viewer)
    if found is None or viewer.person is None:
        return None
    begins, authority = found
    own, elsewhere = factors_of(viewer.person), shows_elsewhere(viewer.person)
    has_one = bool(own) or elsewhere
    if begins > viewer.as_of:
        if has_one:
            return None
        state = State.LATER
    else:
        state = State.SHOW if has_one else State.ADD
    days = days_left(begins, viewer.as_of, timezone.get_current_timezone())
    return Standing(state, authority.name, begins, days, own, elsewhere)


def concerned(authority: UUID, scope: Scope, as_of: datetime) -> QuerySet[Person]:
    """People whom such a demand concerns, by the roles they hold at that moment."""
    houses = Organisation.objects.filter(Q(authority=authority) | Q(serves=authority) | Q(steward=authority))
    roles = [role.value for role in CONCERNED[scope]]
    rows = in_force(Membership.objects.filter(organisation__in=houses, role__in=roles), as_of)
    return Person.objects.filter(pk__in=rows.values("person"))


def lacking(authority: UUID, scope: Scope, as_of: datetime) -> tuple[int, int]:
    """How many have no second factor, of how many whom such a demand concerns."""
    rows = concerned(authority, scope, as_of)
    return without_factor(rows).count(), rows.count()


def needs_provider(authority: UUID, as_of: datetime) -> bool:
    """Whether no administrator of this authority could log in and show a second factor with its identity provider away, nor by the safe."""
    if stands_by(authority, as_of):
        return False
    roles = Membership.objects.filter(organisation__authority=authority, role=Role.ADMINISTRATOR.value)
    people = in_force(roles, as_of).filter(person__is_active=True).values_list("person", flat=True)
    return not any(factors_of(each) and (has_way_in(each) or can_confirm(each)) for each in set(people))


def _binding(viewer: Viewer) -> tuple[datetime, Authority] | None:
    """The demand that holds this person first: one question of the database where none concerns them."""
    watching = viewer.organisations_as(*SEES_OTHERS)
    if not watching:
        return None
    houses = Organisation.objects.filter(pk__in=watching)
    near = Q(authority__organisation__in=watching) | Q(
        Q(authority__in=houses.values("serves")) | Q(authority__in=houses.values("steward"))
    )
    rows = list(Demand.objects.filter(near, ended_at=None).select_related("authority").order_by("id"))
    if not rows:
        return None
    setting_up = _authorities(viewer.organisations_as(Role.ADMINISTRATOR))
    found = [
        (begins, row.authority)
        for row in rows
        for begins in (row.administrators_from if row.authority_id in setting_up else None, row.others_from)
        if begins is not None
    ]
    return min(found, key=lambda each: each[0]) if found else None


def _authorities(organisations: Iterable[UUID]) -> set[UUID]:
    """Whose they are: their own, the one they serve, the one that registered them."""
    rows = Organisation.objects.filter(pk__in=organisations).values_list("authority", "serves", "steward")
    return {each for row in rows for each in row} - {None}
