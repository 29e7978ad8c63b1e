"""The code of a sheet."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SealedCodeForm(forms.Form):
    """One code, as it is printed."""

    code = forms.CharField(
        label=_("Code of the sheet in the safe"),
        help_text=_("Sixteen letters and figures. Each code works once: cross it out."),
        max_length=60,
        widget=forms.TextInput(
            attrs={"class": "code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
