"""Looks at cameras, as their relays tell them; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.video.models.requests import Request
from beffroi.systems.video.models.sites import Camera, Relay


class Viewing(models.Model):
    """One look at one camera, admitted or refused. `lasted`: milliseconds from the first to the last byte of picture, as the relay's
    own record says; `by_last_beat`: the relay fell silent, and its end is that of its last sign of life until its record comes.
    `entry`, `ending`, `correction`: what the register holds of its beginning, of its end, and of that record when it came later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+", verbose_name=_("camera"))
    request = models.ForeignKey(Request, on_delete=models.PROTECT, null=True, blank=True, related_name="viewings")
    grant = models.UUIDField(null=True, blank=True)
    device = models.UUIDField()
    sequence = models.BigIntegerField()
    nonce = models.CharField(max_length=43, blank=True)
    admitted = models.BooleanField()
    reason = models.SlugField(max_length=40, blank=True)
    person = models.UUIDField(null=True, blank=True)
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    receiving = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = models.SlugField(max_length=40, blank=True)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)
    cause = models.SlugField(max_length=40, blank=True)
    lasted = models.BigIntegerField(null=True, blank=True)
    by_last_beat = models.BooleanField(default=False)
    entry = models.UUIDField()
    ending = models.UUIDField(null=True, blank=True)
    correction = models.UUIDField(null=True, blank=True)

    objects: ClassVar[models.Manager["Viewing"]]

    class Meta:
        verbose_name = _("viewing")
        indexes = [
            models.Index(fields=["authority", "-started"], name="viewing_latest"),
            models.Index(fields=["camera", "-started"], name="viewing_by_camera"),
            models.Index(fields=["device"], condition=Q(admitted=True, ended__isnull=True), name="viewing_under_way"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="viewing_event_once"),
            models.UniqueConstraint(
                fields=["device", "nonce"], condition=Q(admitted=True), name="viewing_of_a_use_once"
            ),
            models.CheckConstraint(condition=Q(lasted__isnull=True) | Q(lasted__gte=0), name="viewing_lasts"),
        ]

    def __str__(self) -> str:
        return str(self.id)


MARK_LABELS = [("snapshot", _("snapshot taken")), ("mark", _("moment marked"))]


class Mark(models.Model):
    """What a viewer did with the picture: a snapshot taken, a moment marked. No image is kept here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    viewing = models.ForeignKey(Viewing, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=10, choices=MARK_LABELS)
    at = models.DateTimeField()
    entry = models.UUIDField()

    objects: ClassVar[models.Manager["Mark"]]

    class Meta:
        verbose_name = _("mark on a viewing")

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class Served(models.Model):
    """A relay was given a camera to serve, then or before: what it says of looks at it is believed, also when it has it no more, since it
    may say so late. What another relay says of it is not.
    """

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="served")
    relay = models.ForeignKey(Relay, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["Served"]]

    class Meta:
        verbose_name = _("camera given to a relay")
        constraints = [models.UniqueConstraint(fields=["authority", "camera", "relay"], name="served_once")]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.relay_id}"
