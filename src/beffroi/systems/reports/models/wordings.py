"""Answers that are written beforehand. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.promises import Category
from beffroi.systems.reports.rules import Telling

LONGEST: int = 1_000


class Wording(models.Model):
    """A text of the authority's that is offered where something is said of a report: for these acts, for one kind of fault or all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    label = models.CharField(_("name"), max_length=60)
    text = models.TextField(_("text"), max_length=LONGEST)
    acts = ArrayField(models.CharField(max_length=12), verbose_name=_("for"))
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=50)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Wording"]]

    class Meta:
        verbose_name = _("ready-made answer")
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "label"],
                name="report_wording_once",
                violation_error_message=_("Another answer has this name."),
            ),
            models.CheckConstraint(
                condition=Q(acts__contained_by=[one.value for one in Telling]) & Q(acts__len__gt=0),
                name="report_wording_for_acts",
            ),
        ]

    def __str__(self) -> str:
        return self.label
