"""Reports, their photos and their threads. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.labels import (
    DECLINE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
)
from beffroi.systems.reports.models.promises import Category, Team
from beffroi.systems.reports.rules import (
    CLOSED,
    LONGEST_TEXT,
    OPEN,
    PhotoRole,
    PhotoState,
    Stage,
    reference_of,
)


class Report(models.Model):
    """A fault that somebody reported. `promise` is counted from `since` and due at `due_at`, which never moves later; `shown` is the text
    that others may read; `organisation` and `team` have it in charge. `author` is nobody where it came without an account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    number = models.PositiveIntegerField(_("number"))
    submission = models.UUIDField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="reports", verbose_name=_("category"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=PRIORITY_LABELS)
    stage = models.CharField(_("stage"), max_length=12, choices=STAGE_LABELS, default=Stage.RECEIVED.value)
    source = models.CharField(_("how it came"), max_length=10, choices=SOURCE_LABELS)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    address = models.CharField(_("address"), max_length=160, blank=True)
    territory = models.ForeignKey(
        "territory.Territory", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asset_kind = models.SlugField(max_length=30, blank=True)
    asset = models.UUIDField(null=True, blank=True)
    answers = models.JSONField(default=dict)
    text = models.TextField(_("in words"), max_length=LONGEST_TEXT, blank=True)
    shown = models.TextField(max_length=LONGEST_TEXT, blank=True)
    held = models.BooleanField(_("text held for an agent"), default=False)
    author = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    since = models.DateTimeField(_("reported"))
    hours = models.PositiveIntegerField(_("promised within, in hours"))
    working = models.BooleanField(_("working hours only"), default=False)
    due_at = models.DateTimeField(_("promised by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    planned_for = models.DateField(_("planned for"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, blank=True, choices=DECLINE_LABELS)
    into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="joined")
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("in charge")
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assigned = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Report"]]

    class Meta:
        verbose_name = _("report")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="report_scoped"),
            models.UniqueConstraint(fields=["authority", "number"], name="report_number_once"),
            models.UniqueConstraint(fields=["authority", "submission"], name="report_submission_once"),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="report_on_earth"
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="report_priority"),
            models.CheckConstraint(condition=Q(due_at__gt=F("since")), name="report_promise_lasts"),
            models.CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in OPEN], closed_at__isnull=True)
                | Q(stage__in=[stage.value for stage in CLOSED], closed_at__isnull=False),
                name="report_closed_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.DECLINED.value) & ~Q(reason="") | ~Q(stage=Stage.DECLINED.value) & Q(reason=""),
                name="report_declined_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.MERGED.value, into__isnull=False)
                | (~Q(stage=Stage.MERGED.value) & Q(into__isnull=True)),
                name="report_merged_has_another",
            ),
            models.CheckConstraint(condition=~Q(into=F("id")), name="report_not_into_itself"),
            models.CheckConstraint(condition=Q(asset__isnull=True) | ~Q(asset_kind=""), name="report_asset_has_a_kind"),
        ]
        indexes = [
            models.Index(
                fields=["authority", "due_at", "id"], condition=Q(closed_at__isnull=True), name="report_open_by_due"
            ),
            models.Index(
                fields=["authority", "category", "latitude"],
                condition=Q(closed_at__isnull=True),
                name="report_open_nearby",
            ),
            models.Index(fields=["authority", "-since", "-id"], name="report_latest"),
            models.Index(fields=["authority", "changed_at"], name="report_changed"),
            models.Index(fields=["authority", "category", "since"], name="report_by_category"),
            models.Index(fields=["authority", "latitude", "longitude"], name="report_by_place"),
            models.Index(fields=["organisation", "due_at"], name="report_in_charge"),
            models.Index(fields=["author"], condition=Q(author__isnull=False), name="report_by_author"),
            models.Index(fields=["into"], condition=Q(into__isnull=False), name="report_joined"),
            models.Index(fields=["asset"], condition=Q(asset__isnull=False), name="report_by_asset"),
            GinIndex(fields=["address"], opclasses=["gin_trgm_ops"], name="report_address_words"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people say and write."""
        return reference_of(self.since, self.number)


class Photo(models.Model):
    """A photo of a report. Its files are kept under its id: the sealed original while `original_until` is ahead, then what is shown.
    `areas` were hidden: fractions of width and height.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="photos")
    role = models.CharField(max_length=8, choices=[(role.value, role.value) for role in PhotoRole])
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in PhotoState], default=PhotoState.QUEUED.value
    )
    position = models.PositiveSmallIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    areas = models.JSONField(default=list)
    version = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=60, blank=True)
    added_at = models.DateTimeField()
    added_by = models.UUIDField(null=True, blank=True)
    original_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Photo"]]

    class Meta:
        verbose_name = _("photo of a report")
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="report_photo_place"),
            models.CheckConstraint(
                condition=Q(state=PhotoState.QUEUED.value, due_at__isnull=False)
                | (~Q(state=PhotoState.QUEUED.value) & Q(due_at__isnull=True)),
                name="report_photo_queued_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_photo_queue"),
            models.Index(
                fields=["authority", "added_at"],
                condition=Q(state=PhotoState.WAITING.value),
                name="report_photo_unchecked",
            ),
            models.Index(
                fields=["original_until"], condition=Q(original_until__isnull=False), name="report_photo_original"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Line(models.Model):
    """One line of a report's thread: what was done, what was said. `kind` is the act's; `stage` the one it led to, if it did. One that is
    not `public` is for whoever handles it; one that was held is read from `shown_at` on. `team`: it said so by the link of a letter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="lines")
    at = models.DateTimeField()
    kind = models.SlugField(max_length=16)
    public = models.BooleanField(_("public"), default=True)
    stage = models.CharField(max_length=12, choices=STAGE_LABELS, blank=True)
    text = models.TextField(_("in words"), max_length=LONGEST_TEXT, blank=True)
    held = models.BooleanField(default=False)
    author = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    shown_at = models.DateTimeField(null=True, blank=True)
    remote = models.CharField(max_length=120, blank=True)

    objects: ClassVar[models.Manager["Line"]]

    class Meta:
        verbose_name = _("line of a report’s thread")
        indexes = [
            models.Index(fields=["report", "at"], name="report_thread"),
            # What programs read by the hour: a line that was held is told when it is shown.
            models.Index(
                F("authority"),
                Coalesce("shown_at", "at"),
                F("id"),
                condition=Q(public=True, held=False),
                name="report_lines_told",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "remote"], condition=~Q(remote=""), name="report_line_remote_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"
