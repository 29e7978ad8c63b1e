"""What makes a round: who goes, when, from where; and what is said of a place that was looked for in vain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.forms import hour_field
from beffroi.lib.positions import Position
from beffroi.lib.rounds import MOST_PLACES
from beffroi.lib.viewer import Viewer
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.persistence.days import day_field
from beffroi.systems.reports.actions.rounds import Plan
from beffroi.systems.reports.forms.desk import PicturesForm
from beffroi.systems.reports.models import Report, Round, Team
from beffroi.systems.reports.queries.desk import with_reference
from beffroi.systems.reports.queries.rounds import addable, offered_places
from beffroi.systems.reports.rules import LONGEST_TEXT

if TYPE_CHECKING:
    from beffroi.kernel.accounts.models import Person

MOST_MINUTES = 240


class GoerForm(ChoosingForm):
    """Who goes: somebody, a team, or nobody in particular."""

    person = ChosenField(label=_("Who goes"), required=False)
    team = forms.ChoiceField(label=_("Or a team"), required=False)

    def __init__(self, *args: object, people: "QuerySet[Person]", teams: Sequence[Team], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("person", Among(people), none=_("nobody in particular"))
        field = self.fields["team"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("no team")), *((str(row.pk), row.name) for row in teams)]
        if not teams:
            del self.fields["team"]

    def clean(self) -> dict[str, object]:
        """One of the two."""
        data = super().clean() or {}
        if data.get("person") and data.get("team"):
            self.add_error("team", _("Choose somebody or a team, not both."))
        return data

    def goer(self) -> tuple[UUID | None, UUID | None]:
        """The person, the team."""
        person, team = self.cleaned_data.get("person"), self.cleaned_data.get("team")
        return UUID(str(person)) if person else None, UUID(str(team)) if team else None


class RoundForm(GoerForm):
    """A new round. `submission`: this page, so that it makes one."""

    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)
    day = day_field(_("Day"))
    starts = hour_field(_("Leaves at"))
    address = forms.CharField(
        label=_("Leaves from"), max_length=160, required=False, help_text=_("For instance: the depot")
    )
    latitude = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)
    returns = forms.BooleanField(label=_("Comes back there"), required=False, initial=True)
    minutes = forms.IntegerField(label=_("Minutes at each place"), min_value=0, max_value=MOST_MINUTES, initial=15)

    def plan(self, authority: UUID, organisation: UUID) -> Plan:
        """As the act takes it."""
        data = self.cleaned_data
        person, team = self.goer()
        return Plan(
            authority=authority,
            organisation=organisation,
            day=data["day"],
            starts=data["starts"],
            start=Position(data["latitude"], data["longitude"]),
            place=data["address"],
            returns=data["returns"],
            minutes=data["minutes"],
            person=person,
            team=team,
            submission=data["submission"],
        )


class AddForm(forms.Form):
    """More places of a round: ticked on the shortlist, or by the reference of one."""

    reports = forms.MultipleChoiceField(
        label=_("From your shortlist"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reference = forms.CharField(
        label=_("Or the reference of one"), required=False, max_length=12, help_text=_("For instance 26-000123")
    )

    def __init__(self, *args: object, viewer: Viewer, row: Round, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.viewer, self.row = viewer, row
        self.named: Report | None = None
        offered = offered_places(viewer, row)
        field = self.fields["reports"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(one.pk), _called(one)) for one in offered]
        if not offered:
            del self.fields["reports"]

    def clean(self) -> dict[str, object]:
        """Something, that may be a place of this round."""
        said = super().clean() or {}
        reference = str(said.get("reference") or "").strip()
        if reference:
            self.named = with_reference(self.viewer, self.row.authority_id, reference)
            if self.named is None or not addable(self.viewer, self.row).filter(pk=self.named.pk).exists():
                self.add_error(
                    "reference",
                    _("No open report of this organisation has this reference, or it is a place of the round already."),
                )
        elif not said.get("reports") and not self.errors:
            self.add_error("reference", _("Choose one of your shortlist, or write a reference."))
        if not self.errors and self.row.stops.count() + len(self.chosen()) > MOST_PLACES:
            self.add_error(None, _("A round has %(most)s places at most.") % {"most": MOST_PLACES})
        return said

    def chosen(self) -> list[UUID]:
        """Once it is valid."""
        ticked = [UUID(key) for key in self.cleaned_data.get("reports") or ()]
        return [*ticked, *([self.named.pk] if self.named else [])]


def _called(report: Report) -> str:
    return f"{report.category.label}, {report.reference}" + (f", {report.address}" if report.address else "")


class MissingForm(PicturesForm):
    """Somebody went there and found nothing. `submission`: this page, so that it says so once."""

    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What you saw"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 2})
    )
