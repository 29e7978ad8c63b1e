"""Devices that serve several gates: which uses live there, and where they find their gates."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from beffroi.kernel.devices.models.things import Device

NONCE_LENGTH, HASH_LENGTH = 22, 43


class Beat(models.Model):
    """The last beat of a device, and when it came: its lease ends five seconds later, once (`lapsed_at`), unless it named no use."""

    device = models.OneToOneField(Device, on_delete=models.PROTECT, primary_key=True, related_name="beat")
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    boot = models.BigIntegerField()
    number = models.BigIntegerField()
    at = models.DateTimeField()
    uses = ArrayField(models.CharField(max_length=NONCE_LENGTH))
    lapsed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Beat"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "device"], name="beat_scoped"),
            models.CheckConstraint(condition=Q(boot__gte=1, number__gte=1), name="beat_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.boot}.{self.number}"


class Lapse(models.Model):
    """A lease that ended, until what its kind does then is done: `at` is the last beat, `uses` what it named."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    boot = models.BigIntegerField()
    number = models.BigIntegerField()
    at = models.DateTimeField()
    uses = ArrayField(models.CharField(max_length=NONCE_LENGTH))
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(db_default=0)
    fault = models.CharField(max_length=120, db_default="")

    objects: ClassVar[models.Manager["Lapse"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "boot", "number"], name="lapse_once_a_beat")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.boot}.{self.number}"


class Box(models.Model):
    """The public half of a key that only the minter can open with: what is typed and must never be shown is sealed to the last one."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    kid = models.CharField(max_length=HASH_LENGTH)
    jwk = models.JSONField()
    made_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Box"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "kid"], name="box_once")]

    def __str__(self) -> str:
        return self.kid


class Sources(models.Model):
    """Where a device finds its gates: the list signed for it, sealed to the key that it made (`sealing`).

    `stale`: its system says that something changed. `tried_set` is the key set under which it was last looked at. `digest` is over
    what the list was made from, which holds no secret in clear. `unreadable`: gates whose sealed user and password don't open, so
    that they must be typed again. `fault`: why no list is made.
    """

    device = models.OneToOneField(Device, on_delete=models.PROTECT, primary_key=True, related_name="sources")
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    sealing = models.TextField()
    sealing_kid = models.CharField(max_length=HASH_LENGTH)
    stale = models.BooleanField(default=True)
    tried_set = models.BigIntegerField(default=0)
    key_set = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=HASH_LENGTH, blank=True, default="")
    token = models.TextField(blank=True, default="")
    unreadable = ArrayField(models.UUIDField(), default=list)
    fault = models.CharField(max_length=64, blank=True, default="")
    signed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Sources"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "device"], name="sources_scoped"),
            models.CheckConstraint(
                condition=Q(token="", number=0) | (~Q(token="") & Q(number__gte=1, key_set__gte=1)),
                name="sources_signed_are_numbered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.key_set}.{self.number}"
