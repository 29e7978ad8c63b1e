"""Fields and constraints of demands; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.factors.rules import Since


class Demand(models.Model):
    """An authority demands a second factor, from when of whom: one is in force, those before are its history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    administrators_from = models.DateTimeField()
    others_from = models.DateTimeField(null=True, blank=True)
    set_at = models.DateTimeField()
    set_by = models.UUIDField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Demand"]]

    class Meta:
        verbose_name = _("demand of a second factor")
        constraints = [
            models.UniqueConstraint(fields=["authority"], condition=Q(ended_at=None), name="demand_one_in_force"),
            models.CheckConstraint(
                condition=Q(others_from=None) | Q(others_from__gte=F("administrators_from")),
                name="demand_administrators_first",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("set_at")), name="demand_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.set_at}"

    @property
    def since(self) -> Since:
        """From when of whom."""
        return Since(self.administrators_from, self.others_from)
