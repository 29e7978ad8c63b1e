"""What devices sign: batches, events, what is missing of them, and the tasks of sinks. These come in by COPY: their defaults are in the
database, and what they refer to is held by constraints and triggers of the migrations.
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

from beffroi.kernel.devices.models.things import Device
from beffroi.kernel.devices.rules import overdue_at


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
