"""Whoever is told of a report, whoever is written to mend it, and the letters on their way to them. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.models.promises import Team
from beffroi.systems.reports.models.reports import Report
from beffroi.systems.reports.models.subscriptions import Subscription
from beffroi.systems.reports.rules import (
    LetterKind,
    LetterState,
)


class Follower(models.Model):
    """Who is told of a report's outcomes: a person, or an address of somebody without an account, which is told nothing before it was
    confirmed. `too`: they said "me too". `answered_at`: when they last said whether it is mended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="followers")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=5, default="fr")
    too = models.BooleanField(default=False)
    since = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Follower"]]

    class Meta:
        verbose_name = _("follower of a report")
        constraints = [
            models.UniqueConstraint(
                fields=["report", "person"], condition=Q(person__isnull=False), name="report_follower_once"
            ),
            models.UniqueConstraint(
                fields=["report", "email"], condition=~Q(email=""), name="report_follower_email_once"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, email="") | (Q(person__isnull=True) & ~Q(email="")),
                name="report_follower_is_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Errand(models.Model):
    """A report that a team was written of, at that address: while it has it in charge, its link answers. `ended_at`: by another address,
    by somebody who ended the link, or by another who has it in charge.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="errands")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="errands")
    email = models.EmailField(_("e-mail"))
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Errand"]]

    class Meta:
        verbose_name = _("report that a team was written of")
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(ended_at__isnull=True), name="report_errand_one_in_charge"
            ),
        ]
        indexes = [
            models.Index(fields=["team"], condition=Q(ended_at__isnull=True), name="report_errand_of_team"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Letter(models.Model):
    """A letter to a follower, to whoever mends or to a subscriber, on its way: it tells what happened from `since` until it first left, at
    `until`. What happens before it leaves goes into the same one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    follower = models.ForeignKey(Follower, on_delete=models.CASCADE, null=True, blank=True, related_name="letters")
    errand = models.ForeignKey(Errand, on_delete=models.CASCADE, null=True, blank=True, related_name="letters")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, null=True, blank=True, related_name="letters"
    )
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in LetterKind])
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in LetterState],
        default=LetterState.QUEUED.value,
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["Letter"]]

    class Meta:
        verbose_name = _("letter about a report")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=LetterState.QUEUED.value, due_at__isnull=False)
                | (~Q(state=LetterState.QUEUED.value) & Q(due_at__isnull=True)),
                name="report_letter_queued_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["follower", "kind"],
                condition=Q(state=LetterState.QUEUED.value, attempts=0),
                name="report_letter_one_waits",
            ),
            models.UniqueConstraint(
                fields=["errand", "kind"],
                condition=Q(state=LetterState.QUEUED.value, attempts=0),
                name="report_letter_one_waits_errand",
            ),
            models.UniqueConstraint(
                fields=["subscription", "kind"],
                condition=Q(state=LetterState.QUEUED.value, attempts=0),
                name="report_letter_one_waits_news",
            ),
            models.CheckConstraint(
                condition=Q(follower__isnull=False, errand__isnull=True, subscription__isnull=True)
                | Q(follower__isnull=True, errand__isnull=False, subscription__isnull=True)
                | Q(follower__isnull=True, errand__isnull=True, subscription__isnull=False),
                name="report_letter_goes_to_one",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="report_letter_queue"),
            models.Index(fields=["authority", "since"], name="report_letter_age"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id or self.errand_id} {self.kind}"
