"""Invitations, for those who made them and for whoever holds a code."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.urls import reverse

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import has_way_in, person_by_email
from beffroi.kernel.territory.models import Invitation, LetterState, Membership
from beffroi.kernel.territory.queries.authorities import authority_behind, public_address
from beffroi.kernel.territory.queries.stewardship import managed_invitations
from beffroi.kernel.territory.rules import CODE_TRIES, secret_half, written_code
from beffroi.lib.viewer import Role, Viewer


def invitations(viewer: Viewer) -> QuerySet[Invitation]:
    """Those that wait for somebody whom the viewer may invite; one whose time passed waits for a new code."""
    return managed_invitations(viewer).filter(accepted_at=None, withdrawn_at=None).order_by("-made_at", "id")


def accepted(viewer: Viewer, organisation: UUID, role: Role, people: Iterable[UUID]) -> dict[UUID, datetime]:
    """When these people took that role there, of invitations that the viewer may make; until these are erased, 30 days later."""
    rows = managed_invitations(viewer).filter(
        organisation=organisation, role=role.value, accepted_by__in=list(people), accepted_at__isnull=False
    )
    return {
        row.accepted_by: row.accepted_at for row in rows.order_by("accepted_at") if row.accepted_by and row.accepted_at
    }


def invitation(viewer: Viewer, pk: UUID) -> Invitation | None:
    """One of them, accepted and withdrawn ones included."""
    return managed_invitations(viewer).filter(pk=pk).first()


def written_to(organisation: UUID, role: Role, email: str) -> Invitation | None:
    """The invitation to that role that waits for this address."""
    rows = Invitation.objects.filter(organisation=organisation, role=role.value, accepted_at=None, withdrawn_at=None)
    return rows.filter(email__iexact=email.strip()).select_related("organisation").first()


def is_open(row: Invitation, now: datetime) -> bool:
    """Whether its code is still good."""
    return row.accepted_at is None and row.withdrawn_at is None and row.expires_at > now and row.tries < CODE_TRIES


def is_invited(person: UUID, now: datetime) -> bool:
    """Whether an invitation that is still good was written to somebody's address."""
    rows = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now, tries__lt=CODE_TRIES)
    address = Person.objects.filter(pk=person).exclude(email="").annotate(address=Lower("email")).values("address")
    return rows.annotate(address=Lower("email")).filter(address__in=address).exists()


def code_of(row: Invitation) -> str:
    """What its person types."""
    return written_code(row.locator, secret_half(settings.SECRET_KEY.encode(), row.pk, row.round))


def page_of_code(row: Invitation) -> str:
    """Where its person types the code: at the address of the authority that invites them."""
    return public_address(authority_behind(row.organisation)) + reverse("welcome")


def waiting(pk: UUID, round_: int, now: datetime) -> Invitation | None:
    """The invitation that somebody has opened with its code, while it can still be taken."""
    rows = Invitation.objects.filter(pk=pk, round=round_).select_related("organisation__authority", "person")
    row = rows.first()
    if row is None or not is_open(row, now) or (row.person is not None and not opens(row, row.person.pk)):
        return None
    return row


class Hindrance(StrEnum):
    """Why a counter gives nobody a way into an account."""

    LOGS_IN = "logs-in"  # its person has one
    ROLE = "role"  # its person has or had a role: whoever gives that one invites them
    CLOSED = "closed"


def hindrance(person: UUID) -> Hindrance | None:
    """Why this account gets no way in at a counter; None for an inhabitant's that never had one."""
    if not Person.objects.filter(pk=person, is_active=True).exists():
        return Hindrance.CLOSED
    if Membership.objects.filter(person=person).exists():
        return Hindrance.ROLE
    return Hindrance.LOGS_IN if has_way_in(person) else None


def way_in_of(person: UUID) -> Invitation | None:
    """The one that waits for somebody (callers scope the person)."""
    rows = Invitation.objects.filter(person=person, accepted_at=None, withdrawn_at=None)
    return rows.select_related("organisation__authority").first()


def opens(row: Invitation, person: UUID) -> bool:
    """Whether its code opens this account, which was there before: the one that a counter gave it for; else one without a way in, and
    only by a letter, which proves whose the address is.
    """
    if row.person_id is not None:
        return row.person_id == person and hindrance(person) is None
    return row.letter != LetterState.NONE and not has_way_in(person)


def is_theirs(row: Invitation, person: UUID) -> bool:
    """Whether somebody who is logged in may take its role: it was written to their address, or to none."""
    if row.person_id is not None:
        return False
    return not row.email or Person.objects.filter(pk=person, email__iexact=row.email).exists()


class Entry(StrEnum):
    """How somebody who opened an invitation may take it."""

    NEW = "new"  # an account is made, or the one without a way in gets one
    MINE = "mine"  # in the account one is logged in with
    LOG_IN = "log-in"  # the address has an account: log in with it first
    LETTER = "letter"  # it has one without a way in, and only a letter proves whose the address is
    OTHER = "other"  # one is logged in with another account


def entry_of(row: Invitation, viewer: UUID | None) -> Entry:
    """For somebody who holds its code; `viewer` is who is logged in, if anybody."""
    if viewer is not None:
        return Entry.MINE if is_theirs(row, viewer) else Entry.OTHER
    known = row.person or person_by_email(row.email)
    if known is None or opens(row, known.pk):
        return Entry.NEW
    return Entry.LOG_IN if has_way_in(known.pk) else Entry.LETTER
