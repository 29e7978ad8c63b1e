"""Programs that report by Open311. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProgramKey(models.Model):
    """The right of a program to report by Open311 to an authority. The key itself is shown once and never kept: `digest` is
    its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ProgramKey"]]

    class Meta:
        verbose_name = _("key of a program")
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="report_key_digest"),
        ]
        indexes = [models.Index(fields=["authority", "given_at"], name="report_keys")]

    def __str__(self) -> str:
        return self.name
