"""Fields and constraints of conventions: their parties, what they cover, for what, who may ask, and those being written; no workflow."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.rules import BRIEF, REQUEST_MOST, WORK_ORDER_MOST, Approval, Capacity, Kind

KIND_CHOICES = [
    (Kind.WORK_ORDER.value, _("work order")),
    (Kind.REQUEST.value, _("request")),
    (Kind.EMERGENCY.value, _("emergency")),
]
CAPACITY_LABELS = [
    (Capacity.ASKS.value, _("asks")),
    (Capacity.OWNS.value, _("owns")),
    (Capacity.SIGNS.value, _("signs")),
    (Capacity.RECEIVES.value, _("receives")),
]
BRIEF_KINDS = sorted(kind.value for kind in BRIEF)
# How a phone reaches a lock.
TRANSPORTS = [("local", _("next to it")), ("relay", _("through the server"))]
# How a browser reaches a camera.
NETWORK = ("network", _("straight to it, over a network"))


def _clock(moment: Combinable) -> Func:
    """From a moment to what the town's clock shows then, and back; `interval '1 year'` on a moment would go by the session's."""
    return Func(Value(settings.TIME_ZONE), moment, function="timezone", output_field=models.DateTimeField())


# The same day and hour so many years later (`lib.years.latest_end`).
LATEST_END = _clock(
    _clock(F("valid_from")) + Func(F("years"), function="make_interval", output_field=models.DurationField())
)


class Activation(models.Model):
    """A system in an authority: switched on only when its impact assessment (AIPD) is dated."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="activations")
    system = models.SlugField(_("system"), max_length=40)
    aipd_on = models.DateField(_("date of the AIPD"), null=True, blank=True)
    on = models.BooleanField(_("switched on"), default=False)

    objects: ClassVar[models.Manager["Activation"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "system"], name="activation_one_a_system"),
            models.CheckConstraint(
                condition=Q(on=False) | Q(aipd_on__isnull=False),
                name="activation_needs_aipd",
                violation_error_message=_("Date the AIPD first: a system is switched on only then."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.authority_id}"


class Convention(models.Model):
    """What an authority and its partner signed. `partner`: the main one of its parties. `still_every`: how often whoever uses a right
    is asked whether they still need it; `years`: how many its system let it last at most when it was signed (`longest`: the same, for
    those that were signed when that was counted in days).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="conventions", verbose_name=_("authority")
    )
    partner = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="conventions", verbose_name=_("partner")
    )
    system = models.SlugField(_("system"), max_length=40)
    title = models.CharField(_("title"), max_length=160)
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    list_age = models.DurationField(_("greatest age of the revocation list"), default=timedelta(hours=72))
    list_old = models.CharField(
        max_length=10, default="refuse", choices=[("refuse", _("refuse")), ("flag", _("admit and mark"))]
    )
    time_unknown = models.CharField(
        max_length=20, default="refuse", choices=[("refuse", _("refuse")), ("admit-marked", _("admit and mark"))]
    )
    transports = ArrayField(models.CharField(max_length=10, choices=[*TRANSPORTS, NETWORK]), default=list)
    approval = models.CharField(
        _("approval"),
        max_length=10,
        default=Approval.AUTOMATIC.value,
        db_default=Approval.AUTOMATIC.value,
        choices=[(Approval.AUTOMATIC.value, _("automatic")), (Approval.OWNER.value, _("by the owner"))],
    )
    still_every = models.DurationField(_("asked whether it is still needed every"), null=True, blank=True)
    longest = models.DurationField(null=True, blank=True, editable=False)
    years = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    signed_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Convention"]]

    class Meta:
        verbose_name = _("convention")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="convention_scoped"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")),
                name="convention_ends_after_start",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(transports__contained_by=["local", "relay"]) | Q(transports=["network"]),
                name="convention_transports",
            ),
            models.CheckConstraint(
                condition=Q(longest__isnull=True) | Q(valid_until__lte=F("valid_from") + F("longest")),
                name="convention_not_too_long",
                violation_error_message=_("The law does not let a convention of this system last so long."),
            ),
            models.CheckConstraint(
                condition=Q(years__isnull=True) | Q(valid_until__lte=LATEST_END),
                name="convention_years",
                violation_error_message=_("The law does not let a convention of this system last so long."),
            ),
            models.CheckConstraint(
                condition=Q(still_every__isnull=True) | Q(still_every__gte=timedelta(minutes=1)),
                name="convention_still_every",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def bounded(self) -> bool:
        """Whether the law bounds how long it lasts."""
        return self.years is not None or self.longest is not None


class ConventionParty(models.Model):
    """An organisation that a convention binds, in a capacity."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="parties")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="party_to")
    capacity = models.CharField(_("capacity"), max_length=10, choices=CAPACITY_LABELS)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)

    objects: ClassVar[models.Manager["ConventionParty"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "convention", "organisation", "capacity"], name="convention_party_once"
            ),
            models.CheckConstraint(
                condition=Q(capacity__in=[each.value for each in Capacity]), name="convention_party_capacity"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "capacity"], name="convention_by_party")]

    def __str__(self) -> str:
        return f"{self.convention_id} {self.organisation_id} {self.capacity}"


