"""What people fill in about audiences, rosters, steps and their own quiet hours."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.models import ROLES, Preference
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.rules import HOLIDAY
from beffroi.kernel.grants.forms import moment_field

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Groups = Sequence[tuple[str, Sequence[tuple[str, str]]]]

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
STEPS = 5
A_DAY_OF_MINUTES = 1440


def _day(label: "str | _StrPromise", *, required: bool, hint: "str | _StrPromise" = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget)


def _hour(label: "str | _StrPromise", *, required: bool = True, hint: "str | _StrPromise" = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=required, help_text=hint, widget=widget)


class AudienceForm(forms.Form):
    """An audience's name, and the convention it belongs to if it does."""

    name = forms.CharField(label=_("Name"), max_length=120)
    convention = forms.ChoiceField(
        label=_("Belongs to a convention"),
        required=False,
        help_text=_("Its people are then told of the alerts of that convention."),
    )

    def __init__(self, *args: object, conventions: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        choices = [("", _("no convention")), *((str(pk), title) for pk, title in conventions)]
        self.fields["convention"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def chosen(self) -> UUID | None:
        """The convention, if one was chosen."""
        value = self.cleaned_data["convention"]
        return UUID(value) if value else None


class LineForm(forms.Form):
    """One more line of an audience."""

    whom = forms.ChoiceField(label=_("Whom"))
    role = forms.ChoiceField(
        label=_("In this role"),
        required=False,
        choices=[("", _("everybody")), *ROLES],
        help_text=_("Only for the people of an organisation."),
    )

    def __init__(self, *args: object, whom: Groups, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["whom"].choices = [group for group in whom if group[1]]  # type: ignore[attr-defined]  # a ChoiceField


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


class SlotForm(forms.Form):
    """Somebody's hours, the same on several days of the week."""

    person = forms.ChoiceField(label=_("Person"))
    days = forms.TypedMultipleChoiceField(
        label=_("Days"), coerce=int, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    starts = _hour(_("From"))
    ends = _hour(_("Until"), hint=_("The next day when it is not later; the same hour makes a whole day."))
    first = _day(_("From the day"), required=True)
    last = _day(_("To the day"), required=False, hint=_("Empty: until further notice"))

    def __init__(self, *args: object, people: Iterable[tuple[UUID, str]], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["person"].choices = [(str(pk), name) for pk, name in people]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["first"].initial = today
        self.fields["starts"].initial, self.fields["ends"].initial = time(8), time(20)

    def clean(self) -> dict[str, object]:
        """Days in their order."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end comes before the beginning."))
        return data


class SwapForm(forms.Form):
    """An exception: somebody leaves, somebody takes their place, or comes besides."""

    starts = moment_field(_("From"))
    ends = moment_field(_("Until"))
    leaves = forms.ChoiceField(label=_("Who leaves"), required=False)
    takes = forms.ChoiceField(label=_("Who takes their place"), required=False)

    def __init__(self, *args: object, people: Sequence[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        choices = [("", _("nobody")), *((str(pk), name) for pk, name in people)]
        for name in ("leaves", "takes"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

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


class StepsForm(forms.Form):
    """Who is told of a kind of alert, in which order; an empty line ends the list."""

    def __init__(self, *args: object, whom: Groups, steps: Sequence[Rung] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        choices = [("", _("nobody else")), *(group for group in whom if group[1])]
        for number in range(1, STEPS + 1):
            rung = steps[number - 1] if number <= len(steps) else None
            self.fields[f"whom_{number}"] = forms.ChoiceField(
                label=_("Step %(number)s tells") % {"number": number},
                required=number == 1,
                choices=choices,
                initial=_value(rung) if rung else "",
            )
            self.fields[f"wait_{number}"] = forms.IntegerField(
                label=_("and waits (minutes)"),
                required=False,
                min_value=1,
                max_value=A_DAY_OF_MINUTES,
                initial=int(rung.wait.total_seconds() // 60) if rung and rung.wait else None,
                help_text=_("Empty: nobody has to answer, and it stops there."),
            )

    def clean(self) -> dict[str, object]:
        """A step that nobody has to answer is the last one."""
        data = super().clean() or {}
        rows = [number for number in range(1, STEPS + 1) if data.get(f"whom_{number}")]
        for number, after in itertools.pairwise(rows):
            if data.get(f"wait_{number}") is None and f"wait_{number}" not in self.errors:
                self.add_error(f"wait_{number}", _("Say how long, or step %(after)s is never told.") % {"after": after})
        return data

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The two fields of each step, for the template."""
        return [(self[f"whom_{number}"], self[f"wait_{number}"]) for number in range(1, STEPS + 1)]

    def rungs(self) -> list[Rung]:
        """The steps, those that are filled in."""
        found = []
        for number in range(1, STEPS + 1):
            kind, _separator, value = self.cleaned_data[f"whom_{number}"].partition(":")
            if not value:
                continue
            minutes = self.cleaned_data[f"wait_{number}"]
            wait = None if minutes is None else timedelta(minutes=minutes)
            found.append(Rung(UUID(value) if kind == "audience" else None, "" if kind == "audience" else value, wait))
        return found


def _value(rung: Rung) -> str:
    return f"audience:{rung.audience}" if rung.audience else f"target:{rung.target}"


class QuietForm(forms.Form):
    """Hours at which messages that can wait do wait."""

    quiet_starts = _hour(_("Quiet from"), required=False)
    quiet_ends = _hour(_("until"), required=False)
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
    mail = forms.ChoiceField(
        label=_("E-mail"), choices=Preference._meta.get_field("mail").choices or [], widget=forms.RadioSelect
    )
    field_order = ("push", "mail", "quiet_starts", "quiet_ends", "days_off")


class WebhookForm(forms.Form):
    """A program that an authority has told."""

    of = forms.ChoiceField(label=_("Authority"))
    name = forms.CharField(
        label=_("Name"),
        help_text=_("What this program is, for your colleagues: the supervision centre’s software…"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label=_("Address"),
        help_text=_(
            "It begins with https://. A program of your own network must be named in the server’s settings first."
        ),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: object, authorities: Iterable[tuple[UUID, str]]) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # Django's own signature
        rows = list(authorities)
        if len(rows) == 1:
            self.fields["of"].widget = forms.HiddenInput()
            self.fields["of"].initial = rows[0][0]
        self.fields["of"].choices = rows  # type: ignore[attr-defined]  # a ChoiceField

    def authority(self) -> UUID:
        """The one that was chosen."""
        return UUID(self.cleaned_data["of"])
