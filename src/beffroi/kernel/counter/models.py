"""Mandates, and whom an authority's counter knows."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.counter.rules import LONGEST, Ending, Why

WHY_LABELS = {
    Why.IN_PERSON: _("asked in person"),
    Why.BY_PHONE: _("asked by telephone"),
    Why.IN_WRITING: _("gave a written mandate"),
}
ENDING_LABELS = {
    Ending.DONE: _("ended by the agent"),
    Ending.TIME: _("its time was over"),
    Ending.REPLACED: _("another one began"),
    Ending.CLOSED: _("the account was closed"),
    Ending.POST: _("the agent’s post ended"),
    Ending.LEFT: _("the agent logged out"),
}


class Mandate(models.Model):
    """An agent of an authority acts for a person, from then to then. Lives in one session of the agent's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="mandates", verbose_name=_("authority")
    )
    agent = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="mandates_held", verbose_name=_("agent")
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="mandates_given", verbose_name=_("person")
    )
    why = models.CharField(
        _("how the person asked"), max_length=20, choices=[(why.value, label) for why, label in WHY_LABELS.items()]
    )
    identity_seen = models.BooleanField(_("proof of identity seen"))
    began_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ending = models.CharField(
        _("how it ended"),
        max_length=20,
        blank=True,
        choices=[(ending.value, label) for ending, label in ENDING_LABELS.items()],
    )

    objects: ClassVar[models.Manager["Mandate"]]

    class Meta:
        verbose_name = _("mandate")
        constraints = [
            models.UniqueConstraint(
                fields=["agent"], condition=Q(ended_at=None), name="mandate_one_at_a_time_for_an_agent"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("began_at"), until__lte=F("began_at") + LONGEST), name="mandate_lasts_an_hour"
            ),
            models.CheckConstraint(condition=~Q(agent=F("person")), name="mandate_for_somebody_else"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__gte=F("began_at")) & ~Q(ending="")),
                name="mandate_ends_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["person", "began_at"], name="mandate_of_person")]

    def __str__(self) -> str:
        return str(self.id)


class Inhabitant(models.Model):
    """A person whom an authority's counter knows: it served them, or made their account. What the counter may find by name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        "territory.Authority", on_delete=models.PROTECT, related_name="inhabitants", verbose_name=_("authority")
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="known_at", verbose_name=_("person")
    )
    served_at = models.DateTimeField(_("last served"))

    objects: ClassVar[models.Manager["Inhabitant"]]

    class Meta:
        verbose_name = _("inhabitant")
        constraints = [models.UniqueConstraint(fields=["authority", "person"], name="inhabitant_known_once")]

    def __str__(self) -> str:
        return str(self.person_id)
