"""What is filled in when a report becomes something else."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.rules import LONGEST_TEXT


class OrderAskForm(forms.Form):
    """Which firm is asked for a work order, and what for in words."""

    firm = forms.ChoiceField(label=_("Firm"))
    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only for those who handle the report: name nobody."),
    )

    def __init__(self, *args: object, firms: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        field = self.fields["firm"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(firms)


class SureForm(forms.Form):
    """Nothing to fill in: the act says it all."""
