"""How somebody wants to be told, and where."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.sms.number import international
from beffroi.kernel.alerts.forms import hour_field
from beffroi.kernel.alerts.models import Preference


class QuietForm(forms.Form):
    """Hours at which messages that can wait do wait."""

    quiet_starts = hour_field(_("Quiet from"), required=False)
    quiet_ends = hour_field(_("until"), required=False)
    days_off = forms.BooleanField(label=_("and on Saturdays, Sundays and public holidays, all day"), required=False)

    def clean(self) -> dict[str, object]:
        """Both hours, or none."""
        data = super().clean() or {}
        if bool(data.get("quiet_starts")) != bool(data.get("quiet_ends")) and not self.errors:
            self.add_error("quiet_ends", _("Give both hours, or none."))
        return data


class PreferenceForm(QuietForm):
    """How somebody wants to be told."""

    push = forms.BooleanField(
        label=_("Notifications on my phone and my browsers"),
        required=False,
        help_text=_("Those that you have allowed."),
    )
    sms = forms.ChoiceField(
        label=_("SMS"),
        help_text=_("To the number that you have given, if you have given one."),
        choices=Preference._meta.get_field("sms").choices or [],
        widget=forms.RadioSelect,
        required=False,
    )
    mail = forms.ChoiceField(
        label=_("E-mail"), choices=Preference._meta.get_field("mail").choices or [], widget=forms.RadioSelect
    )
    field_order = ("push", "sms", "mail", "quiet_starts", "quiet_ends", "days_off")

    def clean_sms(self) -> str:
        """Where nothing was asked, or answered, what held goes on."""
        return str(self.cleaned_data["sms"] or self.get_initial_for_field(self.fields["sms"], "sms"))


class NumberForm(forms.Form):
    """A number to be told on."""

    number = forms.CharField(
        label=_("Mobile number"),
        help_text=_("For instance 06 12 34 56 78, or +32 470 12 34 56 for a number of another country."),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": _("Type your mobile number.")},
    )

    def clean_number(self) -> str:
        """With its country, as networks write it."""
        found = international(self.cleaned_data["number"])
        if found is None:
            raise forms.ValidationError(
                _("This is not a mobile number: 06 or 07 and eight digits, or + and the country.")
            )
        return found


class CodeForm(forms.Form):
    """The code that was sent to a number."""

    code = forms.CharField(
        label=_("Code received by SMS"),
        help_text=_("Six digits. It holds for ten minutes."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}),
        error_messages={"required": _("Type the six digits of the SMS.")},
    )

    def clean_code(self) -> str:
        """Digits, whatever was typed between them."""
        return "".join(each for each in self.cleaned_data["code"] if each.isdigit())
