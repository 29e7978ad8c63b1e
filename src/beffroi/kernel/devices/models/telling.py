"""What devices are told, what of theirs is refused, and how often they are asked through us."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.devices.models.things import Device


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
