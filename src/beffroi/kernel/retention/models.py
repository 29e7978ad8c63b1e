"""Fields and constraints of durations, destructions, the archives' slips and what was found amiss; no workflow.

`authority` leads every key; it is empty for what belongs to the installation.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.keeping import Fate, Unit

UNITS = [(Unit.DAYS.value, _("days")), (Unit.MONTHS.value, _("months"))]
FATES = [(Fate.ERASED.value, _("erases itself")), (Fate.VISA.value, _("waits for the archives’ visa"))]


class DurationSet(models.Model):
    """An authority's own duration for a rule, with the bounds of the rule it was set under."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=64)
    unit = models.CharField(max_length=8, choices=UNITS)
    length = models.PositiveIntegerField(_("duration"))
    least = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    set_at = models.DateTimeField()

    objects: ClassVar[models.Manager["DurationSet"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "rule"], name="duration_one_a_rule", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(length__gte=F("least"), length__lte=F("most"), least__gte=1),
                name="duration_within_the_law",
                violation_error_message=_("This duration is outside what the rule admits."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.length} {self.unit}"


class SlipState(models.TextChoices):
    """How far a slip came; one that was abandoned frees its things for another."""

    DRAFT = "draft", _("being prepared")
    SENT = "sent", _("at the archives")
    VISA = "visa", _("visa received")
    DONE = "done", _("destroyed")
    ABANDONED = "abandoned", _("abandoned")


class Slip(models.Model):
    """A list of what is proposed to the departmental archives for elimination ("bordereau d'élimination"). Never destroyed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    service = models.CharField(_("service that proposes"), max_length=160)
    state = models.CharField(_("state"), max_length=10, choices=SlipState.choices, default=SlipState.DRAFT)
    made_at = models.DateTimeField()
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    visa_on = models.DateField(_("date of the visa"), null=True, blank=True)
    visa_reference = models.CharField(_("reference of the visa"), max_length=80, blank=True)
    visa_quality = models.CharField(_("quality of the signatory"), max_length=120, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Slip"]]

    class Meta:
        verbose_name = _("slip")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="slip_scoped"),
            models.UniqueConstraint(fields=["authority", "id", "visa_on"], name="slip_with_its_visa"),
            models.UniqueConstraint(fields=["authority", "year", "number"], name="slip_numbered_once"),
            models.CheckConstraint(
                name="slip_has_what_its_state_needs",
                condition=Q(state="draft", sent_on=None, visa_on=None, done_at=None)
                | Q(state="abandoned", visa_on=None, done_at=None)
                | Q(state="sent", sent_on__isnull=False, visa_on=None, done_at=None)
                | Q(state="visa", sent_on__isnull=False, visa_on__isnull=False, done_at=None)
                | Q(state="done", sent_on__isnull=False, visa_on__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="slip_visa_is_signed",
                condition=Q(visa_on=None, visa_reference="", visa_quality="")
                | (Q(visa_on__gte=F("sent_on")) & ~Q(visa_reference="") & ~Q(visa_quality="")),
                violation_error_message=_("A visa has a date, a reference and a signatory, and comes after the slip."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:03}"


class SlipLine(models.Model):
    """One nature of things and their extreme dates; the words are those of the day the slip was made, in the archives' language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=64)
    nature = models.CharField(max_length=200)
    duration = models.CharField(max_length=40)
    source = models.CharField(max_length=300)
    first = models.DateField()
    last = models.DateField()
    count = models.PositiveIntegerField()
    refused = models.BooleanField(default=False)
    remark = models.CharField(_("the archives’ remark"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["SlipLine"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slip", "position"], name="slip_line_once"),
            models.CheckConstraint(condition=Q(last__gte=F("first"), count__gte=1), name="slip_line_dates"),
            models.CheckConstraint(
                condition=Q(refused=False) | ~Q(remark=""),
                name="slip_line_refused_has_remark",
                violation_error_message=_("Copy why the archives refuse this line."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slip_id} {self.position}"


class SlipItem(models.Model):
    """One thing of a line. `live` until its slip is abandoned: no thing is on two slips."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(SlipLine, on_delete=models.PROTECT, related_name="items")
    rule = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    kept_from = models.DateTimeField()
    live = models.BooleanField(default=True)
    destroyed = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["SlipItem"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "rule", "key"], condition=Q(live=True), name="slip_item_on_one_slip"
            )
        ]
        # What the trigger on each table of public archives looks up.
        indexes = [models.Index(fields=["rule", "key"], name="slip_item_by_key")]

    def __str__(self) -> str:
        return self.label


class Destruction(models.Model):
    """What was destroyed under a rule in one act: how many, of which dates, and the entry that proves it. Insert only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=64)
    fate = models.CharField(max_length=8, choices=FATES)
    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, null=True, related_name="destructions")
    visa_on = models.DateField(null=True)
    count = models.PositiveIntegerField()
    first = models.DateTimeField()
    last = models.DateTimeField()
    digest = models.CharField(max_length=64)
    entry = models.UUIDField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["Destruction"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], name="destruction_one_an_entry"),
            models.CheckConstraint(
                name="destruction_of_an_archive_has_its_visa",
                condition=Q(fate="erased", slip=None, visa_on=None)
                | Q(fate="visa", slip__isnull=False, visa_on__isnull=False, authority__isnull=False),
            ),
            models.CheckConstraint(condition=Q(count__gte=1, last__gte=F("first")), name="destruction_counts"),
        ]
        indexes = [models.Index(fields=["authority", "-at"], name="destruction_by_time")]

    def __str__(self) -> str:
        return f"{self.rule} {self.at:%Y-%m-%d}"


class Hold(models.Model):
    """Something that a judge or a right of somebody keeps past its time, until a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    reason = models.SlugField(max_length=40)
    until = models.DateField()
    set_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Hold"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "rule", "key"],
                condition=Q(released_at=None),
                name="hold_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.key}"


class Check(models.Model):
    """One look of the reconciler over an authority: `findings` is a list of {code, subject, count}, empty when all agrees."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    findings = models.JSONField(default=list)

    objects: ClassVar[models.Manager["Check"]]

    class Meta:
        indexes = [models.Index(fields=["authority", "-at"], name="check_by_time")]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.at:%Y-%m-%d}"
