"""What is said of a thing of the street."""

from typing import Final
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.lib.lines import LONGEST_TEXT, Course, Unfit, course_of, read, written
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.systems.reports.forms.pocket import EAST, NORTH
from beffroi.systems.reports.models import THING_LABELS, Asset
from beffroi.systems.reports.queries.inventory import UNFIT
from beffroi.systems.reports.rules import Thing

DECIMALS: Final = 6  # of a degree: ten centimetres


class ThingSearchForm(forms.Form):
    """Finding a thing of the street."""

    q = forms.CharField(
        label=_("Number or address"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(
        label=_("What it is"), required=False, choices=[("", pgettext_lazy("things", "all")), *THING_LABELS]
    )


class ThingForm(ChoosingForm):
    """A thing of the street."""

    kind = forms.ChoiceField(label=_("What it is"), choices=THING_LABELS)
    number = forms.CharField(label=_("Number"), max_length=40, help_text=_("As it is painted on it"))
    address = forms.CharField(label=_("Address"), max_length=160, required=False)
    latitude = forms.FloatField(
        label=_("Latitude"),
        min_value=-NORTH,
        max_value=NORTH,
        help_text=_("Decimal degrees, for instance 48.9601. A cable: where one gets at it."),
    )
    longitude = forms.FloatField(label=_("Longitude"), min_value=-EAST, max_value=EAST)
    line = forms.CharField(
        label=_("Course of a cable"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "A line, as a mapping tool copies it: LINESTRING (2.8785 48.9601, 2.8801 48.9606), or GeoJSON. Empty: one place."
        ),
    )
    owner = ChosenField(label=_("Owner"))

    def __init__(self, *args: object, organisations: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("owner", Among(organisations))

    def clean_line(self) -> Course:
        """Its points; none when it is empty."""
        text = self.cleaned_data["line"].strip()
        course = read(text) if text else ()
        if isinstance(course, Unfit):
            raise forms.ValidationError(UNFIT[course])
        if course and self.cleaned_data.get("kind") != Thing.CABLE:
            raise forms.ValidationError(_("Only a cable is a line: a lamp or a pole stands at one place."))
        return course

    def written(self, row: Asset) -> Asset:
        """The row with what was filled in."""
        said = self.cleaned_data
        row.kind, row.number, row.address = said["kind"], said["number"].strip(), said["address"].strip()
        row.latitude, row.longitude, row.owner_id = said["latitude"], said["longitude"], UUID(said["owner"])
        row.line = [list(point) for point in said["line"]] or None
        return row


def thing_values(row: Asset) -> dict[str, object]:
    """What the form of a thing begins with."""
    names = ("kind", "number", "address", "latitude", "longitude")
    held = {name: getattr(row, name) for name in names}
    # What a double adds to them is noise.
    held.update(latitude=round(row.latitude, DECIMALS), longitude=round(row.longitude, DECIMALS))
    return {**held, "line": written(course_of(row.line)), "owner": str(row.owner_id)}
