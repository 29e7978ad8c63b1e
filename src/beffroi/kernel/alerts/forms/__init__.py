"""What people fill in about audiences, rosters, steps, programs and how they are told."""

from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def hour_field(label: "str | _StrPromise", *, required: bool = True, hint: "str | _StrPromise" = "") -> forms.TimeField:
    """An hour of the wall clock."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=required, help_text=hint, widget=widget)
