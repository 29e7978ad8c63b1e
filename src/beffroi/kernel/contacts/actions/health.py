"""How contacts and the brokers they are heard through are: the worker's sweep sees who has said nothing for too long.

States are telemetry: exempt from the register. What is said to people is an alert, whose entries it leaves.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Fact, Where
from beffroi.kernel.contacts.actions.showing import show_contacts
from beffroi.kernel.contacts.models import Contact, Line
from beffroi.kernel.contacts.queries.lines import configured, heard_since
from beffroi.kernel.contacts.queries.models import Beats
from beffroi.kernel.contacts.registry import observed
from beffroi.kernel.contacts.rules import LINE_PATIENCE, Alarm, Condition, condition
from beffroi.persistence.acts import kernel_action

Listening = Mapping[tuple[UUID, str], datetime]


@kernel_action
def sweep_contacts(*, now: datetime) -> int:
    """See which contacts are late, silent, heard again, short of battery or not any more; returns how many changed. Telemetry: the
    alerts leave their entries. Silence counts from when their broker is heard without a break.
    """
    since, beats = heard_since(now), Beats()
    changing = [
        row.pk
        for row in Contact.objects.filter(retired_at__isnull=True).order_by("pk").iterator()
        if row.weak != row.weak_told or row.condition != _condition(row, since, beats, now)
    ]
    # What came meanwhile is looked at again, each row held: whoever hears messages holds some of them.
    rows = Contact.objects.select_for_update(skip_locked=True).filter(pk__in=changing, retired_at__isnull=True)
    count = 0
    for row in rows.order_by("pk"):
        was, row.condition = row.condition, _condition(row, since, beats, now).value
        if row.condition != was:
            row.condition_since = now
            _say(row, Alarm.DOWN, holds=row.condition == Condition.DOWN, held=was == Condition.DOWN, now=now)
        _say(row, Alarm.BATTERY, holds=row.weak, held=row.weak_told, now=now)
        row.weak_told = row.weak
        row.save(update_fields=["condition", "condition_since", "weak_told"])
        show_contacts(authority=row.authority_id, contacts=[row])
        count += 1
    return count


def _condition(row: Contact, since: Listening, beats: Beats, now: datetime) -> Condition:
    listening = [
        moment
        for (authority, name), moment in since.items()
        if authority == row.authority_id and (name == row.via or not row.via)
    ]
    if not listening:
        return Condition(row.condition)  # nobody listens: nothing is judged
    silent = max(filter(None, (row.heard_at, row.registered_at, min(listening))))
    cut = row.cut_at is not None and (row.heard_at is None or row.cut_at > row.heard_at)
    found = condition(silent_since=silent, beat=beats.of(row), cut=cut, now=now)
    was = Condition(row.condition)
    heard_since_then = row.condition_since is None or (row.heard_at is not None and row.heard_at > row.condition_since)
    # That we were away makes nobody well again.
    return found if found is not Condition.WELL or was is Condition.WELL or heard_since_then else was


def _say(row: Contact, alarm: Alarm, *, holds: bool, held: bool, now: datetime) -> None:
    if holds and not held:
        facts: dict[str, Fact] = {"name": row.name, "battery": -1 if row.battery is None else row.battery}
        raise_alert(
            authority=row.authority_id,
            kind=alarm,
            subject=row.pk,
            resource=row.thing or row.pk,
            where=Where(row.name),
            since=(row.heard_at or row.registered_at) if alarm is Alarm.DOWN else now,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
        )
    elif held and not holds:
        end_alert(authority=row.authority_id, kind=alarm, subject=row.pk, reason="well-again", now=now)


@kernel_action
def sweep_lines(*, now: datetime) -> int:
    """Tell of a broker that hasn't been heard for ten minutes, and when it is heard again; returns how many changed. Telemetry: the
    alerts leave their entries. A broker that the file names no more is forgotten.
    """
    count = 0
    named = configured(observed())
    for row in Line.objects.select_for_update().order_by("pk"):
        gone = (row.authority_id, row.name) not in named
        away = not gone and now - row.well_at > LINE_PATIENCE
        if away and not row.told:
            raise_alert(
                authority=row.authority_id,
                kind=Alarm.LINE,
                subject=row.pk,
                resource=None,
                where=Where(row.name),
                since=row.well_at,
                organisation=None,
                convention=None,
                facts={"name": row.name, "fault": row.fault},
                now=now,
            )
        elif row.told and not away:
            end_alert(authority=row.authority_id, kind=Alarm.LINE, subject=row.pk, reason="heard-again", now=now)
        if away != row.told:
            row.told = away
            row.save(update_fields=["told"])
            count += 1
        if gone:
            row.delete()
    return count
