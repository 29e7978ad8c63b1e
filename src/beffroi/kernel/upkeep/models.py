"""Troubles of an installation, and what its sheets of the degraded mode hold; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.models import Authority
from beffroi.persistence.checkup import State


class Trouble(models.Model):
    """A finding that wasn't well: from when it was first seen until it was seen no more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    code = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=[(State.WARNING.value, "warning"), (State.BAD.value, "bad")])
    since = models.DateTimeField()
    worse_at = models.DateTimeField(help_text="since when it is in this state")
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Trouble"]]

    class Meta:
        verbose_name = _("trouble of the installation")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "authority"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="upkeep_trouble_live_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.WARNING.value, State.BAD.value]), name="upkeep_trouble_state"
            ),
        ]
        indexes = [models.Index(fields=["ended_at"], name="upkeep_trouble_ended")]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class Sheet(models.Model):
    """What an authority wrote for its degraded mode, and when it was last printed with which content."""

    authority = models.OneToOneField(Authority, on_delete=models.PROTECT, primary_key=True, related_name="+")
    keys = models.TextField(
        _("where the keys and the sealed envelopes are"),
        max_length=1000,
        blank=True,
        help_text=_(
            "Mechanical keys of the cabinets, roots on paper, the administrator’s sealed envelope; who has a key of the safe."
        ),
    )
    first = models.TextField(
        _("what to do first"),
        max_length=1000,
        blank=True,
        help_text=_("Who goes to see the server, where it stands, who may be called at night."),
    )
    calls = models.TextField(
        _("whom to call"),
        max_length=2000,
        blank=True,
        help_text=_("One a line: the post, the number, when. “On-call technical team: 01 60 00 00 00, day and night”"),
    )
    printed_at = models.DateTimeField(null=True, blank=True)
    printed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["Sheet"]]

    class Meta:
        verbose_name = _("sheet of the degraded mode")

    def __str__(self) -> str:
        return f"sheet of {self.authority_id}"
