"""Fields and constraints of devices, their events, what waits for them and what they are told; no workflow.

`authority` leads every key. Events, their signed batches and the rows that sinks wait for come in by COPY: their defaults are in
the database, and what they refer to is held by constraints and triggers of the migrations.
"""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.devices.rules import overdue_at
from beffroi.protocol.v1.events import NO_HASH


class DeviceState(models.TextChoices):
    """How far a device came; a retired one never comes back, its thing gets another identity."""

    ASKED = "asked", _("waits for its certificate")
    CERTIFIED = "certified", _("certified")
    COMMISSIONED = "commissioned", _("in service")
    RETIRED = "retired", _("retired")


class Device(models.Model):
    """An identity: its id is the one it signs and is called by; its key is in the device and nowhere else.

    `certificate` is the authority's word to gates and phones; `line_certificate` the broker's proof of who is on the line (PEM).
    `broker_account` is a password's hash, for a device that was given one.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="devices", verbose_name=_("authority")
    )
    kind = models.SlugField(_("kind"), max_length=64)
    name = models.CharField(_("name written on it"), max_length=80)
    jwk = models.JSONField()
    thumbprint = models.CharField(max_length=43)
    request = models.TextField()
    certificate = models.TextField(blank=True)
    line_certificate = models.TextField(blank=True, default="")
    state = models.CharField(_("state"), max_length=12, choices=DeviceState.choices, default=DeviceState.ASKED)
    broker_account = models.CharField(max_length=255, blank=True)
    registered_at = models.DateTimeField()
    commissioned_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Device"]]

    class Meta:
        verbose_name = _("device")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="device_scoped"),
            models.UniqueConstraint(
                "thumbprint", name="device_key_once", violation_error_message=_("This key is another device's.")
            ),
            models.UniqueConstraint(
                "authority",
                "name",
                condition=~Q(state=DeviceState.RETIRED),
                name="device_name_once",
                violation_error_message=_("Another device bears this name."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[DeviceState.ASKED, DeviceState.RETIRED]) | ~Q(certificate=""),
                name="device_certified",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeviceState.COMMISSIONED)
                | (Q(commissioned_at__isnull=False) & (~Q(broker_account="") | ~Q(line_certificate=""))),
                name="device_in_service_has_account",
            ),
            models.CheckConstraint(
                condition=Q(state=DeviceState.RETIRED, retired_at__isnull=False)
                | (~Q(state=DeviceState.RETIRED) & Q(retired_at__isnull=True)),
                name="device_retired_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["registered_at"], condition=Q(state=DeviceState.ASKED), name="device_to_certify"),
            models.Index(fields=["registered_at"], condition=Q(line_certificate=""), name="device_without_line"),
            models.Index(fields=["id"], condition=Q(state=DeviceState.RETIRED), name="device_struck_off"),
        ]

    def __str__(self) -> str:
        return self.name


class Head(models.Model):
    """How far a device's log is stored, and what the device last said of itself: locked while its events are stored.

    `keyset`, `revocation_set`, `revocation_number` are what it reported holding (not signed: advice).
    """

    device = models.OneToOneField(Device, on_delete=models.PROTECT, primary_key=True, related_name="head")
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=43, default=NO_HASH)
    boot = models.BigIntegerField(default=0)
    heard_at = models.DateTimeField(null=True)
    keyset = models.BigIntegerField(default=0)
    revocation_set = models.BigIntegerField(default=0)
    revocation_number = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["Head"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "device"], name="head_scoped"),
            models.CheckConstraint(condition=Q(sequence__gte=0, boot__gte=0), name="head_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.sequence}"


class ConditionState(models.TextChoices):
    """Whether a device speaks as often as its kind should; the order is that of gravity."""

    WELL = "well", _("in order")
    LATE = "late", _("late")
    DOWN = "down", _("silent")


class Condition(models.Model):
    """How a device is, held so that a change is seen once: written by the worker's sweep and by what comes from the device.

    `cut_at`: when the broker last said that its line broke. `holes_since`: since when something is missing of its log, as far as
    a deadline was set for it. `battery` in percent, from the event numbered `battery_sequence`.
    """

    device = models.OneToOneField(Device, on_delete=models.PROTECT, primary_key=True, related_name="condition")
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=4, choices=ConditionState.choices, default=ConditionState.WELL, db_default="well"
    )
    since = models.DateTimeField(db_default=Now())
    cut_at = models.DateTimeField(null=True)
    holes_since = models.DateTimeField(null=True)
    battery = models.SmallIntegerField(_("battery"), null=True)
    battery_sequence = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[models.Manager["Condition"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "device"], name="condition_scoped"),
            models.CheckConstraint(
                condition=Q(battery__isnull=True) | Q(battery__range=(0, 100)), name="battery_percent"
            ),
        ]
        indexes = [models.Index(fields=["authority", "state"], name="condition_by_state")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"


class Listening(models.Model):
    """An ingesting process and since when it hears the broker without a break: silence before that is ours, not the devices'."""

    process = models.CharField(max_length=120, primary_key=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Listening"]]

    def __str__(self) -> str:
        return self.process


class SignedBatch(models.Model):
    """What a device signed, as it came: kept as long as its events, since it is what proves them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    token = models.TextField()
    stored_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["SignedBatch"]]

    class Meta:
        indexes = [
            # Rows lie in the order of their arrival: this costs ingest nothing, and finds those whose time is over.
            BrinIndex(fields=["stored_at"], name="batch_by_age", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.first}-{self.last}"


class DeviceEvent(models.Model):
    """One event of a device: stored once, however often it comes. `body` is the whole event as it was chained and signed."""

    pk = models.CompositePrimaryKey("authority", "device", "sequence")
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, related_name="events", db_constraint=False, db_index=False
    )
    sequence = models.BigIntegerField()
    boot = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    at = models.DateTimeField(null=True)
    uptime = models.BigIntegerField()
    hash = models.CharField(max_length=43)
    body = models.JSONField()
    batch = models.ForeignKey(SignedBatch, on_delete=models.PROTECT, related_name="events", db_constraint=False)
    stored_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["DeviceEvent"]]

    class Meta:
        verbose_name = _("event")
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="event_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1, boot__gte=1, uptime__gte=0), name="event_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id} {self.sequence}"


class HoleState(models.TextChoices):
    """A hole is a state, not an alarm, until its time passes; a filled one is no longer a row."""

    OPEN = "open", _("missing")
    LOST = "lost", _("lost by the device")


class Hole(models.Model):
    """A range of a device's log that did not come. `before` and `after` are the hashes it must close on, where known."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="holes")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    before = models.CharField(max_length=43, null=True)  # noqa: DJ001 - unknown is not the empty hash
    after = models.CharField(max_length=43, null=True)  # noqa: DJ001 - as above
    boot_before = models.BigIntegerField()
    boot_after = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=HoleState.choices, default=HoleState.OPEN)
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["Hole"]]

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="hole_no_overlap",
                expressions=[
                    ("device", RangeOperators.EQUAL),
                    (
                        Func(
                            F("first"),
                            F("last"),
                            RangeBoundary(inclusive_upper=True),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(condition=Q(first__gte=1, last__gte=F("first")), name="hole_range"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.first}-{self.last}"

    @property
    def due_at(self) -> datetime:
        """When it is no longer a mere state: when its deadline is due."""
        return overdue_at(self.since, pace=settings.BEFFROI_PACE)


class SinkTask(models.Model):
    """What one sink must do for one event; deleted in the transaction that did it."""

    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    sequence = models.BigIntegerField()
    sink = models.CharField(max_length=64)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(db_default=0)
    fault = models.CharField(max_length=120, db_default="")

    objects: ClassVar[models.Manager["SinkTask"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "sequence", "sink"], name="sink_once_an_event")]
        indexes = [models.Index(fields=["due_at", "id"], name="sink_by_due")]

    def __str__(self) -> str:
        return f"{self.sink} {self.device_id} {self.sequence}"


class CommandState(models.TextChoices):
    """A command waits its turn, is signed and sent (again at each ask) until the device says what it did or its time is over."""

    ASKED = "asked", _("waits")
    SENT = "sent", _("sent")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused by the device")
    EXPIRED = "expired", _("expired")


class Command(models.Model):
    """What a device is told: one after the other, numbered under the key set that signs them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="commands")
    action = models.SlugField(max_length=64)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=CommandState.choices, default=CommandState.ASKED)
    key_set = models.PositiveIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    token = models.TextField(blank=True)
    outcome = models.SlugField(max_length=64, blank=True)
    asked_by = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Command"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "device", "key_set", "number"], name="command_numbered_once"),
            models.UniqueConstraint("device", condition=Q(state=CommandState.SENT), name="command_one_under_way"),
            models.CheckConstraint(
                condition=~Q(state=CommandState.SENT)
                | (Q(key_set__isnull=False, number__isnull=False, sent_at__isnull=False) & ~Q(token="")),
                name="command_sent_has_token",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="command_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["device", "asked_at"], condition=Q(state=CommandState.ASKED), name="command_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.device_id}"


class RefusedInput(models.Model):
    """How often something from a device was refused in an hour, and why: no content. `device` is empty for what names none of ours."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, null=True, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="refused")
    reason = models.CharField(max_length=64)
    hour = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    objects: ClassVar[models.Manager["RefusedInput"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "device", "reason", "hour"], name="refused_input_counted", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.device_id} ×{self.times}"


class RelayUse(models.Model):
    """How often a person, or a gate, was relayed in a minute: what the limits count. Unlogged, and cleared as it ages."""

    subject = models.UUIDField()
    minute = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager["RelayUse"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "minute"], name="relay_use_counted")]
        indexes = [models.Index(fields=["minute"], name="relay_use_by_age")]

    def __str__(self) -> str:
        return f"{self.subject} ×{self.times}"
