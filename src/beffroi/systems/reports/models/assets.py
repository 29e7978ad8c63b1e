"""Things of the street that reports are about, and that no system of their own keeps. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.lib.lines import MOST_POINTS, TWO
from beffroi.systems.reports.models.labels import THING_LABELS
from beffroi.systems.reports.rules import Thing


class Asset(models.Model):
    """A street lamp, a pole, a cable: picked from the map by whoever reports it. `number` is painted on it; `imported` the list that it
    came by. A cable may have its `line`, longitudes and latitudes as GeoJSON writes them, with the box that holds it; its position is then
    where one gets at it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    kind = models.CharField(_("what it is"), max_length=30, choices=THING_LABELS)
    number = models.CharField(_("number"), max_length=40)
    address = models.CharField(_("address"), max_length=160, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    line = ArrayField(ArrayField(models.FloatField(), size=2), null=True, blank=True, editable=False)
    west = models.FloatField(null=True, blank=True, editable=False)
    south = models.FloatField(null=True, blank=True, editable=False)
    east = models.FloatField(null=True, blank=True, editable=False)
    north = models.FloatField(null=True, blank=True, editable=False)
    owner = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    imported = models.UUIDField(null=True, blank=True, editable=False)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Asset"]]

    class Meta:
        verbose_name = _("thing of the street")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "number"],
                name="report_asset_once",
                violation_error_message=_("Another thing of this kind has this number."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="report_asset_on_earth"
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Thing]), name="report_asset_kind"),
            models.CheckConstraint(
                condition=Q(
                    line__isnull=True, west__isnull=True, south__isnull=True, east__isnull=True, north__isnull=True
                )
                | Q(
                    kind=Thing.CABLE.value,
                    line__isnull=False,
                    line__len__range=(TWO, MOST_POINTS),
                    west__isnull=False,
                    south__isnull=False,
                    east__isnull=False,
                    north__isnull=False,
                    west__lte=F("east"),
                    south__lte=F("north"),
                    west__gte=-180,
                    east__lte=180,
                    south__gte=-90,
                    north__lte=90,
                ),
                name="report_asset_line",
            ),
        ]
        indexes = [
            models.Index(
                fields=["authority", "latitude", "longitude"],
                condition=Q(retired_at__isnull=True),
                name="report_asset_by_place",
            ),
            models.Index(
                fields=["authority", "south", "north"],
                condition=Q(retired_at__isnull=True, line__isnull=False),
                name="report_asset_by_line",
            ),
            models.Index(fields=["imported"], condition=Q(imported__isnull=False), name="report_asset_by_list"),
        ]

    def __str__(self) -> str:
        return self.number
