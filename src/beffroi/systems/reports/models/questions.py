"""What is asked of a kind of fault, besides where it is. Fields and constraints, no workflow."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.systems.reports.models.promises import Category

CODE = RegexValidator(r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$")


class Answer(models.TextChoices):
    """How a question is answered: the names are Open311's."""

    TEXT = "text", pgettext_lazy("an answer", "words")
    NUMBER = "number", pgettext_lazy("an answer", "a number")
    MOMENT = "datetime", pgettext_lazy("an answer", "a date and time")
    ONE = "singlevaluelist", pgettext_lazy("an answer", "one of a list")
    SEVERAL = "multivaluelist", pgettext_lazy("an answer", "several of a list")


class Question(models.Model):
    """A question to whoever reports a kind of fault. Its `code` names the answer in a report and in Open311, and never changes; `choices`
    are pairs of a key and what is read, for questions with a list.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey("territory.Authority", on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="questions")
    code = models.CharField(_("code"), max_length=40, validators=[CODE])
    label = models.CharField(_("question"), max_length=160)
    hint = models.CharField(_("what helps to answer"), max_length=160, blank=True)
    kind = models.CharField(_("answered by"), max_length=16, choices=Answer.choices)
    required = models.BooleanField(_("must be answered"), default=False)
    choices = models.JSONField(default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=50)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Question"]]

    class Meta:
        verbose_name = _("question of a category")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "code"],
                name="report_question_once",
                violation_error_message=_("Another question of this kind of fault has this code."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("singlevaluelist", "multivaluelist")) & ~Q(choices=[])
                | ~Q(kind__in=("singlevaluelist", "multivaluelist")) & Q(choices=[]),
                name="report_question_choices",
            ),
        ]

    def __str__(self) -> str:
        return self.label
