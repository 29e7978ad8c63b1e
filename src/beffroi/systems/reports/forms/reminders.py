"""When whoever handles reports is written to of what stands still."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.queries.settings import DAYS

LONGEST_DAYS = 365


class ReminderForm(forms.Form):
    """Day and patience."""

    day = forms.TypedChoiceField(
        label=_("Day of the letter"),
        choices=[("", _("never: no letter")), *DAYS],
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_(
            "At seven in the morning, to your agents and to the desks of partners that have something standing still."
        ),
    )
    days = forms.IntegerField(
        label=_("Days without news"),
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("A report stands still when nobody who handles it has done or said anything for so long."),
    )
