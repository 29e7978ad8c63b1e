"""What staff say of a photo: what is hidden on it, whether others see it; and why they open an original."""

import json

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.lib.hiding import Area
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.rules import PhotoState, Unsealing

MOST_DRAWN = 20
_SIDES = 4
REASONS = [
    (Unsealing.MENDING.value, _("What is shown isn’t clear enough to mend")),
    (Unsealing.DISPUTE.value, _("What it shows is disputed")),
    (Unsealing.JUSTICE.value, _("The justice, or the police under its orders, asks for it")),
    (Unsealing.ACCESS.value, _("A person who is on it asks for it: their own right")),
]


class CheckForm(forms.Form):
    """One photo, as it was when staff looked at it."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[(state.value, state.value) for state in PhotoState], widget=forms.HiddenInput)
    areas = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    act = forms.ChoiceField(choices=[("show", "show"), ("refuse", "refuse")])

    def clean(self) -> dict[str, object]:
        """With what was drawn, in fractions of the photo; what lies outside of it is nothing."""
        data = super().clean() or {}
        try:
            data["drawn"] = _areas(self.cleaned_data.get("areas") or "[]")
        except (ValueError, OverflowError, RecursionError):
            self.add_error(None, _now("What is hidden could not be read: draw it again."))
        return data

    def seen(self, photo: Photo) -> Photo:
        """The photo that staff looked at, which may be another by now."""
        return Photo(
            pk=photo.pk,
            authority_id=photo.authority_id,
            version=self.cleaned_data["version"],
            state=self.cleaned_data["state"],
        )


def _areas(text: str) -> list[Area]:
    drawn = json.loads(text)
    if not isinstance(drawn, list) or len(drawn) > MOST_DRAWN or not all(_is_area(one) for one in drawn):
        raise ValueError("no areas")
    areas = [Area.drawn(*(float(side) for side in one)) for one in drawn]
    return [area for area in areas if area is not None]


def _is_area(one: object) -> bool:
    return (
        isinstance(one, list)
        and len(one) == _SIDES
        and all(isinstance(side, int | float) and not isinstance(side, bool) for side in one)
    )


class OriginalForm(forms.Form):
    """Why an original is opened."""

    reason = forms.ChoiceField(label=_("Why"), choices=[("", _("choose")), *REASONS])
