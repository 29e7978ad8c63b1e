"""A list of people: roles offered in one act, without a letter; their letters when somebody says so; taken back in one act."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.actions.invitations import withdraw
from beffroi.kernel.territory.actions.memberships import set_end
from beffroi.kernel.territory.models import Invitation, LetterState, Membership, Organisation
from beffroi.kernel.territory.queries.lists import without_letter
from beffroi.kernel.territory.queries.stewardship import unfit_end
from beffroi.kernel.territory.rules import INVITATION_LIFE, new_locator
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.imports import Before, Fate, Report, Verdict
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake


@kernel_action
def offer_roles(
    *,
    authority: UUID,
    batch: UUID,
    rows: Sequence[Verdict],
    report: Report,
    by: UUID | None,
    now: datetime,
) -> Before:
    """Offer roles, and set other last days where people have theirs; returns the invitations made, and the last days as they were.

    No letter leaves. Whoever was invited meanwhile is left as they are.
    """
    new = [row for row in rows if row.fate is Fate.NEW]
    organisations = {UUID(str(row.values["organisation"])) for row in new}
    list(Organisation.objects.select_for_update().filter(pk__in=organisations).order_by("pk"))  # one list at a time
    waiting = Invitation.objects.filter(
        organisation__in=organisations, accepted_at=None, withdrawn_at=None, person=None
    )
    there = {
        (email.lower(), str(where), role)
        for email, where, role in waiting.exclude(email="").values_list("email", "organisation_id", "role")
    }
    fresh = [row for row in new if (row.values["email"], row.values["organisation"], row.values["role"]) not in there]
    made = [_invitation(row, locator, by, now) for row, locator in zip(fresh, _locators(len(fresh)), strict=True)]
    Invitation.objects.bulk_create(made, batch_size=1_000)
    before: Before = []
    for number, row in enumerate(made, start=1):
        fields: dict[str, UUID | str] = {"invitation": row.id, "organisation": row.organisation_id, "role": row.role}
        record(kind="invitation.made", authority=None, by=by, fields=fields, now=now)
        before.append({"invitation": str(row.id)})
        report(number)
    return before + _ends_set((row for row in rows if row.fate is Fate.CHANGED), by, now)


@kernel_action
def take_back_roles(*, authority: UUID, batch: UUID, before: Before, by: UUID | None, now: datetime) -> int:
    """Withdraw those invitations that nobody took, and give roles the last day that they had; returns how many stay."""
    stayed = 0
    made = Invitation.objects.filter(pk__in=[each["invitation"] for each in before if "invitation" in each])
    for row in made:
        if row.accepted_at is not None:
            stayed += 1
        else:
            withdraw(invitation=row, now=now, by=by)
    changed = {str(each["membership"]): each for each in before if "membership" in each}
    for membership in Membership.objects.select_for_update(of=("self",)).filter(pk__in=changed):
        was = changed[str(membership.pk)]
        if membership.valid_until != _moment(was["new"]) or not _set(membership, _moment(was["was"]), by, now):
            stayed += 1
    return stayed


@kernel_action
def send_letters(*, before: Before, by: UUID | None, now: datetime) -> int:
    """Send the letters of those invitations for which none ever left; returns how many leave."""
    wanted = [str(each["invitation"]) for each in before if "invitation" in each]
    rows = without_letter(wanted).filter(expires_at__gt=now)
    sent = rows.update(letter=LetterState.QUEUED, due_at=now, attempts=0, fault="")
    if sent:
        wake(LETTERS_WAIT)
    return sent


def _invitation(row: Verdict, locator: str, by: UUID | None, now: datetime) -> Invitation:
    return Invitation(
        organisation_id=UUID(str(row.values["organisation"])),
        name=str(row.values["name"]),
        email=str(row.values["email"]),
        role=Role(str(row.values["role"])).value,
        valid_until=_moment(row.values["until"]),
        locator=locator,
        made_by=by,
        made_at=now,
        expires_at=now + INVITATION_LIFE,
    )


def _locators(count: int, locate: Callable[[], str] = new_locator) -> list[str]:
    """First halves of codes that no invitation has."""
    found: set[str] = set()
    while len(found) < count:
        found |= {locate() for _each in range(count - len(found))}
        found -= set(Invitation.objects.filter(locator__in=found).values_list("locator", flat=True))
    return sorted(found)


def _ends_set(rows: Iterable[Verdict], by: UUID | None, now: datetime) -> Before:
    until = {row.subject: _moment(row.values["until"]) for row in rows if row.subject}
    before: Before = []
    for membership in Membership.objects.select_for_update(of=("self",)).filter(pk__in=until):
        was, ends = membership.valid_until, until[membership.pk]
        if _set(membership, ends, by, now):
            before.append({"membership": str(membership.pk), "was": _written(was), "new": _written(ends)})
    return before


def _set(membership: Membership, ends: datetime | None, by: UUID | None, now: datetime) -> bool:
    """Whether the role could be given that end: another role of theirs may begin before it."""
    if unfit_end(membership, ends) is not None:
        return False  # asked beforehand: a refusal that is raised dooms the whole list
    set_end(membership=membership, ends=ends, by=by, now=now)
    return True


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
