"""Fields and constraints of door contacts and of what they said; no workflow."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.contacts.rules import (
    BEATS,
    BELIEVED,
    LEFT_OPEN_MINUTES,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    PATIENCES,
    UNREAD_KEPT,
    Condition,
    Door,
    Said,
    held_up,
)

NETWORK_LABELS = [("lorawan", "LoRaWAN"), ("zigbee", "Zigbee")]
DOOR_LABELS = [
    (Door.UNKNOWN.value, _("unknown")),
    (Door.CLOSED.value, _("closed")),
    (Door.OPEN.value, _("open")),
]
SAID_LABELS = [
    (Said.OPENED.value, _("the door opened")),
    (Said.CLOSED.value, _("the door was shut")),
    (Said.TAMPERED.value, _("the contact was opened or taken off")),
    (Said.RESTORED.value, _("the contact is in its place again")),
]
CONDITION_LABELS = [
    (Condition.WELL.value, _("in order")),
    (Condition.LATE.value, _("late")),
    (Condition.DOWN.value, _("silent")),
]
ADDRESS_LENGTH = 16


class Contact(models.Model):
    """A door contact that somebody registered, and how it last said it was. It has no key: nothing of this is signed.

    `thing` of a `thing_kind` is what its door belongs to; without one the door is a room's, called by the contact's own name, and is to
    be shut within `patience` minutes; `latitude` and `longitude`: where a room stands, a thing has a place of its own. `beat_minutes`:
    how often it was set to speak, None where that is its model's. `turned`: it is mounted the other way round, so that it says the
    opposite. `counter`, `message` and `last_at` are of the last message that counted; `via` is the broker it came through; `sequence`
    counts its events. `unread…` is the last message that its model's description doesn't cover.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    network = models.CharField(_("network"), max_length=8, choices=NETWORK_LABELS)
    address = models.CharField(_("address"), max_length=ADDRESS_LENGTH)
    model = models.SlugField(_("model"), max_length=40)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    thing_kind = models.SlugField(max_length=40, blank=True)
    thing = models.UUIDField(null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    patience = models.PositiveSmallIntegerField(_("minutes"), default=LEFT_OPEN_MINUTES)
    beat_minutes = models.PositiveIntegerField(null=True, blank=True)
    turned = models.BooleanField(_("turned"), default=False)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    door = models.CharField(_("door"), max_length=8, choices=DOOR_LABELS, default=Door.UNKNOWN.value)
    door_since = models.DateTimeField(null=True, blank=True)
    tampered = models.BooleanField(_("tampered with"), default=False)
    battery = models.PositiveSmallIntegerField(_("battery"), null=True, blank=True)
    weak = models.BooleanField(_("battery nearly empty"), default=False)
    weak_told = models.BooleanField(default=False)
    heard_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    counter = models.BigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=64, blank=True)
    via = models.CharField(max_length=40, blank=True)
    sequence = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    cut_at = models.DateTimeField(null=True, blank=True)
    condition = models.CharField(_("state"), max_length=4, choices=CONDITION_LABELS, default=Condition.WELL.value)
    condition_since = models.DateTimeField(null=True, blank=True)
    unread = models.CharField(max_length=UNREAD_KEPT, blank=True)
    unread_code = models.SlugField(max_length=20, blank=True)
    unread_at = models.DateTimeField(null=True, blank=True)
    unread_times = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["Contact"]]

    class Meta:
        verbose_name = _("door contact")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="contact_scoped"),
            models.UniqueConstraint(
                fields=["authority", "network", "address"],
                condition=Q(retired_at__isnull=True),
                name="contact_address_once",
                violation_error_message=_("A contact with this address is registered already."),
            ),
            models.UniqueConstraint(
                fields=["authority", "name"],
                condition=Q(retired_at__isnull=True),
                name="contact_name_once",
                violation_error_message=_("A contact with this name is registered already."),
            ),
            models.UniqueConstraint(
                fields=["thing_kind", "thing"],
                condition=Q(retired_at__isnull=True, thing__isnull=False),
                name="contact_one_a_thing",
            ),
            models.CheckConstraint(
                condition=Q(thing__isnull=True, thing_kind="") | (Q(thing__isnull=False) & ~Q(thing_kind="")),
                name="contact_thing_has_kind",
            ),
            models.CheckConstraint(condition=Q(address__regex="^[0-9a-f]{16}$"), name="contact_address_form"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                # Both are said to be there: what is compared with NULL is neither true nor false, and would pass.
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                    thing__isnull=True,
                ),
                name="contact_place_of_a_room",
            ),
            models.CheckConstraint(condition=Q(patience__range=PATIENCES), name="contact_patience"),
            models.CheckConstraint(
                condition=Q(beat_minutes__isnull=True) | Q(beat_minutes__range=BEATS), name="contact_beat"
            ),
            models.CheckConstraint(
                condition=Q(battery__isnull=True) | Q(battery__range=(0, 100)), name="contact_battery_percent"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=0, lost__gte=0), name="contact_counts"),
        ]

    def __str__(self) -> str:
        return self.name

    def next_event(self, said: Said, *, at: datetime, heard_at: datetime) -> "ContactEvent":
        """What it said now, numbered; whoever holds the contact saves both."""
        self.sequence += 1
        return ContactEvent(
            authority_id=self.authority_id,
            contact=self,
            sequence=self.sequence,
            said=said.value,
            at=at,
            heard_at=heard_at,
            due_at=heard_at,
        )


