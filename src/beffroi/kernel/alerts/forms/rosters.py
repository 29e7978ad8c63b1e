"""What people fill in about rosters, their hours and their exceptions."""

from datetime import date, time
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.forms import hour_field
from beffroi.kernel.alerts.rules import HOLIDAY
from beffroi.kernel.territory.forms import OwnedForm
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.persistence.days import day_field, moment_field

DAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
    (HOLIDAY, _("Public holidays")),
)


class RosterForm(forms.Form):
    """A roster's name, and what it promises."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("For instance: police on call"))
    continuous = forms.BooleanField(
        label=_("Somebody at every hour"),
        required=False,
        initial=True,
        help_text=_("Otherwise only the hours written down are expected to be held."),
    )
    holidays_apart = forms.BooleanField(
        label=_("Public holidays have hours of their own"),
        required=False,
        help_text=_("Otherwise a public holiday is a day like the others."),
    )
    phone = forms.CharField(
        label=_("Telephone of the post"),
        max_length=30,
        required=False,
        help_text=_("Where whoever is on duty answers. It stands on the sheet of the degraded mode."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class NewRosterForm(OwnedForm, RosterForm):
    """A roster to draw up."""


class SlotForm(ChoosingForm):
    """Somebody's hours, the same on several days of the week."""

    person = ChosenField(label=_("Person"))
    days = forms.TypedMultipleChoiceField(
        label=_("Days"), coerce=int, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    starts = hour_field(_("From"))
    ends = hour_field(_("Until"), hint=_("The next day when it is not later; the same hour makes a whole day."))
    first = day_field(_("From the day"))
    last = day_field(_("To the day"), _("Empty: until further notice"), required=False)

    def __init__(self, *args: object, people: QuerySet[Person], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("person", Among(people))
        self.fields["first"].initial = today
        self.fields["starts"].initial, self.fields["ends"].initial = time(8), time(20)

    def clean(self) -> dict[str, object]:
        """Days in their order."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end comes before the beginning."))
        return data


class SwapForm(ChoosingForm):
    """An exception: somebody leaves, somebody takes their place, or comes besides."""

    starts = moment_field(_("From"))
    ends = moment_field(_("Until"))
    leaves = ChosenField(label=_("Who leaves"), required=False)
    takes = ChosenField(label=_("Who takes their place"), required=False)

    def __init__(self, *args: object, people: QuerySet[Person], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for name in ("leaves", "takes"):
            self.choose(name, Among(people), none=_("nobody"))

    def clean(self) -> dict[str, object]:
        """A time that has a length, and at least one person."""
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end comes before the beginning."))
        if not data.get("leaves") and not data.get("takes"):
            self.add_error("takes", _("Name who leaves, who takes their place, or both."))
        elif data.get("leaves") == data.get("takes"):
            self.add_error("takes", _("This is the same person."))
        return data

    def person(self, name: str) -> UUID | None:
        """Who was chosen."""
        value = self.cleaned_data[name]
        return UUID(value) if value else None
