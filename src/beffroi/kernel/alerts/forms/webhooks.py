"""A program that is told."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.forms import OwnedForm


class WebhookForm(OwnedForm):
    """A program that an authority has told."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("What this program is, for your colleagues: the supervision centre’s software…"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label=_("Address"),
        help_text=_(
            "It begins with https://. A program of your own network must be named in the server’s settings first."
        ),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
