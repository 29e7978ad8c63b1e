"""Whose people a viewer manages: one's own organisation's, an authority's services', and the desks of partners it registered."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.territory.errors import (
    AlreadyMember,
    EndBeforeStart,
    LastAdministrator,
    MandateWithoutEnd,
    NotElectedThere,
    OwnAdministration,
    TerritoryError,
)
from beffroi.kernel.territory.models import Authority, Invitation, Membership, Organisation
from beffroi.kernel.territory.rules import DESK, ROLES, Sort
from beffroi.lib.viewer import Role, Viewer


def managed(viewer: Viewer) -> QuerySet[Organisation]:
    """Organisations whose people, all or those of the desk, the viewer manages."""
    rows = Organisation.objects.filter(_wholly(viewer) | Q(steward__in=viewer.authorities(Role.ADMINISTRATOR)))
    return rows.select_related("authority", "serves").order_by("name", "id")


def managed_one(viewer: Viewer, pk: UUID) -> Organisation | None:
    """One of them."""
    return managed(viewer).filter(pk=pk).first()


def sort_of(organisation: Organisation) -> Sort:
    """What it is to the authority."""
    if hasattr(organisation, "authority"):
        return Sort.AUTHORITY
    return Sort.PARTNER if organisation.serves_id is None else Sort.SERVICE


def roles_to_give(viewer: Viewer, organisation: Organisation) -> tuple[Role, ...]:
    """The roles that the viewer may give and end there."""
    if Organisation.objects.filter(_wholly(viewer), pk=organisation.pk).exists():
        return ROLES[sort_of(organisation)]
    return DESK if managed_one(viewer, organisation.pk) else ()


def every_role_to_give(viewer: Viewer) -> tuple[Role, ...]:
    """The roles that the viewer may give in one organisation or another."""
    whole = Organisation.objects.filter(_wholly(viewer))
    found = set(DESK) if managed(viewer).exclude(pk__in=whole).exists() else set()
    for sort, rows in {
        Sort.AUTHORITY: whole.filter(authority__isnull=False),
        Sort.SERVICE: whole.filter(authority=None, serves__isnull=False),
        Sort.PARTNER: whole.filter(authority=None, serves=None),
    }.items():
        if rows.exists():
            found.update(ROLES[sort])
    return tuple(role for role in Role if role in found)


def gifts(viewer: Viewer, authority: UUID) -> list[tuple[Organisation, tuple[Role, ...]]]:
    """Organisations of an authority (itself, its services, partners that it registered) where the viewer may give roles, and which."""
    near = Q(authority=authority) | Q(serves=authority) | Q(steward=authority)
    whole = set(Organisation.objects.filter(_wholly(viewer)).values_list("pk", flat=True))
    found = {row.pk: (row, ROLES[sort_of(row)] if row.pk in whole else DESK) for row in managed(viewer).filter(near)}
    desk = Organisation.objects.filter(near, pk__in=viewer.organisations_as(Role.DISPATCHER)).order_by("name", "id")
    for row in desk:  # a firm's desk invites its technicians
        found.setdefault(row.pk, (row, (Role.TECHNICIAN,)))
    return list(found.values())


def managed_invitations(viewer: Viewer) -> QuerySet[Invitation]:
    """Roles that are offered where the viewer may give them; besides, a firm's dispatchers invite its technicians. Ways into an account
    are the counter's.
    """
    whole = Organisation.objects.filter(_wholly(viewer))
    partners = Organisation.objects.filter(steward__in=viewer.authorities(Role.ADMINISTRATOR))
    desk = Q(organisation__in=partners, role__in=[role.value for role in DESK])
    hands = Q(organisation__in=viewer.organisations_as(Role.DISPATCHER), role=Role.TECHNICIAN.value)
    rows = Invitation.objects.filter(Q(organisation__in=whole) | desk | hands, person=None)
    return rows.select_related("organisation")


def managed_memberships(viewer: Viewer) -> QuerySet[Membership]:
    """Roles, past and to come as well, that the viewer reads, gives and ends."""
    whole = Organisation.objects.filter(_wholly(viewer))
    partners = Organisation.objects.filter(steward__in=viewer.authorities(Role.ADMINISTRATOR))
    desk = Q(organisation__in=partners, role__in=[role.value for role in DESK])
    return Membership.objects.filter(Q(organisation__in=whole) | desk).select_related("person", "organisation")


def _wholly(viewer: Viewer) -> Q:
    towns = viewer.authorities(Role.ADMINISTRATOR)
    own = viewer.organisations_as(Role.ADMINISTRATOR)
    return Q(authority__in=towns) | Q(serves__in=towns) | Q(pk__in=own)


def check_role(*, organisation: Organisation, role: Role, valid_from: datetime, valid_until: datetime | None) -> None:
    """Whether such a role can exist there; raises EndBeforeStart, MandateWithoutEnd, NotElectedThere."""
    if valid_until is not None and valid_until < valid_from:
        raise EndBeforeStart
    if role is Role.OFFICIAL and valid_until is None:
        raise MandateWithoutEnd
    if role is Role.OFFICIAL and not Authority.objects.filter(organisation=organisation).exists():
        raise NotElectedThere


def is_town_s_administrator(membership: Membership) -> bool:
    """Whether the role sets an authority up: somebody must hold it."""
    return membership.role == Role.ADMINISTRATOR and sort_of(membership.organisation) is Sort.AUTHORITY


def check_own(viewer: Viewer, membership: Membership, ends: datetime | None) -> None:
    """Nobody shuts themselves out of their authority; raises OwnAdministration."""
    if ends is not None and membership.person_id == viewer.person and is_town_s_administrator(membership):
        raise OwnAdministration


def unfit_end(membership: Membership, ends: datetime | None) -> TerritoryError | None:
    """Why a role can't last until then (None: until said), if it can't: it would end before it begins, or run into another; an elected
    official's has an end; an authority keeps an administrator without one (the caller holds the organisation's row).
    """
    if ends is None and membership.role == Role.OFFICIAL:
        return MandateWithoutEnd()
    if ends is not None and ends < membership.valid_from:
        return EndBeforeStart()
    same = Membership.objects.filter(organisation=membership.organisation_id, role=membership.role)
    later = same.filter(Q(valid_until=None) | Q(valid_until__gt=membership.valid_from), person=membership.person_id)
    if ends is not None:
        later = later.filter(valid_from__lt=ends)
    if later.exclude(pk=membership.pk).exists():
        return AlreadyMember()
    if ends is None or not is_town_s_administrator(membership):
        return None
    others = same.filter(valid_from__lte=ends, valid_until=None, person__is_active=True)
    others = others.exclude(person__email="")  # whom nobody can write to, such as the account of the sheet in the safe
    return None if others.exclude(person=membership.person_id).exists() else LastAdministrator()