class Designation(models.Model):
    """Somebody of a party that asks, whom it named to do so under a convention, until when whoever approved them said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="designations")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="designations")
    approved_until = models.DateTimeField(_("approved until"))
    designated_at = models.DateTimeField()
    designated_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Designation"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "convention", "organisation", "person"],
                condition=Q(withdrawn_at__isnull=True),
                name="designation_one_live",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class ConventionResource(models.Model):
    """One thing that a convention covers, by plain identifier: the systems that own things stand above. `place_kind`: what sort of
    place it stands in, in its system's words.
    """

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="resources")
    resource = models.UUIDField()
    place_kind = models.SlugField(max_length=40, blank=True, default="", db_default="")

    objects: ClassVar[models.Manager["ConventionResource"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "convention", "resource"], name="convention_resource_once")
        ]
        indexes = [models.Index(fields=["authority", "resource"], name="convention_by_resource")]

    def __str__(self) -> str:
        return f"{self.convention_id} {self.resource}"


class ConventionPurpose(models.Model):
    """A purpose that a convention admits for a kind of right, its legal basis and its bounds. `place_kinds`: where it is for; nowhere
    named, it is for any place.
    """

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="purposes")
    purpose = models.SlugField(_("purpose"), max_length=40)
    label = models.CharField(_("in words"), max_length=160)
    kind = models.CharField(_("kind"), max_length=20, choices=KIND_CHOICES)
    legal_text = models.CharField(_("text"), max_length=160)
    legal_article = models.CharField(_("article"), max_length=80, blank=True)
    legal_version_on = models.DateField(_("version of"))
    least = models.DurationField(_("at least"))
    most = models.DurationField(_("at most"))
    place_kinds = ArrayField(models.SlugField(max_length=40), default=list, blank=True, db_default=[])

    objects: ClassVar[models.Manager["ConventionPurpose"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "convention", "purpose", "kind"], name="convention_purpose_once"
            ),
            models.UniqueConstraint(
                fields=["authority", "convention", "purpose", "kind", "least", "most"],
                name="convention_purpose_with_bounds",
            ),
            models.CheckConstraint(
                condition=Q(least__gt=timedelta(0), most__gte=F("least")), name="convention_purpose_bounds"
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.WORK_ORDER.value) | Q(most__lte=WORK_ORDER_MOST),
                name="convention_work_order_a_day",
                violation_error_message=_("A work order lasts 24 hours at most."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=BRIEF_KINDS) | Q(most__lte=REQUEST_MOST),
                name="convention_request_half_a_day",
                violation_error_message=_("A request lasts 12 hours at most."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class ConventionDraft(models.Model):
    """A convention that is being written: what was typed, as it was typed, and the things chosen. It gives nothing to anybody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="convention_drafts")
    system = models.SlugField(_("system"), max_length=40)
    content = models.JSONField(default=dict)
    resources = ArrayField(models.UUIDField(), default=list)
    changed_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ConventionDraft"]]

    class Meta:
        indexes = [models.Index(fields=["authority", "-changed_at"], name="convention_draft_latest")]

    def __str__(self) -> str:
        return str(self.id)
