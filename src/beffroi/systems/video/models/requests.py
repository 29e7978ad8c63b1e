"""Requests to look at cameras, and the alerts that a building's manager gives; no workflow. The right itself is the kernel's."""

import uuid
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.video.models.sites import Entrance, Site

# Of what a manager says, at all presses together.
WORDS: Final = 2000


class Call(models.Model):
    """A building's manager gave the alert: officers are told, and one of them may ask for the images. `unanswered_at`: nobody had."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    entrance = models.ForeignKey(Entrance, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    words = models.TextField(_("what happens"), max_length=WORDS, blank=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    unanswered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Call"]]

    class Meta:
        verbose_name = _("manager’s alert")
        constraints = [
            # A second press for the same part while the first waits is the same alert.
            models.UniqueConstraint(
                fields=["authority", "site", "entrance"],
                condition=Q(answered_at__isnull=True, unanswered_at__isnull=True),
                nulls_distinct=False,
                name="call_one_waiting_a_place",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Request(models.Model):
    """What an officer asked for: the right that the kernel gave (`grant`), the group of cameras, and what stays out of the register.

    `earlier`: the request that this one goes on from. `asks_at`: "still intervening?" is next asked then; `still_since`: the countdown
    began then, and nobody has acted since. `unconfirmed_at`: an emergency that nobody on call confirmed by then. `submission`: the form
    that made it, as it was filled in: sent twice, it is one request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    grant = models.UUIDField(unique=True)
    convention = models.UUIDField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    entrance = models.ForeignKey(Entrance, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", on_delete=models.PROTECT, related_name="+")
    receiving = models.ForeignKey(
        "territory.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.UUIDField()
    emergency = models.BooleanField(_("emergency"), default=False)
    circumstances = models.TextField(_("circumstances"), max_length=2000, blank=True)
    procedure = models.CharField(_("procedure’s reference"), max_length=60, blank=True)
    asked = models.DurationField(_("duration asked for"))
    asked_at = models.DateTimeField()
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests")
    earlier = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="later")
    submission = models.UUIDField(null=True, blank=True)
    asks_at = models.DateTimeField(null=True, blank=True)
    still_since = models.DateTimeField(null=True, blank=True)
    unconfirmed_at = models.DateTimeField(null=True, blank=True)
    justification = models.TextField(_("justification"), max_length=4000, blank=True)
    justified_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Request"]]

    class Meta:
        verbose_name = _("request for images")
        indexes = [models.Index(fields=["authority", "-asked_at"], name="video_request_latest")]
        constraints = [
            models.UniqueConstraint(fields=["authority", "id"], name="video_request_scoped"),
            models.UniqueConstraint(fields=["authority", "person", "submission"], name="video_request_submitted_once"),
            models.CheckConstraint(
                condition=Q(justified_at__isnull=True, justification="")
                | Q(justified_at__isnull=False) & ~Q(justification=""),
                name="video_request_justified_in_words",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
