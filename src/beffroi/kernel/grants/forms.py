"""What people fill in about conventions, teams and phones: labels above, hints under them, plain words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.models import CAPACITY_LABELS, TRANSPORTS
from beffroi.kernel.grants.rules import Approval
from beffroi.kernel.territory.forms import InvitationForm, OwnedForm
from beffroi.lib.years import last_day
from beffroi.persistence.days import day_field, moment_field

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class TechnicianForm(InvitationForm):
    """Somebody who will open cabinets for the firm: an invitation to the one role that a firm's desk gives."""

    def __init__(self, *args: object, today: date) -> None:
        super().__init__(*args, roles=(), today=today)
        del self.fields["role"]


class DepartureForm(forms.Form):
    """When somebody leaves the firm."""

    ends = moment_field(_("Leaves on"), _("From that moment no cabinet opens for them in your firm's name."))


def _minutes_field(
    label: "str | _StrPromise", *, initial: int, hint: "str | _StrPromise" = "", least: int = 5, most: int = 1440
) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, help_text=hint)


class BeginningForm(OwnedForm):
    """What a new convention begins with."""

    beginning = forms.ChoiceField(label=_("Begin with"), widget=forms.RadioSelect)

    def __init__(self, *args: object, beginnings: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.fields["beginning"].choices = beginnings  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["beginning"].initial = beginnings[0][0] if beginnings else ""


class TermsForm(forms.Form):
    """What every convention says: what it is called, from when to when."""

    title = forms.CharField(label=_("Title"), max_length=160)
    valid_from = day_field(_("In force from"))
    valid_until = day_field(_("Until"), _("That day included"))

    def __init__(self, *args: object, years: int | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self._years = years

    def clean(self) -> dict[str, object]:
        """Days in their order, and no more of them than the law lets there be."""
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The end comes before the beginning."))
        elif first and last and self._years and last > (latest := last_day(first, self._years)):
            words = _("The law does not let a convention that begins then last beyond %(day)s.")
            self.add_error("valid_until", words % {"day": localize(latest)})
        return data

    def window(self) -> tuple[datetime | None, datetime | None]:
        """From the first minute of the first day up to the end of the last, by the authority's clock; None for one not said."""
        first, last = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_until")
        return _midnight(first), _midnight(last + timedelta(days=1) if last else None)


class ConventionForm(TermsForm):
    """A convention between the authority and its partner, as its paper says."""

    partner = forms.ChoiceField(label=_("Partner"))
    transports = forms.MultipleChoiceField(
        label=_("How a phone reaches a lock"), choices=TRANSPORTS, widget=forms.CheckboxSelectMultiple
    )
    list_age = forms.IntegerField(
        label=_("A lock must have had news of lost phones within (hours)"), min_value=1, max_value=720, initial=72
    )
    list_old = forms.ChoiceField(
        label=_("When its news is older"),
        choices=[("refuse", _("it refuses")), ("flag", _("it opens, and the opening is marked"))],
    )
    time_unknown = forms.ChoiceField(
        label=_("After a power cut, until the lock knows the time again"),
        choices=[("refuse", _("it refuses")), ("admit-marked", _("it opens, and the opening is marked"))],
    )

    def __init__(self, *args: object, partners: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        choices = [("", _("choose")), *((str(pk), name) for pk, name in partners)]
        self.fields["partner"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def list_within(self) -> timedelta | None:
        """The greatest age of what a lock knows of lost phones."""
        hours = self.cleaned_data.get("list_age")
        return timedelta(hours=hours) if hours else None


class RequestsForm(TermsForm):
    """A convention under which rights are asked for, each time: how they are given, and what the gate holds to. Its parties have
    rows of their own.
    """

    approval = forms.ChoiceField(
        label=_("When somebody designated asks for what it admits"),
        choices=[
            (Approval.AUTOMATIC.value, _("it is given at once")),
            (Approval.OWNER.value, _("the owner says yes or no, emergencies aside")),
        ],
    )
    still_every = _minutes_field(
        _("Asked whether they are still intervening every (minutes)"),
        initial=30,
        least=5,
        most=120,
        hint=_("Without an answer, what was given is closed."),
    )
    list_age = _minutes_field(
        _("A relay must have had news of what was withdrawn within (minutes)"),
        initial=15,
        hint=_("When its news is older, and after a power cut until it knows the time again, it refuses."),
    )

    def list_within(self) -> timedelta | None:
        """The greatest age of what a relay knows of what was withdrawn."""
        return self.lasting("list_age")

    def lasting(self, name: str) -> timedelta | None:
        """One of its durations."""
        minutes = self.cleaned_data.get(name)
        return timedelta(minutes=minutes) if minutes else None


class PartyForm(forms.Form):
    """An organisation that the convention binds, and in which capacity."""

    organisation = forms.ChoiceField(label=_("Organisation"))
    capacity = forms.ChoiceField(label=_("What it does under the convention"), choices=CAPACITY_LABELS)
    signed_on = day_field(_("Signed on"), _("Empty while it has not signed the paper"), required=False)

    def __init__(self, *args: object, organisations: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        choices = [("", _("choose")), *((str(pk), name) for pk, name in organisations)]
        self.fields["organisation"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class PurposeForm(forms.Form):
    """A purpose that the convention admits, its legal basis, how long a right for it lasts."""

    label = forms.CharField(label=_("What for"), max_length=160, help_text=_("In the words of the convention"))
    legal_text = forms.CharField(
        label=_("Legal basis"),
        max_length=160,
        help_text=_("For instance: Code des postes et des communications électroniques"),
    )
    legal_article = forms.CharField(label=_("Article"), max_length=80, required=False)
    legal_version_on = day_field(_("Version of"), _("The date of the text that you read"))
    least = _minutes_field(_("A right lasts at least (minutes)"), initial=15)
    most = _minutes_field(_("and at most (minutes)"), initial=720, hint=_("1,440 minutes, 24 hours, is the ceiling."))

    def clean(self) -> dict[str, object]:
        """Bounds that hold together."""
        data = super().clean() or {}
        least, most = data.get("least"), data.get("most")
        if least and most and least > most:
            self.add_error("most", _("This is shorter than the least."))
        return data

    def lasting(self, name: str) -> timedelta | None:
        """One of its bounds."""
        minutes = self.cleaned_data.get(name)
        return timedelta(minutes=minutes) if minutes else None


class ReasonForm(PurposeForm):
    """A purpose that one asks by: for which kinds of place, and never for more than half a day."""

    least = _minutes_field(_("A right lasts at least (minutes)"), initial=1, least=1, most=720)
    most = _minutes_field(
        _("and at most (minutes)"), initial=720, least=1, most=720, hint=_("720 minutes, 12 hours, is the ceiling.")
    )
    place_kinds = forms.MultipleChoiceField(
        label=_("For which kinds of place"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("With none ticked, anywhere that the convention covers"),
    )

    def __init__(self, *args: object, places: Sequence[tuple[str, object]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["place_kinds"].choices = places  # type: ignore[attr-defined]  # a MultipleChoiceField
        if not places:
            del self.fields["place_kinds"]


class DesignationForm(forms.Form):
    """Somebody who may ask, and until which day whoever approved them said."""

    who = forms.ChoiceField(label=_("Who"), help_text=_("Whoever keeps watch or holds the desk of a party that asks"))
    approved_until = day_field(
        _("Approved until"), _("That day included. Naming somebody again changes it, and closes what would outlast it.")
    )

    def __init__(self, *args: object, people: Iterable[tuple[str, str]], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["who"].choices = [("", _("choose")), *people]  # type: ignore[attr-defined]  # a ChoiceField
        self._today = today

    def clean_approved_until(self) -> date:
        """A day that isn't over."""
        day: date = self.cleaned_data["approved_until"]
        if day < self._today:
            raise forms.ValidationError(_("That day is over."))
        return day


class ReferencesForm(forms.Form):
    """Things by their references, pasted from a list."""

    references = forms.CharField(
        label=_("References"),
        help_text=_("One a line, or separated by commas, as they are written on the things"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def named(self) -> list[str]:
        """Each once, as typed."""
        text = self.cleaned_data["references"].replace(",", "\n").replace(";", "\n")
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def among(self, there: Mapping[str, Sequence[UUID]]) -> list[UUID]:
        """The things meant; an error says which names are nothing's, or several things' at once."""
        found = {name: there.get(name.casefold(), ()) for name in self.named()}
        unknown = ", ".join(name for name, things in found.items() if not things)
        shared = ", ".join(name for name, things in found.items() if len(things) > 1)
        if unknown:
            words = _("No such thing, or it has no lock or relay yet: %(names)s")
            self.add_error("references", words % {"names": unknown})
        if shared:
            words = _("Several things are called so, tick those that you mean: %(names)s")
            self.add_error("references", words % {"names": shared})
        return [thing for things in found.values() for thing in things]


def by_reference(things: Iterable[tuple[UUID, str]]) -> dict[str, list[UUID]]:
    """Things by what is written on them, whatever the case."""
    found: dict[str, list[UUID]] = {}
    for resource, called in things:
        found.setdefault(called.casefold(), []).append(resource)
    return found


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()).astimezone(UTC)
