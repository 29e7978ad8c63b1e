"""Fields and constraints of screens; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.screens.rules import NAME_LENGTH


class Screen(models.Model):
    """A browser known by its key. Until it is paired it belongs to nobody, and shows a code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, null=True, blank=True, related_name="screens"
    )
    thumbprint = models.CharField(max_length=43)
    code = models.CharField(max_length=8, blank=True)
    asked_at = models.DateTimeField()
    name = models.CharField(_("name"), max_length=NAME_LENGTH, blank=True)
    paired_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Screen"]]

    class Meta:
        verbose_name = _("screen")
        constraints = [
            models.UniqueConstraint(fields=["thumbprint"], name="screen_key_once"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="screen_code_once"),
            models.UniqueConstraint(
                fields=["authority", "name"],
                condition=Q(paired_at__isnull=False, revoked_at__isnull=True),
                name="screen_name_once",
                violation_error_message=_("Another screen bears this name."),
            ),
            models.CheckConstraint(
                condition=(Q(authority=None, paired_at=None, revoked_at=None, name="") & ~Q(code=""))
                | (Q(authority__isnull=False, paired_at__isnull=False, code="") & ~Q(name="")),
                name="screen_waits_or_is_paired",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.thumbprint[:8]
