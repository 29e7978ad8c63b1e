"""People as those who manage them see them: each with the roles that are theirs to manage, in words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import without_factor
from beffroi.kernel.territory.models import ROLE_LABELS, Membership
from beffroi.kernel.territory.queries.invitations import is_invited
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.kernel.territory.queries.stewardship import managed_memberships
from beffroi.kernel.territory.rules import SEES_OTHERS, SOON, days_left, last_day
from beffroi.lib.viewer import Role, Viewer


@dataclass(frozen=True, slots=True)
class Held:
    """A role as it is shown: its name, its first and last day, and how far that is."""

    membership: Membership
    label: str
    since: date
    until: date | None
    days: int | None
    state: str  # "current", "to-come", "past"

    @property
    def soon(self) -> bool:
        """Whether it ends within a month."""
        return self.state == "current" and self.days is not None and self.days <= SOON.days


def held(membership: Membership, now: datetime) -> Held:
    """One role, as of a moment."""
    zone = timezone.get_current_timezone()
    until = membership.valid_until
    ended = until is not None and until <= now
    state = "to-come" if membership.valid_from > now else "past" if ended else "current"
    return Held(
        membership=membership,
        label=str(ROLE_LABELS[Role(membership.role)]),
        since=membership.valid_from.astimezone(zone).date(),
        until=last_day(until, zone) if until else None,
        days=days_left(until, now, zone) if until else None,
        state=state,
    )


def people(viewer: Viewer, *, search: str = "", left: bool = False, bare: bool = False) -> QuerySet[Person]:
    """People with a role that the viewer manages, now or to come; with `left`, those who have none of these any more; with `bare`, those
    who see what is others' by a password alone.
    """
    rows = managed_memberships(viewer)
    staying = rows.filter(Q(valid_until=None) | Q(valid_until__gt=viewer.as_of))
    found = Person.objects.filter(forgotten_at=None)
    if left:
        found = found.filter(pk__in=rows.values("person")).exclude(pk__in=staying.values("person"))
    else:
        found = found.filter(pk__in=staying.values("person"))
    if bare:
        found = bare_among(viewer, found)
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return found.order_by("name", "id")


def bare_among(viewer: Viewer, rows: QuerySet[Person]) -> QuerySet[Person]:
    """Those of these people who see what is others', by a role in force that the viewer manages, and have no second factor."""
    seeing = managed_memberships(viewer).filter(role__in=[role.value for role in SEES_OTHERS])
    return without_factor(rows.filter(pk__in=in_force(seeing, viewer.as_of).values("person")))


def roles_of(viewer: Viewer, who: Iterable[UUID]) -> dict[UUID, list[Held]]:
    """The roles that the viewer manages of these people, those in force first."""
    rows = managed_memberships(viewer).filter(person__in=list(who)).order_by("valid_from", "id")
    order = ("current", "to-come", "past")
    found: dict[UUID, list[Held]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(held(row, viewer.as_of))
    return {person: sorted(these, key=lambda each: order.index(each.state)) for person, these in found.items()}


def ending_soon(viewer: Viewer) -> QuerySet[Membership]:
    """Roles that end within a month, the next first."""
    rows = in_force(managed_memberships(viewer), viewer.as_of).filter(valid_until__lte=viewer.as_of + SOON)
    return rows.order_by("valid_until", "id")


def managed_role(viewer: Viewer, pk: UUID) -> Membership | None:
    """One role that the viewer manages, of somebody who is still known."""
    return managed_memberships(viewer).filter(pk=pk, person__forgotten_at=None).first()


def members_of(viewer: Viewer, organisation: UUID) -> QuerySet[Membership]:
    """Roles in force or to come in one organisation that the viewer manages."""
    rows = managed_memberships(viewer).filter(organisation=organisation, person__forgotten_at=None)
    return rows.filter(Q(valid_until=None) | Q(valid_until__gt=viewer.as_of)).order_by("person__name", "id")


def headcount(organisation: UUID, as_of: datetime) -> dict[Role, int]:
    """How many people hold each role now: a number names nobody."""
    rows = in_force(Membership.objects.filter(organisation=organisation), as_of)
    counted = rows.order_by().values_list("role").annotate(many=Count("person", distinct=True))
    found = {Role(role): many for role, many in counted}
    return {role: found[role] for role in Role if role in found}


def last_end(person: UUID, as_of: datetime) -> Membership | None:
    """The role that ended last, of somebody who has none in force, none to come and none offered, which they must log in to take; None for
    anybody else.
    """
    rows = Membership.objects.filter(person=person)
    last = rows.order_by(F("valid_until").desc(nulls_first=True), "id").values_list("pk", "valid_until").first()
    if last is None or last[1] is None or last[1] > as_of or is_invited(person, as_of):
        return None
    return rows.select_related("organisation__steward", "organisation__serves").get(pk=last[0])
