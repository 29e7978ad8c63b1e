"""Days and moments as forms ask for them: in the browser's own calendar, and near enough that every clock can count with them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A text of law may be two centuries old. Beyond, a year is a slip of the hand, and the ends of the calendar can't be counted from.
FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2199


def within_reach(day: date) -> bool:
    """Whether days, weeks and time zones can be counted from it."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _check(day: date | None) -> None:
    if day is not None and not within_reach(day):
        raise ValidationError(_("Check the year: it is too far away."), code="year")


class DayInput(forms.DateInput):
    """A browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day."""

    widget = DayInput

    def validate(self, value: date | None) -> None:
        """Not so far away that nothing can be counted from it."""
        super().validate(value)
        _check(value)


class MomentField(forms.DateTimeField):
    """A date and a time of the authority's own clock."""

    def validate(self, value: datetime | None) -> None:
        """As a day."""
        super().validate(value)
        _check(value)


def day_field(label: "str | _StrPromise", hint: "str | _StrPromise" = "", *, required: bool = True) -> DayField:
    """A day, as browsers ask for it."""
    return DayField(label=label, help_text=hint, required=required)


def moment_field(label: "str | _StrPromise", hint: "str | _StrPromise" = "", *, required: bool = True) -> MomentField:
    """A date and a time, as browsers ask for them."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    return MomentField(label=label, help_text=hint, widget=widget, input_formats=formats, required=required)
