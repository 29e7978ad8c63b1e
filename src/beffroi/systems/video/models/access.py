"""What inhabitants ask about images of themselves; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.video.models.sites import Site
from beffroi.systems.video.rules import Answer, Right

RIGHT_LABELS = [
    (Right.ACCESS.value, _("see the images, or know that none is kept")),
    (Right.ERASURE.value, _("have images erased")),
    (Right.OBJECTION.value, _("object to being filmed there")),
]
ANSWER_LABELS = [
    (Answer.GIVEN.value, _("Given: what was asked for was done")),
    (Answer.NOTHING_KEPT.value, _("Nothing is kept: there is no image to give or erase")),
    (Answer.REFUSED.value, _("Refused, for the reason below")),
]


class AccessRequest(models.Model):
    """Somebody's request about images of themselves at a site, its clock (RGPD, article 12) and its answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    right = models.CharField(_("what you want"), max_length=10, choices=RIGHT_LABELS)
    name = models.CharField(_("first name and name"), max_length=120)
    contact = models.CharField(_("e-mail or postal address"), max_length=200)
    words = models.TextField(_("when and where you were filmed"), max_length=2000)
    submission = models.UUIDField(null=True, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True, blank=True)
    extended_why = models.TextField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=20, choices=ANSWER_LABELS, blank=True)
    said = models.TextField(_("in words"), max_length=2000, blank=True)

    objects: ClassVar[models.Manager["AccessRequest"]]

    class Meta:
        verbose_name = _("access request")
        indexes = [models.Index(fields=["authority", "answered_at", "due_at"], name="access_request_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["authority", "submission"], name="access_request_submitted_once"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="access_request_answered_so",
            ),
            models.CheckConstraint(
                condition=~Q(answer=Answer.REFUSED.value) | ~Q(said=""),
                name="access_request_refused_in_words",
                violation_error_message=_("A refusal says why, in words."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
