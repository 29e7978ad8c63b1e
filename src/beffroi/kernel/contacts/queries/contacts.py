"""Reads of contacts, for the people who look after them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.urls import reverse

from beffroi.adapters.sensors.codec import Model as SensorModel
from beffroi.kernel.contacts.models import Contact, ContactEvent, Stranger
from beffroi.kernel.contacts.queries.models import Beats
from beffroi.kernel.contacts.registry import WATCHED
from beffroi.kernel.contacts.rules import STRANGERS_SHOWN, Condition, Door, Said, patience
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden
from beffroi.persistence.things import Linked

EVENTS_SHOWN = 50
# Whoever keeps watch sees what an alert, or the map, leads to.
OVERSEEING = (Role.ADMINISTRATOR, Role.AGENT, Role.OPERATOR)


def concerned(viewer: Viewer) -> bool:
    """Whoever serves an authority and doesn't only keep watch."""
    return bool(viewer.authorities(Role.ADMINISTRATOR, Role.AGENT))


def visible_contacts(viewer: Viewer) -> QuerySet[Contact]:
    """Contacts of the authorities that the viewer serves; whoever keeps watch sees those that an alert leads to."""
    return Contact.objects.filter(authority_id__in=viewer.authorities(*OVERSEEING)).select_related("authority")


def contact_seen(viewer: Viewer, contact: UUID) -> Contact:
    """Raises Hidden."""
    row = visible_contacts(viewer).filter(pk=contact).first()
    if row is None:
        raise Hidden
    return row


def may_set(viewer: Viewer, row: Contact) -> bool:
    """Whether the viewer may turn it or take it off."""
    return row.retired_at is None and row.authority_id in viewer.authorities(Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many contacts are in each state."""

    well: int
    late: int
    down: int
    weak: int
    unread: int

    @property
    def all(self) -> int:
        """How many are in service."""
        return self.well + self.late + self.down


def tally(viewer: Viewer) -> Tally:
    """Counts over all contacts that the viewer looks after."""
    rows = visible_contacts(viewer).filter(retired_at__isnull=True)
    kinds = {state.value: Q(condition=state.value) for state in Condition}
    kinds |= {"weak": Q(weak=True), "unread": Q(unread_times__gt=0)}
    # A count is not called as the column that it counts.
    found = rows.aggregate(**{f"so_{name}": Count("pk", filter=which) for name, which in kinds.items()})
    return Tally(**{name: found[f"so_{name}"] for name in kinds})


def find_contacts(viewer: Viewer, *, text: str = "", state: str = "") -> QuerySet[Contact]:
    """The worst first; `state` is a condition, or "weak", "unread", "open", "retired"."""
    rows = visible_contacts(viewer)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(address__icontains=text.replace(":", "").lower()))
    if state == "retired":
        return rows.filter(retired_at__isnull=False).order_by("-retired_at", "id")
    rows = rows.filter(retired_at__isnull=True)
    if state in set(Condition):
        rows = rows.filter(condition=state)
    elif state == "weak":
        rows = rows.filter(weak=True)
    elif state == "unread":
        rows = rows.filter(unread_times__gt=0)
    elif state == "open":
        rows = rows.filter(door=Door.OPEN.value)
    gravity = Case(
        When(Q(condition=Condition.DOWN.value), then=Value(0)),
        When(Q(condition=Condition.LATE.value), then=Value(1)),
        default=Value(2),
    )
    return rows.order_by(gravity, "name", "id")


@dataclass(frozen=True, slots=True)
class Seen:
    """A contact as lists and its page show it: its model, what its door belongs to, when it will be called silent if it says nothing."""

    contact: Contact
    model: SensorModel | None
    thing: Linked | None
    down_at: datetime | None
    beat: timedelta


def described(viewer: Viewer, rows: Sequence[Contact]) -> list[Seen]:
    """In their order."""
    beats = Beats()
    return [_seen(viewer, row, beats) for row in rows]


def _seen(viewer: Viewer, row: Contact, beats: Beats) -> Seen:
    watched = WATCHED.get(row.thing_kind)
    thing = watched.page(viewer, row.thing) if watched and row.thing else None
    known = beats.model(row)
    late = row.condition == Condition.LATE and row.heard_at is not None
    down = row.heard_at + patience(beats.of(row))[1] if late and row.heard_at else None
    return Seen(row, known, thing, down, beats.of(row))


def events_of(row: Contact) -> list[ContactEvent]:
    """What it said lately, the last first."""
    return list(row.events.order_by("-sequence")[:EVENTS_SHOWN])


@dataclass(frozen=True, slots=True)
class Trial:
    """Trying a contact once it is on its door: it was heard, it said that the door opened, then that it was shut."""

    heard: bool
    opened: bool
    shut: bool

    @property
    def done(self) -> bool:
        """Whether all three were seen."""
        return self.heard and self.opened and self.shut


def trial_of(row: Contact) -> Trial:
    """How far it was tried, by what it said since it was registered."""
    opened = row.events.filter(said=Said.OPENED.value).order_by("sequence").first()
    shut = opened and row.events.filter(said=Said.CLOSED.value, sequence__gt=opened.sequence).exists()
    return Trial(row.heard_at is not None, opened is not None, bool(shut))


def strangers_of(viewer: Viewer) -> QuerySet[Stranger]:
    """What speaks on the networks of the viewer's authorities and is registered nowhere, lately: for those who set an authority up."""
    rows = Stranger.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    recent = rows.filter(last_at__gt=viewer.as_of - STRANGERS_SHOWN)
    return recent.select_related("authority").order_by("-last_at", "id")


def contacts_of(authority: UUID) -> QuerySet[Contact]:
    """Those in service, for commands of whoever keeps the installation."""
    return Contact.objects.filter(authority_id=authority, retired_at__isnull=True).order_by("name")


def told(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> dict[UUID, dict[str, object]]:
    """What screens that follow contacts are told: only that something changed."""
    rows = visible_contacts(viewer).filter(authority_id=authority, pk__in=subjects)
    return {row.pk: {"state": row.condition, "door": row.door} for row in rows}


def name_contacts(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer sees, for the pages of the register."""
    rows = visible_contacts(viewer).filter(pk__in=wanted).values_list("pk", "name")
    return {pk: Named(name, reverse("contact", args=[pk])) for pk, name in rows}
