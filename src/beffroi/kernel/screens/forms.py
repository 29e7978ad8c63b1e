"""What is filled in to pair a screen."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.screens.rules import NAME_LENGTH
from beffroi.kernel.territory.forms import OwnedForm


class PairingForm(OwnedForm):
    """The code that the screen shows, and where the screen hangs."""

    code = forms.CharField(
        label=_("Code that the screen shows"),
        help_text=_("Only of a screen that you can see: whoever has it will see what you see."),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )
    name = forms.CharField(
        label=_("Name of the screen"),
        help_text=_("Where it hangs: “Supervision centre, left wall”…"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
