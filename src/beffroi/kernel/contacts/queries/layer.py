"""Rooms on the map: open, shut, for too long, and how their contacts are; and how those of other systems' things are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.alerts.queries.outlook import first_step
from beffroi.kernel.contacts.models import DOOR_LABELS, Contact
from beffroi.kernel.contacts.queries.contacts import OVERSEEING, visible_contacts
from beffroi.kernel.contacts.rules import Alarm, Condition, Door
from beffroi.kernel.grants.queries.conventions import sees_several
from beffroi.lib.viewer import Viewer
from beffroi.persistence.layers import Feature, Rule, Severity


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a contact, so that its door may be otherwise than it last said: in words, in the language in force."""

    words: str
    severity: Severity


def shown(viewer: Viewer) -> bool:
    """Those who see contacts at all: whoever serves an authority, or keeps watch for it."""
    return bool(viewer.authorities(*OVERSEEING))


def on_the_map(viewer: Viewer, only: frozenset[UUID] | None) -> Iterator[Feature]:
    """Rooms whose place is known, as points of the map, all of them or those named; a thing stands on its own system's layer."""
    rows = visible_contacts(viewer).filter(retired_at__isnull=True, thing__isnull=True, latitude__isnull=False)
    several, doors = sees_several(viewer), dict(DOOR_LABELS)
    for row in rows if only is None else rows.filter(pk__in=only):
        trouble = trouble_of(row)
        state = str(doors[row.door])
        yield Feature(
            id=row.pk,
            longitude=row.longitude or 0.0,
            latitude=row.latitude or 0.0,
            label=f"{row.name} · {row.authority.name}" if several else row.name,
            severity=max(_severity(row, viewer), trouble.severity if trouble else Severity.CALM),
            state=f"{state} · {trouble.words}" if trouble else state,
            href=reverse("contact", args=[row.pk]),
        )


def _severity(row: Contact, viewer: Viewer) -> Severity:
    """Of its door alone: open is worth a look, and more once it is told."""
    if row.door != Door.OPEN or row.door_since is None:
        return Severity.CALM
    overdue = row.door_since + timedelta(minutes=row.patience) <= viewer.as_of
    return Severity.WARNING if overdue else Severity.NOTICE


def trouble_of(row: Contact) -> Trouble | None:
    """None for a contact that is well, or was never heard yet. The gravest stands for all."""
    if row.tampered:
        return Trouble(_("contact tampered with"), Severity.WARNING)
    if row.condition == Condition.DOWN:
        return Trouble(_("contact silent"), Severity.NOTICE)
    if row.condition == Condition.LATE:
        return Trouble(_("contact late"), Severity.NOTICE)
    return Trouble(_("battery nearly empty"), Severity.NOTICE) if row.weak else None


def troubles(things: frozenset[UUID] | None = None) -> dict[UUID, Trouble]:
    """Of contacts in service on things, by thing, those that aren't well: for the layer of a system that scopes its things itself."""
    wrong = ~Q(condition=Condition.WELL.value) | Q(tampered=True) | Q(weak=True)
    rows = Contact.objects.filter(wrong, retired_at__isnull=True, thing__isnull=False)
    found = rows if things is None else rows.filter(thing__in=things)
    return {row.thing: trouble for row in found if row.thing is not None and (trouble := trouble_of(row)) is not None}


def rule_of(viewer: Viewer, contact: UUID) -> Rule | None:
    """Who is told, and when, of a room's door that stands open; None once they were, and for what the viewer doesn't see."""
    row = visible_contacts(viewer).filter(pk=contact, retired_at__isnull=True, thing__isnull=True).first()
    if row is None:
        return None
    told = _told(row, viewer)
    if row.door != Door.OPEN or row.door_since is None:
        after = ngettext(
            "Left open: after %(n)s minute, %(told)s.", "Left open: after %(n)s minutes, %(told)s.", row.patience
        )
        return Rule(after % {"n": row.patience, "told": told})
    due = row.door_since + timedelta(minutes=row.patience)
    return Rule(_("If it isn’t shut: %(told)s.") % {"told": told}, due) if due > viewer.as_of else None


def _told(row: Contact, viewer: Viewer) -> str:
    whom, people = first_step(authority=row.authority_id, kind=Alarm.OPEN, convention=None, now=viewer.as_of)
    if people == 0:
        return whom
    return ngettext("%(people)s person told (%(whom)s)", "%(people)s people told (%(whom)s)", people) % {
        "people": number_format(people, force_grouping=True),
        "whom": whom,
    }
