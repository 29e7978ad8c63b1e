"""Sites, their entrances, their cameras, and the relays that carry the images; no workflow."""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from beffroi.lib.years import years_after
from beffroi.protocol.v1.mask import WHOLE, ZONES
from beffroi.systems.video.rules import ORDER_YEARS, SIDES, PlaceKind, Regime

BOOLEAN = models.BooleanField()
PLACE_LABELS = [
    (PlaceKind.HALL.value, _("entrance hall")),
    (PlaceKind.PARKING.value, _("car park")),
    (PlaceKind.BASEMENT.value, _("basement")),
    (PlaceKind.CORRIDOR.value, _("corridor or stairs")),
    (PlaceKind.COURTYARD.value, _("courtyard")),
    (PlaceKind.STREET.value, _("street or square")),
    (PlaceKind.PREMISES.value, _("closed premises")),
]
REGIME_LABELS = [
    (Regime.PUBLIC_ROAD.value, _("public road (vidéoprotection)")),
    (Regime.COMMON_PARTS.value, _("common parts of housing (L272-2)")),
    (Regime.CLOSED_PREMISES.value, _("closed premises")),
]


class Site(models.Model):
    """A place with cameras, in an authority's territory: a residence, a car park, a square. `organisation` answers for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("responsible organisation")
    )
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=160)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    contact = models.CharField(_("whom to turn to about these images"), max_length=200)
    added_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Site"]]

    class Meta:
        verbose_name = _("site with cameras")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="site_scoped"),
            models.UniqueConstraint(
                fields=["authority", "name"],
                name="site_name_once",
                violation_error_message=_("Another site already has this name."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="site_on_earth"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """A part of a site whose cameras are asked for together: entrance 3, the car park."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="entrances", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)

    objects: ClassVar[models.Manager["Entrance"]]

    class Meta:
        verbose_name = _("entrance")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "site", "name"],
                name="entrance_name_once",
                violation_error_message=_("This site already has an entrance of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Relay(models.Model):
    """The program near the cameras that carries their images: a device, and where browsers find it (an origin, no path)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    device = models.OneToOneField("devices.Device", on_delete=models.PROTECT, related_name="+")
    address = models.URLField(_("address for browsers"), max_length=200)
    added_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Relay"]]

    class Meta:
        verbose_name = _("relay")
        constraints = [
            models.CheckConstraint(
                condition=Q(address__regex=r"^https?://[^/?#@]+$"),
                name="relay_address_is_an_origin",
                violation_error_message=_("An address such as https://relay.town.example:8443, with nothing after it."),
            ),
        ]

    def __str__(self) -> str:
        return self.address


class Camera(models.Model):
    """A camera, which is a gate: its identifier is what rights name. `source` and `sealed` are for its relay alone: where the images
    are taken, and by which user and password, sealed as they were typed. `out_since`: out of service since then. `zones` are hidden
    from everybody (of each left, top, right and bottom, in thousandths of the picture), `burned`: words and the time are written on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras", verbose_name=_("site"))
    entrance = models.ForeignKey(
        Entrance,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cameras",
        verbose_name=_("entrance"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("what it looks at"), max_length=80)
    place_kind = models.CharField(_("kind of place"), max_length=20, choices=PLACE_LABELS)
    regime = models.CharField(_("legal regime"), max_length=20, choices=REGIME_LABELS)
    order_number = models.CharField(_("prefect’s order, number"), max_length=60, blank=True)
    order_on = models.DateField(_("prefect’s order, date"), null=True, blank=True)
    other_routes = models.TextField(_("other routes to its image"), max_length=1000, blank=True)
    relay = models.ForeignKey(
        Relay, on_delete=models.PROTECT, null=True, blank=True, related_name="cameras", verbose_name=_("relay")
    )
    source = models.CharField(_("address of its images"), max_length=300, blank=True)
    sealed = models.TextField(blank=True, editable=False)
    sealed_at = models.DateTimeField(null=True, blank=True)
    profile = models.CharField(_("profile"), max_length=80, blank=True)
    out_since = models.DateTimeField(null=True, blank=True)
    zones = ArrayField(models.SmallIntegerField(), default=list, db_default=[], blank=True)
    burned = models.BooleanField(default=False, db_default=False)
    added_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Camera"]]

    class Meta:
        verbose_name = _("camera")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="camera_scoped"),
            models.UniqueConstraint(
                fields=["authority", "site", "number"],
                name="camera_number_once",
                violation_error_message=_("Another camera of this site already has this number."),
            ),
            models.CheckConstraint(
                condition=Q(regime=Regime.PUBLIC_ROAD.value, order_on__isnull=False) & ~Q(order_number="")
                | ~Q(regime=Regime.PUBLIC_ROAD.value) & Q(order_number="", order_on__isnull=True),
                name="camera_order_on_public_road",
                violation_error_message=_(
                    "A camera of the public road has the number and the date of its prefect’s order, and no other has one."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(place_kind=PlaceKind.STREET.value) | Q(regime=Regime.PUBLIC_ROAD.value),
                name="camera_street_is_public_road",
                violation_error_message=_("A street or a square is under the law of the public road."),
            ),
            models.CheckConstraint(
                condition=Q(zones__len__lte=SIDES * ZONES)
                & Exact(Mod(models.Func("zones", function="cardinality", output_field=models.IntegerField()), SIDES), 0)
                & Q(
                    models.Func(0, "zones", arg_joiner=" <= ALL (", template="(%(expressions)s))", output_field=BOOLEAN)
                )
                & Q(
                    models.Func(
                        WHOLE, "zones", arg_joiner=" >= ALL (", template="(%(expressions)s))", output_field=BOOLEAN
                    )
                ),
                name="camera_zones_in_its_picture",
                violation_error_message=_("Hidden parts lie in the picture, twenty of them at most."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def order_until(self) -> date | None:
        """The day from which the prefect's order authorises nothing."""
        return years_after(self.order_on, ORDER_YEARS) if self.order_on else None
