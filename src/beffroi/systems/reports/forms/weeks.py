"""When the services work: two halves of each day, and whose public holidays are kept."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.forms import hour_field
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.queries.settings import DAYS
from beffroi.systems.reports.queries.weeks import PLACES, holds, working

HALVES: Final = (("am", _("morning")), ("pm", _("afternoon")))
Openings = list[tuple[int, time, time]]


class WeekForm(forms.Form):
    """A working week."""

    subdivision = forms.ChoiceField(
        label=_("Public holidays"),
        required=False,
        choices=[("", _("as the installation keeps them")), *PLACES],
        help_text=_("Besides those of all of France: those of Alsace and Moselle, or of overseas."),
    )

    def __init__(self, *args: object, longest: int, **kwargs: object) -> None:
        """`longest`: the longest promise in working hours that it must keep."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.longest = longest
        for day, name in DAYS:
            for half, words in HALVES:
                told = {"day": name, "half": words}
                opens = hour_field(_now("%(day)s %(half)s, from") % told, required=False)
                closes = hour_field(_now("%(day)s %(half)s, until") % told, required=False)
                for field in (opens, closes):
                    field.widget.attrs["aria-label"] = field.label
                self.fields[f"opens-{day}-{half}"], self.fields[f"closes-{day}-{half}"] = opens, closes

    def clean(self) -> dict[str, object]:
        """Both hours or neither; they follow one another; something is open."""
        said = super().clean() or {}
        for day, _name in DAYS:
            last: time | None = None
            for half, _words in HALVES:
                last = self._half(said, f"{day}-{half}", last)
        if not self.errors and not self.openings():
            self.add_error(None, _("A week without a single hour keeps no promise: say when somebody is there."))
        elif not self.errors and not holds(working(self.openings(), str(said["subdivision"])), self.longest, utc_now()):
            self.add_error(None, _("These are too few hours: what you promise would not be over in ten years."))
        return said

    def _half(self, said: dict[str, object], key: str, last: time | None) -> time | None:
        opens, closes = said.get(f"opens-{key}"), said.get(f"closes-{key}")
        if not isinstance(opens, time) or not isinstance(closes, time):
            if bool(opens) != bool(closes):
                self.add_error(f"closes-{key}", _("Give both hours, or neither."))
            return last
        if closes <= opens:
            self.add_error(f"closes-{key}", _("It ends before it begins."))
        elif last is not None and opens < last:
            self.add_error(f"opens-{key}", _("The afternoon begins before the morning ends."))
        return closes

    def openings(self) -> Openings:
        """The half days, once it is valid."""
        said = self.cleaned_data
        return [
            (int(day), said[f"opens-{day}-{half}"], said[f"closes-{day}-{half}"])
            for day, _name in DAYS
            for half, _words in HALVES
            if said.get(f"opens-{day}-{half}")
        ]

    def days(self) -> list[tuple[object, list[tuple[forms.BoundField, forms.BoundField]]]]:
        """The fields of each day, for the page."""
        return [
            (name, [(self[f"opens-{day}-{half}"], self[f"closes-{day}-{half}"]) for half, _words in HALVES])
            for day, name in DAYS
        ]


def week_values(openings: Sequence[tuple[int, time, time]], subdivision: str) -> dict[str, object]:
    """What the form begins with: a single span of a day stands in the half in which it begins."""
    values: dict[str, object] = {"subdivision": subdivision}
    for day, opens, closes in openings:
        taken = f"opens-{day}-am" in values
        half = "pm" if taken or opens >= time(12) else "am"
        values |= {f"opens-{day}-{half}": opens, f"closes-{day}-{half}": closes}
    return values
