"""What an administrator says of a value that the provider says of people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.directory.forms import GivingForm
from beffroi.kernel.directory.rules import LONGEST_GROUP


class ValueForm(GivingForm):
    """The value as the provider writes it, what people call it, and the role that it gives."""

    value = forms.CharField(
        label=_("Value"),
        max_length=LONGEST_GROUP,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    label = forms.CharField(label=_("What you call it"), max_length=120)
    field_order = ("value", "label", "gives")

    def __init__(self, *args: Any, siret: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._siret = siret
        self.fields["value"].help_text = (
            _("The SIRET number of your town hall: 14 figures. Whoever it employs has the role.")
            if siret
            else _("Letter for letter as the provider writes it: a group’s name, or Microsoft’s identifier of it.")
        )

    def clean_value(self) -> str:
        """A SIRET is 14 figures, however they were spaced."""
        value: str = self.cleaned_data["value"]
        if not self._siret:
            return value
        figures = "".join(value.split())
        if len(figures) != 14 or not (figures.isascii() and figures.isdigit()):  # noqa: PLR2004 - what a SIRET is
            raise forms.ValidationError(_("A SIRET number has 14 figures."))
        return figures
