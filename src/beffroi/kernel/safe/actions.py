"""A sheet is sealed; a code opens the account, once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.actions import create_person, end_sessions, strip_ways_in
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.safe.models import SealedCode, Sheet
from beffroi.kernel.safe.queries import codes_left, in_the_safe
from beffroi.kernel.safe.registry import OPENED
from beffroi.kernel.safe.rules import CODES, TRIES, Sealed, new_code, read_code, written
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.kernel.territory.queries.posts import in_force
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action


@kernel_action
def seal_sheet(
    *, authority: UUID, now: datetime, by: UUID | None, make: Callable[[], tuple[str, str]] = new_code
) -> Sealed:
    """A new sheet for the safe. The former is void, and whoever is logged in by it is logged out."""
    town = Authority.objects.select_for_update().select_related("organisation").get(pk=authority)  # one at a time
    former = in_the_safe(authority)
    person = former.person if former is not None else _account()
    if former is not None:
        former.voided_at = now
        former.save(update_fields=["voided_at"])
        end_sessions(person=person.pk, by=by, now=now)
        strip_ways_in(person=person.pk, now=now, by=by)
    roles = Membership.objects.filter(person=person, organisation=town.organisation, role=Role.ADMINISTRATOR.value)
    if not in_force(roles, now).exists():
        begin_membership(
            person=person.pk, organisation=town.organisation, role=Role.ADMINISTRATOR, valid_from=now, by=by
        )
    sheet = Sheet.objects.create(authority=town, person=person, sealed_at=now)
    codes = [make() for _number in range(CODES)]
    SealedCode.objects.bulk_create(
        SealedCode(authority=town, sheet=sheet, locator=locator, secret=make_password(secret))
        for locator, secret in codes
    )
    record(kind="safe.sealed", authority=authority, by=by, fields={"sheet": sheet.pk}, now=now)
    return Sealed(town.name, town.colour, tuple(written(*code) for code in codes), now)


@kernel_action
def open_safe(*, code: str, now: datetime) -> Person | None:
    """The account that this code opens, once; every administrator is told. Nothing else opens it: a way in that somebody
    added with an earlier code goes now. None for any other code; five wrong ones lock it.
    """
    halves = read_code(code)
    rows = SealedCode.objects.select_for_update(of=("self",)).select_related("sheet__person")
    row = (
        rows.filter(locator=halves[0], used_at=None, tries__lt=TRIES, sheet__voided_at=None).first() if halves else None
    )
    if row is None or halves is None:
        return None
    if not check_password(halves[1], row.secret):
        row.tries += 1
        row.save(update_fields=["tries"])
        return None
    row.used_at = now
    row.save(update_fields=["used_at"])
    sheet = row.sheet
    fields: dict[str, UUID | int] = {"sheet": sheet.pk, "left": codes_left(sheet)}
    record(kind=OPENED, authority=row.authority_id, by=sheet.person_id, fields=fields, now=now)
    raise_alert(
        authority=row.authority_id,
        kind=OPENED,
        subject=sheet.pk,
        resource=None,
        where=None,
        since=now,
        organisation=None,
        convention=None,
        facts={},
        now=now,
    )
    return strip_ways_in(person=sheet.person_id, now=now, by=sheet.person_id)


@kernel_action
def destroy_sheets(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """A sheet goes with its codes."""
    gone = [UUID(key) for key in keys]
    SealedCode.objects.filter(sheet__in=gone).delete()
    return Sheet.objects.filter(pk__in=gone).delete()[0]


def _account() -> Person:
    """Nobody's: no address, so that no letter reaches it, and no way in but the sheet."""
    return create_person(email="", name=_("Sheet of the safe"), password=None, by=None)
