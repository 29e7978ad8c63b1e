"""Why a piece of the town's equipment leaves for good: a closed list, since the register keeps the word."""

from django import forms
from django.utils.translation import gettext_lazy as _

REASONS = (
    ("broken", _("It is broken")),
    ("replaced", _("It is replaced")),
    ("stolen", _("It was stolen")),
    ("removed", _("It is not needed any more")),
)


class RetireForm(forms.Form):
    """One of them."""

    reason = forms.ChoiceField(label=_("Why"), choices=REASONS)
