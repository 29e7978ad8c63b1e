"""Fields and constraints of sheets and their codes; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.safe.rules import TRIES


class Sheet(models.Model):
    """A sheet of codes for an authority; one at a time is in the safe. `person` is the account it opens."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    sealed_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Sheet"]]

    class Meta:
        verbose_name = _("sheet of the safe")
        constraints = [
            models.UniqueConstraint(fields=["authority"], condition=Q(voided_at=None), name="sheet_one_in_the_safe")
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.sealed_at}"


class SealedCode(models.Model):
    """A code of a sheet: the half that finds it, an Argon2 hash of the half that proves."""

    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="codes")
    locator = models.CharField(max_length=6, unique=True)
    secret = models.CharField(max_length=128)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SealedCode"]]

    class Meta:
        verbose_name = _("code of the safe")
        constraints = [models.CheckConstraint(condition=Q(tries__lte=TRIES), name="sealed_code_tries")]

    def __str__(self) -> str:
        return str(self.sheet_id)
