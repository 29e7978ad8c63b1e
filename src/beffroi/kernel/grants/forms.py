"""What people fill in about conventions, teams and phones: labels above, hints under them, plain words."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.actions.conventions import Purpose
from beffroi.kernel.grants.rules import Kind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

HOURS = 3600


def moment_field(label: "str | _StrPromise", hint: "str | _StrPromise" = "") -> forms.DateTimeField:
    """A date and a time of the authority's own clock, as browsers ask for them."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, help_text=hint, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )


class TechnicianForm(forms.Form):
    """Somebody who will open cabinets for the firm."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("They log in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class DepartureForm(forms.Form):
    """When somebody leaves the firm."""

    ends = moment_field(_("Leaves on"), _("From that moment no cabinet opens for them in your firm's name."))


class ConventionForm(forms.Form):
    """A convention between the authority and an operator, as its paper says."""

    partner = forms.ChoiceField(label=_("Partner"))
    title = forms.CharField(label=_("Title"), max_length=160)
    valid_from = forms.DateField(
        label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=_("Until"),
        help_text=_("That day included"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    purposes = forms.CharField(
        label=_("Purposes"),
        help_text=_("One a line, in the words of the convention"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    legal_text = forms.CharField(
        label=_("Legal basis"),
        max_length=160,
        help_text=_("For instance: Code des postes et des communications électroniques"),
    )
    legal_article = forms.CharField(label=_("Article"), max_length=80, required=False)
    legal_version_on = forms.DateField(
        label=_("Version of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    least = forms.IntegerField(
        label=_("A work order lasts at least (minutes)"), min_value=5, max_value=1440, initial=15
    )
    most = forms.IntegerField(
        label=_("and at most (minutes)"),
        min_value=5,
        max_value=1440,
        initial=720,
        help_text=_("1,440 minutes, 24 hours, is the ceiling."),
    )
    list_age = forms.IntegerField(
        label=_("A lock refuses when it has had no news of lost phones for (hours)"),
        min_value=1,
        max_value=720,
        initial=72,
    )
    time_unknown = forms.ChoiceField(
        label=_("After a power cut, until the lock knows the time again"),
        choices=[("refuse", _("it refuses")), ("admit-marked", _("it opens, and the opening is marked"))],
    )

    def __init__(self, *args: object, partners: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["partner"].choices = [(str(pk), name) for pk, name in partners]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, object]:
        """Bounds that hold together."""
        data = super().clean() or {}
        least, most = data.get("least"), data.get("most")
        if least and most and least > most:
            self.add_error("most", _("This is shorter than the least."))
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The end comes before the beginning."))
        return data

    def window(self) -> tuple[datetime, datetime]:
        """From the first minute of the first day up to the end of the last, by the authority's clock."""
        zone = timezone.get_current_timezone()
        start = datetime.combine(self.cleaned_data["valid_from"], time.min, tzinfo=zone)
        end = datetime.combine(self.cleaned_data["valid_until"] + timedelta(days=1), time.min, tzinfo=zone)
        return start.astimezone(UTC), end.astimezone(UTC)

    def admitted(self) -> list[Purpose]:
        """The purposes, each with the same legal basis and bounds."""
        data = self.cleaned_data
        lines = [line.strip() for line in data["purposes"].splitlines() if line.strip()]
        return [
            Purpose(
                code=f"p{number}",
                label=line[:160],
                kind=Kind.WORK_ORDER,
                legal_text=data["legal_text"],
                legal_article=data["legal_article"],
                legal_version_on=data["legal_version_on"],
                least=timedelta(minutes=data["least"]),
                most=timedelta(minutes=data["most"]),
            )
            for number, line in enumerate(lines, start=1)
        ]
