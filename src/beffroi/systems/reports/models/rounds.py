"""What somebody put aside to see to, and rounds: who goes where, in which order. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.promises import Team
from beffroi.systems.reports.models.reports import Report
from beffroi.systems.reports.rules import Fixed


class Shortlisted(models.Model):
    """A report that somebody put on their own shortlist."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="shortlisted")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["Shortlisted"]]

    class Meta:
        verbose_name = _("report on a shortlist")
        constraints = [models.UniqueConstraint(fields=["person", "report"], name="report_shortlisted_once")]
        indexes = [models.Index(fields=["authority", "since"], name="report_shortlist_age")]

    def __str__(self) -> str:
        return str(self.pk)


class Round(models.Model):
    """Who of an organisation goes to see to reports that it has in charge, one after the other: a person or a team, on a day, from a
    place, and back to it when it `returns`. `minutes` are reckoned at each stop, beside the way; `submission` is the page that made it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    submission = models.UUIDField(null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    day = models.DateField(_("day"))
    starts = models.TimeField(_("leaves at"))
    place = models.CharField(_("leaves from"), max_length=160, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    returns = models.BooleanField(_("comes back there"), default=True)
    minutes = models.PositiveSmallIntegerField(_("minutes at each place"), default=15)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Round"]]

    class Meta:
        verbose_name = _("round")
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(person__isnull=True), name="report_round_one_goes"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="report_round_on_earth"
            ),
            models.CheckConstraint(condition=Q(minutes__range=(0, 240)), name="report_round_minutes"),
            models.UniqueConstraint(fields=["authority", "submission"], name="report_round_submission_once"),
        ]
        indexes = [
            models.Index(fields=["authority", "day"], name="report_rounds"),
            models.Index(fields=["organisation", "day"], name="report_rounds_of"),
            models.Index(fields=["person", "day"], condition=Q(person__isnull=False), name="report_rounds_mine"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Stop(models.Model):
    """A place of a round, in its order. How far it is comes from its report: done when that is closed, fallen out when another
    organisation has it in charge by now. `fixed`: it stays first, or last, whatever the order.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    fixed = models.CharField(max_length=5, blank=True, choices=[(one.value, one.value) for one in Fixed])
    skipped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Stop"]]

    class Meta:
        verbose_name = _("stop of a round")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "position"], name="report_stop_place", deferrable=Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=["round", "report"], name="report_stop_once"),
            models.UniqueConstraint(fields=["round", "fixed"], condition=~Q(fixed=""), name="report_stop_one_fixed"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.position}"
