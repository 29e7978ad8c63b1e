"""What a visitor looks for among public reports, and the address they give to be told."""

from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.territory.queries.outlines import places_of
from beffroi.lib.positions import Position
from beffroi.systems.reports.forms.pocket import EAST, NORTH
from beffroi.systems.reports.models import STAGE_LABELS
from beffroi.systems.reports.queries.public import Wanted, public_categories
from beffroi.systems.reports.rules import LONGEST_TEXT, Stage

OPEN = "open"
# Metres, as a subscription may cover.
NEAREST, FARTHEST = 100, 5_000


class WantedForm(forms.Form):
    """Filters; what is none of the choices is as good as nothing."""

    category = forms.ChoiceField(label=_("Kind of fault"), required=False)
    stage = forms.ChoiceField(label=pgettext_lazy("of a report", "Stage"), required=False)
    territory = forms.ChoiceField(label=_("District"), required=False)

    def __init__(self, data: QueryDict, *, authority: UUID) -> None:
        super().__init__(data)
        kinds = [(row.code, row.label) for row in public_categories(authority)]
        places = [(str(row.pk), row.name) for row in places_of(authority)]
        stages = [(value, label) for value, label in STAGE_LABELS if value != Stage.MERGED]
        self._offer("category", [("", _("All kinds")), *kinds])
        self._offer("stage", [("", pgettext_lazy("stages", "All")), (OPEN, _("not closed yet")), *stages])
        self._offer("territory", [("", _("All districts")), *places])

    def _offer(self, name: str, choices: list[tuple[str, object]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def wanted(self) -> Wanted:
        """What is looked for."""
        self.is_valid()
        said = self.cleaned_data
        place = said.get("territory", "")
        return Wanted(said.get("category", ""), said.get("stage", ""), UUID(place) if place else None)


class AroundForm(forms.Form):
    """A point and how far around, as a feed's address says them; none of the three, or all."""

    lat = forms.FloatField(required=False, min_value=-NORTH, max_value=NORTH)
    long = forms.FloatField(required=False, min_value=-EAST, max_value=EAST)
    radius = forms.IntegerField(required=False, min_value=NEAREST, max_value=FARTHEST)

    def clean(self) -> dict[str, object]:
        """Half a place is none."""
        said = super().clean() or {}
        given = [said.get(name) is not None for name in ("lat", "long", "radius")]
        if not self.errors and any(given) and not all(given):
            raise forms.ValidationError(_("Give lat, long and radius together."))
        return said

    def around(self) -> tuple[Position, int] | None:
        """What is asked for, once it is valid."""
        said = self.cleaned_data
        return None if said["radius"] is None else (Position(said["lat"], said["long"]), said["radius"])


class TellForm(forms.Form):
    """Where to write to somebody who has no account."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Used for this report only, and erased a year after its end at the latest."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AnswerForm(forms.Form):
    """Whether it is mended."""

    mended = forms.ChoiceField(
        label=_("Is it mended?"),
        choices=[("yes", _("Yes, it is mended")), ("no", _("No, it isn’t"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What do you see?"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
