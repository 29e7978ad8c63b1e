"""What people fill in about audiences and the steps of alerts."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.models import ROLES
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.forms import OwnedForm
from beffroi.kernel.territory.models import Organisation
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Options
from beffroi.persistence.days import moment_field

STEPS = 5
A_DAY_OF_MINUTES = 1440


class AudienceForm(ChoosingForm):
    """An audience's name, and the convention it belongs to if it does."""

    name = forms.CharField(label=_("Name"), max_length=120)
    convention = ChosenField(
        label=_("Belongs to a convention"),
        required=False,
        help_text=_("Its people are then told of the alerts of that convention."),
    )

    def __init__(
        self, *args: object, conventions: QuerySet[Convention], several: bool = False, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        columns = ("title", "authority__name") if several else ("title",)
        self.choose("convention", Among(conventions, columns), none=_("no convention"))

    def chosen(self) -> UUID | None:
        """The convention, if one was chosen."""
        value = self.cleaned_data["convention"]
        return UUID(value) if value else None


class NewAudienceForm(OwnedForm, AudienceForm):
    """An audience to draw up."""


class LineForm(ChoosingForm):
    """One more line of an audience."""

    whom = ChosenField(label=_("Whom"))
    role = forms.ChoiceField(
        label=_("In this role"),
        required=False,
        choices=[("", _("everybody")), *ROLES],
        help_text=_("Only for the people of an organisation."),
    )

    def __init__(self, *args: object, whom: Sequence[Options], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("whom", *whom)


class StepsForm(ChoosingForm):
    """Who is told of a kind of alert, in which order; an empty line ends the list."""

    def __init__(self, *args: object, whom: Sequence[Options], steps: Sequence[Rung] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for number in range(1, STEPS + 1):
            rung = steps[number - 1] if number <= len(steps) else None
            self.fields[f"whom_{number}"] = ChosenField(
                label=_("Step %(number)s tells") % {"number": number},
                required=number == 1,
                initial=_value(rung) if rung else "",
            )
            self.choose(f"whom_{number}", *whom, none=_("nobody else"))
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


class UnderForm(ChoosingForm):
    """Under which convention something else is said."""

    finds = "get"

    convention = ChosenField(label=_("Convention"))

    def __init__(self, *args: object, conventions: QuerySet[Convention]) -> None:
        super().__init__(*args)
        self.choose("convention", Among(conventions, ("title",)))


def _value(rung: Rung) -> str:
    return f"audience:{rung.audience}" if rung.audience else f"target:{rung.target}"


class ForesightForm(ChoosingForm):
    """An alert that hasn't happened: when, under which convention, at which organisation."""

    finds = "get"

    at = moment_field(_("If it happened on"))
    convention = ChosenField(label=_("Under the convention"), required=False)
    organisation = ChosenField(
        label=_("Concerning the organisation"),
        required=False,
        help_text=_("The one at work there, where the alert names one"),
    )

    def __init__(self, *args: object, conventions: QuerySet[Convention], organisations: QuerySet[Organisation]) -> None:
        super().__init__(*args)
        self.choose("convention", Among(conventions, ("title",)), none=_("no convention"))
        self.choose("organisation", Among(organisations), none=_("no organisation"))

    def chosen(self, name: str) -> UUID | None:
        """What was chosen, None for nothing."""
        value = self.cleaned_data.get(name)
        return UUID(value) if value else None
