"""Who wants to be told of new reports of a kind, or of a place. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.promises import Category


class Subscription(models.Model):
    """Public reports of which somebody is told, once a day at most: of a kind or any, in a district, around a point, or anywhere. A person,
    or an address that is told nothing before it was confirmed. `told_until`: the moment up to which they were told; `confirmed_at`: when
    they last said that they want it, by the link of a letter; `asked_at`: when they were asked whether they go on, unless they said so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    territory = models.ForeignKey(
        "territory.Territory", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    radius = models.PositiveSmallIntegerField(_("metres around"), null=True, blank=True)
    place = models.CharField(_("what they call it"), max_length=160, blank=True)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=5, default="fr")
    since = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    told_until = models.DateTimeField()

    objects: ClassVar[models.Manager["Subscription"]]

    class Meta:
        verbose_name = _("subscription to reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, email="") | (Q(person__isnull=True) & ~Q(email="")),
                name="report_subscription_is_one",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True, radius__isnull=True, place="")
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    radius__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                    radius__range=(100, 5_000),
                    territory__isnull=True,
                ),
                name="report_subscription_area",
            ),
            # The same is wanted once, however often a browser sends it, and at whichever instant.
            models.UniqueConstraint(
                fields=["authority", "person", "category", "territory", "latitude", "longitude", "radius"],
                condition=Q(person__isnull=False),
                nulls_distinct=False,
                name="report_subscription_person_once",
            ),
            models.UniqueConstraint(
                fields=["authority", "email", "category", "territory", "latitude", "longitude", "radius"],
                condition=~Q(email=""),
                nulls_distinct=False,
                name="report_subscription_email_once",
            ),
        ]
        indexes = [
            models.Index(fields=["authority"], condition=Q(stopped_at__isnull=True), name="report_subscription_live"),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="report_subscription_own"),
            models.Index(fields=["authority", "email"], condition=~Q(email=""), name="report_subscription_mail"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
