"""Fields and constraints of conventions, rights, phones and keys; no workflow.

`authority` leads every key of what belongs to an authority; phones belong to the installation, as people do.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.rules import WORK_ORDER_MOST, Kind

KIND_CHOICES = [(Kind.WORK_ORDER.value, _("work order"))]
TRANSPORTS = [("local", _("next to it")), ("relay", _("through the server"))]


def _period(starts: str, ends: str) -> Func:
    return Func(F(starts), F(ends), RangeBoundary(), function="tstzrange", output_field=DateTimeRangeField())


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


class Root(models.Model):
    """The public half of one of an authority's two offline keys."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="roots")
    position = models.PositiveSmallIntegerField()
    jwk = models.JSONField()

    objects: ClassVar[models.Manager["Root"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "position"], name="root_two_an_authority"),
            models.CheckConstraint(condition=Q(position__in=(1, 2)), name="root_first_or_second"),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.position}"


class KeySet(models.Model):
    """A key set as a root signed it; insert only, the greatest number is in force."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="key_sets")
    number = models.PositiveIntegerField()
    token = models.TextField()
    taken_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["KeySet"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "number"], name="key_set_number")]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.number}"


class RevocationList(models.Model):
    """A revocation list as the minter signed it; insert only, the greatest (set, number) is in force. `omitted`: how many rights and
    keys it had no room for; while there is one, no right is signed.
    """

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="revocation_lists")
    key_set = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    grants = ArrayField(models.UUIDField(), default=list)
    keys = ArrayField(models.CharField(max_length=43), default=list)
    omitted = models.PositiveIntegerField(default=0, db_default=0)
    token = models.TextField()

    objects: ClassVar[models.Manager["RevocationList"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "key_set", "number"], name="revocation_list_number")
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.key_set}.{self.number}"


class Convention(models.Model):
    """What an authority and its partner signed."""

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
    transports = ArrayField(models.CharField(max_length=10, choices=TRANSPORTS), default=list)
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
                condition=Q(transports__contained_by=["local", "relay"]), name="convention_transports"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ConventionResource(models.Model):
    """One thing that a convention covers, by plain identifier: the systems that own things stand above."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="resources")
    resource = models.UUIDField()

    objects: ClassVar[models.Manager["ConventionResource"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "convention", "resource"], name="convention_resource_once")
        ]
        indexes = [models.Index(fields=["authority", "resource"], name="convention_by_resource")]

    def __str__(self) -> str:
        return f"{self.convention_id} {self.resource}"


class ConventionPurpose(models.Model):
    """A purpose that a convention admits for a kind of right, its legal basis and its bounds."""

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


class HolderKey(models.Model):
    """The public key in one person's phone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="holder_keys")
    jwk = models.JSONField()
    thumbprint = models.CharField(max_length=43)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=10, choices=[("code", _("code")), ("passkey", _("passkey"))])
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["HolderKey"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thumbprint"], name="holder_key_once"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at__isnull=True), name="holder_key_one_live_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.thumbprint


class EnrolmentCode(models.Model):
    """A code that a firm handed to its technician; only a hash is kept, few tries, 48 hours, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="enrolment_codes")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["EnrolmentCode"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(closed_at__isnull=True), name="enrolment_code_one_open_a_person"
            ),
            models.CheckConstraint(condition=Q(tries__lte=5), name="enrolment_code_tries"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class GrantState(models.TextChoices):
    """Where a right is; after its window it is over, whatever its state."""

    ASKED = "asked", _("being prepared")
    MINTED = "minted", _("on the phone")
    CLOSED = "closed", _("closed")


class Grant(models.Model):
    """The right of one person, sent by one organisation, to do one thing to some resources."""

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