class OwnModel(models.Model):
    """A model that an authority described itself, for its own contacts: `description` is the JSON of docs/spec/observe.md, section 3."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(_("code"), max_length=40)
    description = models.TextField(_("description"), max_length=LONGEST_DESCRIPTION)
    written_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OwnModel"]]

    class Meta:
        verbose_name = _("model of door contacts")
        constraints = [models.UniqueConstraint(fields=["authority", "code"], name="contact_model_once")]

    def __str__(self) -> str:
        return self.code


class ContactEvent(models.Model):
    """What a contact said that changed something, in the order in which it was believed; `at` is when, as far as anybody knows.

    `heard_at`: when it reached us. What its thing does for it is done once, in this order: `handled_at`.
    """

    id = models.BigAutoField(primary_key=True)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="events")
    sequence = models.BigIntegerField()
    said = models.CharField(max_length=10, choices=SAID_LABELS)
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=120, blank=True)

    objects: ClassVar[models.Manager["ContactEvent"]]

    class Meta:
        verbose_name = _("event")
        constraints = [
            models.UniqueConstraint(fields=["contact", "sequence"], name="contact_event_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="contact_event_counts"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(handled_at__isnull=True), name="contact_event_to_do"),
            models.Index(fields=["authority", "heard_at"], name="contact_event_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.sequence}"

    @property
    def late(self) -> bool:
        """Whether it reached us so late that somebody should know."""
        return held_up(self.at, self.heard_at)


class Stranger(models.Model):
    """Something that speaks on a town's network and is registered nowhere: what to do about it is said on the page of contacts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=8, choices=NETWORK_LABELS)
    address = models.CharField(max_length=ADDRESS_LENGTH)
    label = models.CharField(max_length=120, blank=True)
    hint = models.CharField(max_length=120, blank=True)
    via = models.CharField(max_length=40)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.BigIntegerField(default=1)

    objects: ClassVar[models.Manager["Stranger"]]

    class Meta:
        verbose_name = _("address registered nowhere")
        constraints = [models.UniqueConstraint(fields=["authority", "network", "address"], name="stranger_once")]
        indexes = [models.Index(fields=["authority", "last_at"], name="stranger_by_age")]

    def __str__(self) -> str:
        return self.address


class Line(models.Model):
    """A broker on which contacts are heard, and how that goes. `since`: heard without a break since then, None while it isn't;
    `well_at`: the last time that it was; `fault` a code; `refused`: how many messages were none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    name = models.SlugField(max_length=40)
    network = models.CharField(max_length=8, choices=NETWORK_LABELS)
    since = models.DateTimeField(null=True)
    well_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    fault = models.SlugField(max_length=40, blank=True)
    told = models.BooleanField(default=False)
    refused = models.BigIntegerField(default=0)
    refused_code = models.SlugField(max_length=20, blank=True)
    refused_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Line"]]

    class Meta:
        verbose_name = _("broker of door contacts")
        constraints = [models.UniqueConstraint(fields=["authority", "name"], name="contact_line_once")]

    def __str__(self) -> str:
        return self.name

    def fresh(self, as_of: datetime) -> bool:
        """Whether somebody listens, and said lately how that goes."""
        return self.seen_at > as_of - BELIEVED
