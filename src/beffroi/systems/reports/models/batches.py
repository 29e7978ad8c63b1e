"""One act on several reports. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.rules import BatchState


class Batch(models.Model):
    """One act on several reports, by one person: those that are `left`, those that were `done` (each with what it was before), those
    that were `refused` and why; `values` is what the act was told. It is that person's alone, for a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    act = models.SlugField(max_length=16)
    values = models.JSONField(default=dict)
    state = models.CharField(
        max_length=8, choices=[(state.value, state.value) for state in BatchState], default=BatchState.ASKED.value
    )
    left = models.JSONField(default=list)
    done = models.JSONField(default=list)
    refused = models.JSONField(default=list)
    made_at = models.DateTimeField()
    busy_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Batch"]]

    class Meta:
        verbose_name = _("batch of reports")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[BatchState.OVER.value, BatchState.UNDONE.value]) | Q(left=[]),
                name="report_batch_over_leaves_none",
            ),
        ]
        indexes = [models.Index(fields=["authority", "made_at"], name="report_batch_age")]

    def __str__(self) -> str:
        return f"{self.act} {self.state}"
