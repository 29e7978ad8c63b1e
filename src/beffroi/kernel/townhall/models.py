"""Fields and constraints of an authority's inventory, of steps ticked by hand, and of exports; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.models import Authority


class ThingKind(models.TextChoices):
    """What a town has in its streets and buildings, as the sources name it."""

    CABINETS = "cabinets", _("street cabinets")
    CAMERAS = "cameras", _("cameras")
    LAMPS = "lamps", _("street lamps")
    BIKE_RACKS = "bike-racks", _("bike racks")
    WIFI = "wifi", _("Wi-Fi access points")
    BOARDS = "boards", _("notice boards and screens")
    BARRIERS = "barriers", _("barriers and bollards")
    BUILDINGS = "buildings", _("buildings under watch")
    SENSORS = "sensors", _("sensors (water, air, noise, parking)")
    REPORTS = "reports", _("ways to report a fault")
    COUNTERS = "counters", _("counters and help centres")
    OTHER = "other", _("something else")


class Connection(models.TextChoices):
    """How many of a kind already speak to something."""

    NONE = "none", _("none of them")
    SOME = "some", _("some of them")
    ALL = "all", _("all of them")
    UNKNOWN = "unknown", _("nobody knows")


class Thing(models.Model):
    """A line of the inventory: so many of a kind, whose they are, and who answers for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", verbose_name=_("authority"))
    kind = models.CharField(_("what"), max_length=20, choices=ThingKind.choices)
    place = models.CharField(_("which, or where"), max_length=120)
    count = models.PositiveIntegerField(_("how many"))
    owner = models.CharField(_("whose"), max_length=160, blank=True)
    connected = models.CharField(
        _("connected"), max_length=10, choices=Connection.choices, default=Connection.UNKNOWN.value
    )
    answers = models.CharField(_("who answers for them"), max_length=160, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    objects: ClassVar[models.Manager["Thing"]]

    class Meta:
        verbose_name = _("line of the inventory")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "place"],
                name="thing_once",
                violation_error_message=_("This line is in the inventory already: change it there."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.place}"


class Tick(models.Model):
    """A step that nothing can tell us of, done: who says so, since when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", verbose_name=_("authority"))
    step = models.CharField(_("step"), max_length=60)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    objects: ClassVar[models.Manager["Tick"]]

    class Meta:
        verbose_name = _("step done")
        constraints = [models.UniqueConstraint(fields=["authority", "step"], name="tick_once")]

    def __str__(self) -> str:
        return self.step


class ExportState(models.TextChoices):
    """From being asked for to being gone."""

    WAITING = "waiting", _("being made")
    READY = "ready", _("ready to take")
    ERASED = "erased", _("file erased")


class Export(models.Model):
    """All an authority's tables and its register, as a file: made by the worker, erased a day after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", verbose_name=_("authority"))
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING.value)
    again_at = models.DateTimeField(null=True, blank=True, editable=False)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)

    objects: ClassVar[models.Manager["Export"]]

    class Meta:
        verbose_name = _("export")
        indexes = [models.Index(fields=["authority", "asked_at"], name="export_by_time")]
        constraints = [
            # Asked for twice, made once.
            models.UniqueConstraint(fields=["authority"], condition=Q(state="waiting"), name="export_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(ready_at__isnull=False, ends_at__isnull=False, size__isnull=False),
                name="export_ready_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
