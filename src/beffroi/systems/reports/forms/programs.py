"""What an administrator says of a program that may report."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ProgramForm(forms.Form):
    """Another program."""

    name = forms.CharField(
        label=_("Name of the program"),
        help_text=_("Whose it is, or what it does: “Neighbouring town”, “Application of the département”."),
        max_length=80,
    )
