"""Rosters: their hours, their exceptions, and the daily look at what they leave uncovered."""

from datetime import date, datetime, time
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert, update_alert
from beffroi.kernel.alerts.models import Alert, Roster, RosterSlot, RosterSwap
from beffroi.kernel.alerts.queries.rosters import gaps_ahead
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.persistence.acts import kernel_action

GAP = "alerts.roster-gap"
MAY_UNCOVER = {"altered", "hours-ended", "hours-removed", "swapped", "swap-undone"}


@kernel_action
def draw_up_roster(
    *,
    authority: UUID,
    name: str,
    continuous: bool,
    holidays_apart: bool,
    now: datetime,
    by: UUID | None,
    phone: str = "",
) -> Roster:
    """A new roster, without hours yet; `phone`: where whoever is on duty answers.

    Raises Django's ValidationError on a name already taken.
    """
    roster = Roster(
        authority_id=authority,
        name=name.strip(),
        continuous=continuous,
        holidays_apart=holidays_apart,
        phone=phone.strip(),
    )
    roster.full_clean()
    roster.save()
    _changed(roster, "drawn-up", now, by)
    return roster


@kernel_action
def alter_roster(
    *, roster: Roster, name: str, continuous: bool, holidays_apart: bool, phone: str, now: datetime, by: UUID | None
) -> None:
    """Another name, another promise, another telephone; raises Django's ValidationError."""
    roster.name, roster.continuous, roster.holidays_apart = name.strip(), continuous, holidays_apart
    roster.phone = phone.strip()
    roster.full_clean()
    roster.save(update_fields=["name", "continuous", "holidays_apart", "phone"])
    _changed(roster, "altered", now, by)


@kernel_action
def add_slot(
    *,
    roster: Roster,
    person: UUID,
    day: int,
    starts: time,
    ends: time,
    first: date,
    last: date | None,
    now: datetime,
    by: UUID | None,
) -> RosterSlot:
    """Somebody's hours of one day of the week (7: public holidays), from a date on; raises Django's ValidationError."""
    slot = RosterSlot(
        authority_id=roster.authority_id,
        roster=roster,
        person_id=person,
        day=day,
        starts=starts,
        ends=ends,
        first=first,
        last=last,
    )
    slot.full_clean()
    slot.save()
    _changed(roster, "hours-added", now, by)
    return slot


@kernel_action
def end_slot(*, slot: RosterSlot, last: date, now: datetime, by: UUID | None) -> None:
    """These hours are held for the last time that day; hours that would never be held are taken out."""
    if last < slot.first:
        roster = slot.roster
        slot.delete()
        _changed(roster, "hours-removed", now, by)
        return
    slot.last = last
    slot.save(update_fields=["last"])
    _changed(slot.roster, "hours-ended", now, by)


@kernel_action
def swap(
    *,
    roster: Roster,
    starts: datetime,
    ends: datetime,
    leaves: UUID | None,
    takes: UUID | None,
    now: datetime,
    by: UUID | None,
) -> RosterSwap:
    """From then to then one leaves and another takes; either may be nobody. Raises Django's ValidationError."""
    row = RosterSwap(
        authority_id=roster.authority_id,
        roster=roster,
        starts=starts,
        ends=ends,
        leaves_id=leaves,
        takes_id=takes,
        made_at=now,
    )
    row.full_clean()
    row.save()
    _changed(roster, "swapped", now, by)
    return row


@kernel_action
def undo_swap(*, row: RosterSwap, now: datetime, by: UUID | None) -> bool:
    """The exception doesn't count any more; False when it had been undone."""
    if not RosterSwap.objects.filter(pk=row.pk, undone_at__isnull=True).update(undone_at=now):
        return False
    _changed(row.roster, "swap-undone", now, by)
    return True


@kernel_action
def retire_roster(*, roster: Roster, now: datetime, by: UUID | None) -> bool:
    """Give a roster up; False while an audience counts on it."""
    if roster.authority.audiences.filter(retired_at__isnull=True, members__roster=roster).exists():
        return False
    roster.retired_at = now
    roster.save(update_fields=["retired_at"])
    _changed(roster, "given-up", now, by)
    end_alert(authority=roster.authority_id, kind=GAP, subject=roster.pk, reason="roster-given-up", now=now, by=by)
    return True


@kernel_action
def look_at_rosters(*, authority: UUID, now: datetime, by: UUID | None = None) -> int:
    """Each morning: an alert for every roster with a gap in the next 14 days; returns how many."""
    found = 0
    for roster in Roster.objects.filter(authority_id=authority, retired_at__isnull=True).order_by("id"):
        found += look_at_roster(roster=roster, now=now, by=by)
    return found


@kernel_action
def look_at_roster(*, roster: Roster, now: datetime, by: UUID | None = None) -> bool:
    """Whether the roster has a gap in the next 14 days: raised, updated or ended as an alert."""
    gaps = gaps_ahead(roster, now=now)
    if not gaps:
        end_alert(authority=roster.authority_id, kind=GAP, subject=roster.pk, reason="covered", now=now, by=by)
        return False
    facts: dict[str, Fact] = {"begins": gaps[0].starts.isoformat(timespec="minutes"), "count": len(gaps)}
    if not update_alert(authority=roster.authority_id, kind=GAP, subject=roster.pk, facts=facts, now=now, by=by):
        raise_alert(
            authority=roster.authority_id,
            kind=GAP,
            subject=roster.pk,
            resource=None,
            where=Where(roster.name),
            since=now,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
            by=by,
        )
    return True


def _changed(roster: Roster, change: str, now: datetime, by: UUID | None) -> None:
    """Leave the entry. What may leave a time uncovered is looked at once; while a roster is drawn up, only in the morning."""
    fields: dict[str, GivenValue] = {"roster": roster.pk, "change": change}
    record(kind="roster.changed", authority=roster.authority_id, by=by, fields=fields, now=now)
    warned = Alert.objects.filter(
        authority_id=roster.authority_id, kind=GAP, subject=roster.pk, ended_at__isnull=True
    ).exists()
    if roster.retired_at is None and (warned or change in MAY_UNCOVER):
        look_at_roster(roster=roster, now=now, by=by)
