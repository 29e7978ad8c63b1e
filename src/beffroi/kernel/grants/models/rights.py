"""Fields and constraints of rights: the right itself, and each thing that it is over; no workflow."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.models.conventions import BRIEF_KINDS, KIND_CHOICES, Convention
from beffroi.kernel.grants.models.keys import HolderKey
from beffroi.kernel.grants.rules import REQUEST_MOST, Declined, Kind


def _period(starts: str, ends: str) -> Func:
    return Func(F(starts), F(ends), RangeBoundary(), function="tstzrange", output_field=DateTimeRangeField())


class GrantState(models.TextChoices):
    """Where a right is; after its window it is over, whatever its state."""

    WAITING = "waiting", _("waits for approval")
    ASKED = "asked", _("being prepared")
    MINTED = "minted", _("on the phone")
    CLOSED = "closed", _("closed")


class Grant(models.Model):
    """The right of one person, sent by one organisation, to do one thing to some resources. `receiving`: the organisation that gets
    what is seen; `declined`: why the owner said no; `confirmed_at`: when whoever is on call confirmed an emergency.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="grants")
    purpose = models.SlugField(max_length=40)
    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    action = models.SlugField(max_length=40)
    holder = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="grants")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(HolderKey, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    reference = models.CharField(_("order number"), max_length=60, blank=True)
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    least = models.DurationField()
    most = models.DurationField()
    state = models.CharField(max_length=10, choices=GrantState.choices, default=GrantState.ASKED)
    reason = models.SlugField(_("reason"), max_length=40, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    # The four below are looked for only when somebody, or an organisation, is destroyed.
    receiving = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    declined = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        choices=[
            (Declined.NOT_JUSTIFIED.value, _("the reason given does not justify it")),
            (Declined.OTHER_MEANS.value, _("there are other means")),
            (Declined.WRONG_PLACE.value, _("it is the wrong place")),
            (Declined.OTHER.value, _("none of these reasons")),
        ],
    )
    declined_by = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    token = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Grant"]]

    class Meta:
        verbose_name = _("access right")
        constraints = [
            models.UniqueConstraint(fields=["authority", "convention", "id"], name="grant_scoped"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="grant_ends_after_start"),
            models.CheckConstraint(
                condition=Q(replaces__isnull=False) | Q(ends__gte=F("starts") + F("least")), name="grant_not_shorter"
            ),
            models.CheckConstraint(condition=Q(ends__lte=F("starts") + F("most")), name="grant_not_longer"),
            models.CheckConstraint(
                condition=~Q(kind__in=BRIEF_KINDS) | Q(ends__lte=F("starts") + REQUEST_MOST),
                name="grant_request_half_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.WAITING) | Q(kind=Kind.REQUEST.value, approved_at__isnull=True, token=""),
                name="grant_waiting_is_a_request",
            ),
            models.CheckConstraint(
                condition=Q(declined="") | Q(state=GrantState.CLOSED, approved_at__isnull=True),
                name="grant_declined_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(kind=Kind.EMERGENCY.value), name="grant_confirmed_emergency"
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.MINTED) | (Q(key__isnull=False) & ~Q(token="")),
                name="grant_minted_has_token",
            ),
            models.CheckConstraint(
                condition=Q(state=GrantState.CLOSED, closed_at__isnull=False)
                | (~Q(state=GrantState.CLOSED) & Q(closed_at__isnull=True)),
                name="grant_closed_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "ends"], name="grant_by_holder"),
            models.Index(fields=["authority", "ends"], name="grant_by_authority"),
            models.Index(fields=["asked_at"], condition=Q(state=GrantState.ASKED), name="grant_to_mint"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_open(self, as_of: datetime) -> bool:
        """Neither closed nor over."""
        return self.state != GrantState.CLOSED and self.ends > as_of


class GrantResource(models.Model):
    """One resource of a right, with what the exclusion and the composite keys need beside it."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="+")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="resources")
    resource = models.UUIDField()
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    live = models.BooleanField(default=True)

    objects: ClassVar[models.Manager["GrantResource"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "grant", "resource"], name="grant_resource_once"),
            ExclusionConstraint(
                name="grant_one_order_a_firm",
                expressions=[
                    ("authority", RangeOperators.EQUAL),
                    ("resource", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    (_period("starts", "ends"), RangeOperators.OVERLAPS),
                ],
                condition=Q(live=True, kind=Kind.WORK_ORDER.value),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.resource}"
