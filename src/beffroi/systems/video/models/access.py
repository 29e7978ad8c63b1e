"""What inhabitants ask about images of themselves; no workflow."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beffroi.systems.video.models.sites import Site
from beffroi.systems.video.rules import Answer, LetterState, Right, Told

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
    language = models.CharField(max_length=5, default="fr", db_default="fr")
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


LETTER_LABELS = [
    (LetterState.QUEUED.value, _("waits to leave by e-mail")),
    (LetterState.SENT.value, _("sent by e-mail")),
    (LetterState.PAPER.value, _("to print and post")),
    (LetterState.POSTED.value, _("posted")),
    (LetterState.DROPPED.value, _("not sent: a later letter says how it stands")),
]
TOLD_LABELS = [
    (Told.RECEIVED.value, _("the request is received")),
    (Told.LONGER.value, _("it takes longer")),
    (Told.ANSWERED.value, _("the request is answered")),
]


class AccessLetter(models.Model):
    """A letter to whoever asked: by e-mail, or printed and posted; what it says is made from the request as it stands when it leaves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="letters")
    told = models.CharField(max_length=10, choices=TOLD_LABELS)
    state = models.CharField(max_length=10, choices=LETTER_LABELS)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["AccessLetter"]]

    class Meta:
        verbose_name = _("letter to whoever asked about images")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=LetterState.QUEUED.value), name="access_letter_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=LetterState.QUEUED.value, due_at__isnull=False)
                | ~Q(state=LetterState.QUEUED.value) & Q(due_at__isnull=True),
                name="access_letter_queued_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[LetterState.SENT.value, LetterState.POSTED.value], gone_at__isnull=False)
                | ~Q(state__in=[LetterState.SENT.value, LetterState.POSTED.value]) & Q(gone_at__isnull=True),
                name="access_letter_gone_then",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
