"""Invitations: a role, or a way into one's account, is offered, carried by a letter or on paper, and taken by whoever types its code."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from beffroi.kernel.accounts.actions import change_password, create_person, name_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.actions.memberships import begin_memberships
from beffroi.kernel.territory.models import Authority, Invitation, LetterState, Organisation
from beffroi.kernel.territory.queries.invitations import Hindrance, hindrance, is_open, is_theirs, opens, way_in_of
from beffroi.kernel.territory.queries.stewardship import check_role
from beffroi.kernel.territory.rules import CODE_TRIES, INVITATION_LIFE, new_locator, read_code, secret_half
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is invited; without an address, only a printed code reaches them."""

    name: str
    email: str
    language: str = "fr"


@kernel_action
def invite(
    *,
    guest: Guest,
    organisation: Organisation,
    role: Role,
    valid_until: datetime | None,
    now: datetime,
    by: UUID | None,
    locate: Callable[[], str] = new_locator,
) -> Invitation | None:
    """Offer a role; a letter leaves when there is an address. None when one waits already.

    Raises EndBeforeStart, MandateWithoutEnd, NotElectedThere, and Django's ValidationError for a name or an address that can't be.
    """
    check_role(organisation=organisation, role=role, valid_from=now, valid_until=valid_until)
    email = guest.email.strip().lower()
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one invitation at a time
    waiting = Invitation.objects.filter(organisation=organisation, role=role.value, accepted_at=None, withdrawn_at=None)
    if email and waiting.filter(email__iexact=email).exists():
        return None
    row = Invitation(
        organisation=organisation,
        name=guest.name.strip(),
        email=email,
        language=guest.language,
        role=role.value,
        valid_until=valid_until,
        locator=locate(),
        made_by=by,
        made_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    row.clean_fields(exclude=["made_by"])  # nobody in particular, from the command line
    _queue(row, now)
    row.save(force_insert=True)
    fields: dict[str, UUID | str] = {"invitation": row.id, "organisation": organisation.id, "role": role.value}
    record(kind="invitation.made", authority=None, by=by, fields=fields, now=now)
    return row


@kernel_action
def give_way_in(
    *,
    person: UUID,
    authority: Authority,
    printed: bool,
    now: datetime,
    by: UUID | None,
    locate: Callable[[], str] = new_locator,
) -> Invitation | Hindrance | None:
    """Let somebody whom a counter serves log in to the account they have: by a letter, or by a code that is handed over on paper, which
    voids the one before. Why not, where they have a way in or a role; None for a letter to somebody without an address.
    """
    found = way_in_of(person)
    row = _locked(found) if found is not None else None  # before the account, as whoever takes it does
    known = Person.objects.select_for_update().get(pk=person)  # one at a time for an account
    why = hindrance(person)
    if why is not None:
        return why
    if not printed and not known.email:
        return None
    if row is None:
        return way_in_of(person) or _way_in(
            known, authority=authority, printed=printed, locator=locate(), now=now, by=by
        )
    row.organisation = authority.organisation
    _renew(row, now)
    _carried(row, printed, now)
    row.save()
    _renewed(row, "printed" if printed else "letter", by, now)
    return row


@kernel_action
def send_again(*, invitation: Invitation, now: datetime, by: UUID | None) -> bool:
    """Another letter with another code; False when it was taken or withdrawn meanwhile, or has no address."""
    row = _locked(invitation)
    if row is None or not row.email:
        return False
    _renew(row, now)
    _queue(row, now)
    row.save()
    _renewed(row, "letter", by, now)
    return True


@kernel_action
def print_code(*, invitation: Invitation, now: datetime, by: UUID | None) -> Invitation | None:
    """Another code, to be handed over on paper: the letter's, if one left, is void. None when it was taken or withdrawn meanwhile."""
    row = _locked(invitation)
    if row is None:
        return None
    _renew(row, now)
    row.letter, row.due_at = LetterState.NONE, None
    row.save()
    _renewed(row, "printed", by, now)
    return row


@kernel_action
def withdraw(*, invitation: Invitation, now: datetime, by: UUID | None) -> bool:
    """It can't be taken any more; False when it was taken, or withdrawn already."""
    row = _locked(invitation)
    if row is None:
        return False
    row.withdrawn_at = now
    row.due_at = None
    if row.letter == LetterState.QUEUED:
        row.letter = LetterState.NONE
    row.save()
    record(kind="invitation.withdrawn", authority=None, by=by, fields={"invitation": row.id}, now=now)
    return True


@kernel_action
def open_with(*, code: str, now: datetime) -> Invitation | None:
    """The invitation whose code this is; None when there is none, or none that is still good. A wrong second half counts as a try."""
    halves = read_code(code)
    row = Invitation.objects.select_for_update().filter(locator=halves[0]).first() if halves else None
    if row is None or halves is None or not is_open(row, now):
        return None
    if hmac.compare_digest(secret_half(settings.SECRET_KEY.encode(), row.pk, row.round), halves[1]):
        return row
    row.tries += 1
    row.save(update_fields=["tries"])
    if row.tries >= CODE_TRIES:
        record(kind="invitation.locked", authority=None, by=None, fields={"invitation": row.id}, now=now)
    return None


@kernel_action
def accept(
    *, invitation: Invitation, round_: int, name: str, language: str, password: str | None, now: datetime
) -> Person | None:
    """Take the role, in the account of that address, made now when there is none; or the account that it opens. Without a password a
    passkey is added next.

    None when it is no longer open, or when the address has an account that logs in already: `accept_as` is for these. Raises WeakPassword.
    """
    row = _locked(invitation)
    if row is None or row.round != round_ or not is_open(row, now):
        return None
    person = row.person or person_by_email(row.email)
    if person is None:
        person = create_person(email=row.email, name=name, password=password, language=language, by=None)
    elif not opens(row, person.pk):
        return None
    else:
        name_person(person=person, name=name, language=language, by=person.pk)
        if password is not None:
            change_password(person=person, password=password, by=person.pk)
    _take(row, person.pk, now)
    return person


@kernel_action
def accept_as(*, invitation: Invitation, round_: int, person: UUID, now: datetime) -> bool:
    """Take the role in the account that one is logged in with; False when it is no longer open, or for another address."""
    row = _locked(invitation)
    if row is None or row.round != round_ or not is_open(row, now) or not is_theirs(row, person):
        return False
    _take(row, person, now)
    return True


def _way_in(
    known: Person, *, authority: Authority, printed: bool, locator: str, now: datetime, by: UUID | None
) -> Invitation:
    row = Invitation(
        organisation=authority.organisation,
        person=known,
        name=known.name,
        email=known.email,
        language=known.language,
        locator=locator,
        made_by=by,
        made_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    _carried(row, printed, now)
    row.save(force_insert=True)
    fields = {"invitation": row.id, "organisation": row.organisation_id, "person": known.pk}
    record(kind="invitation.to-account", authority=None, by=by, fields=fields, now=now)
    return row


def _carried(row: Invitation, printed: bool, now: datetime) -> None:
    row.letter, row.due_at = LetterState.NONE, None
    if not printed:
        _queue(row, now)


def _take(row: Invitation, person: UUID, now: datetime) -> None:
    row.accepted_at, row.accepted_by, row.due_at = now, person, None
    if row.letter == LetterState.QUEUED:
        row.letter = LetterState.NONE
    row.save()
    if row.role:
        roles = {person: Role(row.role)}
        begin_memberships(
            people=roles, organisation=row.organisation, valid_from=now, valid_until=row.valid_until, by=person
        )
    fields = {"invitation": row.id, "person": person}
    record(kind="invitation.accepted", authority=None, by=person, fields=fields, now=now)


def _locked(invitation: Invitation) -> Invitation | None:
    """The row, while it waits; one act at a time."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("organisation", "person")
    return rows.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).first()


def _renew(row: Invitation, now: datetime) -> None:
    row.round += 1
    row.tries = 0
    row.expires_at = now + INVITATION_LIFE


def _renewed(row: Invitation, means: str, by: UUID | None, now: datetime) -> None:
    record(kind="invitation.renewed", authority=None, by=by, fields={"invitation": row.id, "means": means}, now=now)


def _queue(row: Invitation, now: datetime) -> None:
    if row.email:
        row.letter, row.due_at, row.attempts, row.fault = LetterState.QUEUED, now, 0, ""
        wake(LETTERS_WAIT)
