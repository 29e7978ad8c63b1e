"""What people fill in about devices."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.devices.models import ConditionState
from beffroi.protocol.v1.strictjson import MAX_INTEGER

STATES = (
    ("", _("In service and waiting")),
    (ConditionState.DOWN.value, _("Silent")),
    (ConditionState.LATE.value, _("Late")),
    (ConditionState.WELL.value, _("In order")),
    ("holes", _("Part of the log is missing")),
    ("weak", _("Battery nearly empty")),
    ("waiting", _("Not in service yet")),
    ("retired", _("Out of service")),
)


class SearchForm(forms.Form):
    """Finding a device."""

    q = forms.CharField(
        label=_("Name written on it"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)


class AgainForm(forms.Form):
    """Which events a device should send again."""

    first = forms.IntegerField(label=_("From event"), min_value=1, max_value=MAX_INTEGER)
    last = forms.IntegerField(label=_("To event"), min_value=1, max_value=MAX_INTEGER)

    def clean(self) -> dict[str, int]:
        """The first comes first."""
        data: dict[str, int] = super().clean() or {}
        if data.get("first", 1) > data.get("last", MAX_INTEGER):
            self.add_error("last", _("The last event comes after the first."))
        return data
