"""What stands still is told once a week: when, and the letters on their way. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.rules import LetterState


class Reminder(models.Model):
    """An authority's choice, where it made one: on which day (Monday is 0; none: never), of what has stood still for how many days."""

    authority = models.OneToOneField(
        "territory.Authority", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    day = models.PositiveSmallIntegerField(_("day"), null=True, blank=True, default=0)
    days = models.PositiveSmallIntegerField(_("days without news"), default=14)

    objects: ClassVar[models.Manager["Reminder"]]

    class Meta:
        verbose_name = _("weekly reminder of reports")
        constraints = [
            models.CheckConstraint(condition=Q(day__isnull=True) | Q(day__range=(0, 6)), name="report_reminder_day"),
            models.CheckConstraint(condition=Q(days__range=(1, 365)), name="report_reminder_days"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Summary(models.Model):
    """A letter to somebody who handles reports: what of an organisation's has stood still. `organisation` is empty for the authority's
    own agents, who are told of all.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in LetterState],
        default=LetterState.QUEUED.value,
    )
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["Summary"]]

    class Meta:
        verbose_name = _("weekly letter about reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=LetterState.QUEUED.value, due_at__isnull=False)
                | (~Q(state=LetterState.QUEUED.value) & Q(due_at__isnull=True)),
                name="report_summary_queued_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["authority", "organisation", "person", "since"],
                name="report_summary_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_summary_queue"),
            models.Index(fields=["authority", "since"], name="report_summary_age"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.since:%Y-%m-%d}"
