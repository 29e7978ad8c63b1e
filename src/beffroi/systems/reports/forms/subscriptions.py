"""What somebody wants to be told of: which kind, and where."""

from uuid import UUID

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.territory.queries.outlines import places_of
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.subscribing import Around, Covered
from beffroi.systems.reports.forms.pocket import EAST, NORTH
from beffroi.systems.reports.queries.public import public_categories
from beffroi.systems.reports.queries.subscriptions import far_words

ALL, DISTRICT, AROUND = "all", "district", "around"
RADII = (200, 500, 1_000, 2_000, 5_000)


class SubscribeForm(forms.Form):
    """A kind of fault or all of them; everywhere, a district, or around a point."""

    category = forms.ChoiceField(label=_("Kind of fault"), required=False)
    area = forms.ChoiceField(
        label=pgettext_lazy("an area", "Where"),
        choices=[
            (ALL, _("Everywhere")),
            (DISTRICT, _("A district, chosen below")),
            (AROUND, _("Around a place, shown on the map below")),
        ],
        widget=forms.RadioSelect,
    )
    territory = forms.ChoiceField(label=_("District"), required=False)
    radius = forms.ChoiceField(label=_("How far around"), required=False)
    address = forms.CharField(label=_("What you call this place"), required=False, max_length=160)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-NORTH, max_value=NORTH)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-EAST, max_value=EAST)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Used for this only. It is asked first whether it is yours; a link in each letter ends it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: object, authority: UUID, known: bool, **kwargs: object) -> None:
        """`known`: somebody who is logged in is told without an address."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.kinds = {row.code: row for row in public_categories(authority).filter(retired_at__isnull=True)}
        self._offer("category", [("", _("All kinds")), *((code, row.label) for code, row in self.kinds.items())])
        places = [(str(row.pk), row.name) for row in places_of(authority)]
        self._offer("territory", [("", _("Choose a district")), *places])
        self._offer("radius", [(str(metres), lazystr(far_words(metres))) for metres in RADII])
        if known:
            del self.fields["email"]

    def _offer(self, name: str, choices: list[tuple[str, object]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean(self) -> dict[str, object]:
        """What the area needs must be there."""
        said = super().clean() or {}
        if said.get("area") == DISTRICT and not said.get("territory") and "territory" not in self.errors:
            self.add_error("territory", _("Choose the district."))
        point = {said.get("latitude"), said.get("longitude")}
        if said.get("area") == AROUND and None in point and not {"latitude", "longitude"} & set(self.errors):
            self.add_error("latitude", _("Put the pin on the map, or write the coordinates."))
        return said

    def covered(self) -> Covered:
        """What is wanted, once it is valid."""
        said = self.cleaned_data
        category = self.kinds[said["category"]].pk if said["category"] else None
        if said["area"] == DISTRICT:
            return Covered(category, UUID(said["territory"]))
        if said["area"] == AROUND:
            # To about a metre: the same place asked for twice is one.
            here = Position(round(said["latitude"], 5), round(said["longitude"], 5))
            return Covered(category, None, Around(here, int(said["radius"] or RADII[1]), said["address"].strip()))
        return Covered(category)
