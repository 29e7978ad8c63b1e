"""Fields and constraints of deadlines; no workflow. `authority` leads every key."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DeadlineState(models.TextChoices):
    """A promise waits, then is met, withdrawn, or its time passes; a fired one is done when its handler has run."""

    WAITING = "waiting", _("under way")
    MET = "met", _("kept")
    CANCELLED = "cancelled", _("withdrawn")
    FIRED = "fired", _("its time has passed")
    DONE = "done", _("its time has passed, and what follows was done")


class Deadline(models.Model):
    """A promise about one subject. `attempts`, `again_at` and `fault` are of its handler."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    kind = models.CharField(max_length=64)
    subject = models.UUIDField()
    since = models.DateTimeField()
    due_at = models.DateTimeField(_("due"))
    data = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=DeadlineState.choices, default=DeadlineState.WAITING)
    ended_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=120, default="", blank=True)

    objects: ClassVar[models.Manager["Deadline"]]

    class Meta:
        verbose_name = _("deadline")
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="deadline_scoped"),
            models.UniqueConstraint(
                fields=["authority", "kind", "subject"],
                condition=Q(state=DeadlineState.WAITING),
                name="deadline_one_waiting",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("since")), name="deadline_due_after_since"),
            models.CheckConstraint(
                condition=Q(state=DeadlineState.WAITING, ended_at__isnull=True)
                | (~Q(state=DeadlineState.WAITING) & Q(ended_at__isnull=False)),
                name="deadline_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeadlineState.FIRED) | Q(again_at__isnull=False), name="deadline_fired_is_claimable"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=DeadlineState.WAITING), name="deadline_by_due"),
            models.Index(fields=["again_at"], condition=Q(state=DeadlineState.FIRED), name="deadline_to_handle"),
            models.Index(fields=["authority", "due_at"], name="deadline_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
