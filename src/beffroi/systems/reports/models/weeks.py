"""When the authority's services work: what its promises in working hours count. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class WorkingWeek(models.Model):
    """An authority's own week; without one the usual week holds. `subdivision`: whose public holidays count besides those of all of
    France, as the `holidays` library names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.OneToOneField("territory.Authority", on_delete=models.PROTECT, related_name="+")
    subdivision = models.CharField(max_length=8, blank=True)

    objects: ClassVar[models.Manager["WorkingWeek"]]

    class Meta:
        verbose_name = _("working week")

    def __str__(self) -> str:
        return str(self.authority_id)


class Opening(models.Model):
    """Half a day on which the services are there. `day`: Monday is 0."""

    week = models.ForeignKey(WorkingWeek, on_delete=models.CASCADE, related_name="openings")
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    day = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    objects: ClassVar[models.Manager["Opening"]]

    class Meta:
        verbose_name = _("half day of a working week")
        constraints = [
            models.UniqueConstraint(fields=["week", "day", "opens"], name="report_opening_once"),
            models.CheckConstraint(condition=Q(day__range=(0, 6)), name="report_opening_day"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="report_opening_lasts"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.opens}"
