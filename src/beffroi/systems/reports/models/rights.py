"""What a report has others do, and who may open what it keeps sealed. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.reports import Photo, Report
from beffroi.systems.reports.rules import RIGHT_LASTS, Unsealing


class OrderAsked(models.Model):
    """A work order that was asked of a firm because of a report, for one thing (`asset_kind` and `asset`, as the report names it);
    `grant` is the right that came of it, `over_at` when that ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="orders")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    asset_kind = models.SlugField(max_length=30)
    asset = models.UUIDField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField(null=True, blank=True)
    grant = models.UUIDField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["OrderAsked"]]

    class Meta:
        verbose_name = _("work order asked for")
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(given_at__isnull=True), name="report_order_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(grant__isnull=True, given_at__isnull=True) | Q(grant__isnull=False, given_at__isnull=False),
                name="report_order_given_has_a_grant",
            ),
            models.CheckConstraint(
                condition=Q(over_at__isnull=True) | Q(given_at__isnull=False), name="report_order_over_was_given"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "asset"],
                condition=Q(given_at__isnull=True),
                name="report_orders_wanted",
            ),
            models.Index(fields=["grant"], condition=Q(grant__isnull=False), name="report_order_of_a_grant"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.organisation_id}"


class OriginalRight(models.Model):
    """The right of one person to open one photo as it came, for a reason, for some minutes. Each opening looks at it again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="rights")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=[(reason.value, reason.value) for reason in Unsealing])
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["OriginalRight"]]

    class Meta:
        verbose_name = _("right to open a photo as it came")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts"), ends__lte=F("starts") + RIGHT_LASTS), name="report_right_is_short"
            ),
            models.UniqueConstraint(
                fields=["photo", "person"], condition=Q(closed_at__isnull=True), name="report_right_once"
            ),
        ]
        indexes = [models.Index(fields=["authority", "-ends"], name="report_rights")]

    def __str__(self) -> str:
        return str(self.pk)
