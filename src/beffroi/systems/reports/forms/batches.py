"""What one act on several reports is told, where it isn't as for one."""

from collections.abc import Sequence
from typing import TypeVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.actions.handling import Said
from beffroi.systems.reports.models import PRIORITY_LABELS, Wording
from beffroi.systems.reports.rules import LONGEST_TEXT, Priority

F = TypeVar("F", bound=forms.Form)


def with_answers(form: F, answers: Sequence[Wording]) -> F:
    """The form, with the ready-made answers to choose from before its words: the chosen one is said where no words are typed. What it
    leaves blank is filled in for each report.
    """
    if not answers or "text" not in form.fields:
        return form
    form.fields["wording"] = forms.ChoiceField(
        label=_("Ready-made answer"),
        required=False,
        choices=[("", _("none: your own words")), *((str(row.pk), row.label) for row in answers)],
        help_text=_("Said of each, where you type no words of your own."),
    )
    order = [name for name in form.fields if name != "wording"]
    order.insert(order.index("text"), "wording")
    form.order_fields(order)
    if isinstance(form.data, QueryDict) and not form.data.get("text", "").strip():
        chosen = next((row for row in answers if str(row.pk) == form.data.get("wording")), None)
        data = form.data.copy()
        data["text"] = chosen.text if chosen else ""
        form.data = data
    # It may come from the answer that is chosen: the page lets an empty one through.
    form.fields["text"].widget.is_required = False
    return form


class WordsOfAllForm(forms.Form):
    """They are mended: the same words say so of each."""

    text = forms.CharField(
        label=_("What was done"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who follows one of them reads it."),
    )

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"])


class PriorityForm(forms.Form):
    """How soon they must be seen to."""

    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=PRIORITY_LABELS,
        coerce=lambda value: Priority(int(value)),
        widget=forms.RadioSelect,
        help_text=_("Clocks may become shorter, never longer: this is not undone."),
    )


class IntoForm(forms.Form):
    """Which of them goes on."""

    into = forms.ChoiceField(
        label=_("The one that goes on"),
        help_text=_("Whoever follows the others follows this one then."),
    )

    def __init__(self, *args: object, rows: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        field = self.fields["into"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(rows)
