"""Whom a second factor is demanded of, and from which day."""

from datetime import date
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.factors.rules import LONGEST, Scope
from beffroi.persistence.days import day_field

CHOICES = (
    (Scope.NOBODY.value, _("Nobody: each decides for themselves")),
    (Scope.ADMINISTRATORS.value, _("Administrators")),
    (
        Scope.OTHERS.value,
        _("Everybody who sees what concerns others: administrators, agents, operators, dispatchers, elected officials"),
    ),
)


class DemandForm(forms.Form):
    """What an administrator says."""

    scope = forms.ChoiceField(label=_("Who logs in with a second factor"), choices=CHOICES, widget=forms.RadioSelect)
    begins = day_field(
        _("From which day"), _("Until then they log in as they do, and a banner says how many days are left")
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.today = today
        # A page that names nobody needs no day: it is asked for as soon as somebody is named.
        self.fields["begins"].required = self.data.get("scope") != Scope.NOBODY.value

    def clean(self) -> dict[str, object]:
        """A day, from today on, where somebody is named."""
        told = cast("dict[str, object]", super().clean())
        day, scope = cast("date | None", told.get("begins")), told.get("scope")
        if scope in (None, Scope.NOBODY.value):
            return told
        if day is not None and day < self.today:
            self.add_error("begins", _("This day is past: today is the earliest."))
        elif day is not None and day > self.today + LONGEST:
            self.add_error("begins", _("This is more than 180 days away: nobody would remember it."))
        return told
