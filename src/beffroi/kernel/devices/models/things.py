"""What a device is, how far its log came, how it is; and since when we listen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

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

    `keyset`, `revocation_set` and those below are what it reported holding (not signed: advice).
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
    sources_set = models.BigIntegerField(default=0, db_default=0)
    sources_number = models.BigIntegerField(default=0, db_default=0)

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
