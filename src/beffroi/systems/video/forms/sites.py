"""What is written of sites, cameras and relays."""

import json
from unicodedata import category
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.forms import OwnedForm
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.persistence.days import day_field
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts
from beffroi.systems.video.models import PLACE_LABELS, REGIME_LABELS, Camera, Entrance, Site
from beffroi.systems.video.rules import PlaceKind, Regime

REQUEST_BYTES = 16_384
CHOOSE = ("", _("choose"))


def in_one_line(text: str) -> None:
    """Refuse what a relay is never told: its list of cameras carries no control character. Raises ValidationError."""
    if any(category(character) == "Cc" for character in text):
        raise forms.ValidationError(_("A tab or another character that is not seen is in it: write it without."))


class SearchForm(forms.Form):
    """Finding a site."""

    q = forms.CharField(
        label=_("Name or address"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class SiteForm(OwnedForm):
    """A site to write down or to correct."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        validators=[in_one_line],
        help_text=_("As people call it, for instance Résidence du Pont"),
    )
    organisation = ChosenField(label=_("Who is responsible for these cameras"))
    address = forms.CharField(label=_("Address"), max_length=160)
    latitude = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, help_text=_("Decimal degrees, for instance 48.9601")
    )
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)
    contact = forms.CharField(
        label=_("Whom to turn to about these images"),
        max_length=200,
        help_text=_("Everybody reads it: a service and how to reach it, never somebody’s name."),
    )

    def __init__(self, *args: object, organisations: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("organisation", Among(organisations))

    def facts(self) -> SiteFacts:
        """What was written."""
        data = self.cleaned_data
        return SiteFacts(
            organisation=UUID(data["organisation"]),
            name=data["name"],
            address=data["address"],
            latitude=data["latitude"],
            longitude=data["longitude"],
            contact=data["contact"],
        )


def site_initial(site: Site) -> dict[str, object]:
    """A site as its form begins."""
    named = ("name", "address", "latitude", "longitude", "contact")
    return {**{name: getattr(site, name) for name in named}, "organisation": str(site.organisation_id)}


class EntranceForm(forms.Form):
    """A part of a site."""

    entrance = forms.CharField(
        label=_("Name of the entrance or part"), max_length=80, help_text=_("For instance Entrance 3, or Car park")
    )


class CameraForm(ChoosingForm):
    """A camera to write down or to correct."""

    number = forms.IntegerField(
        label=_("Number"), min_value=1, max_value=9999, help_text=_("As it is known on the site")
    )
    name = forms.CharField(
        label=_("What it looks at"),
        max_length=80,
        validators=[in_one_line],
        help_text=_("For instance Hall, letter boxes"),
    )
    entrance = ChosenField(label=_("Entrance or part"), required=False)
    place_kind = forms.ChoiceField(label=_("Kind of place"), choices=[CHOOSE, *PLACE_LABELS])
    regime = forms.ChoiceField(
        label=_("Legal regime"),
        choices=[CHOOSE, *REGIME_LABELS],
        help_text=_("A camera is under one law: words, forms and durations follow it."),
    )
    order_number = forms.CharField(
        label=_("Prefect’s order, number"),
        max_length=60,
        required=False,
        help_text=_("For a camera of the public road only"),
    )
    order_on = day_field(_("Prefect’s order, date"), _("It authorises for five years."), required=False)
    other_routes = forms.CharField(
        label=_("Other routes to its image"),
        max_length=1000,
        required=False,
        help_text=_(
            "What Beffroi does not control: the owner’s recorder, a screen in the lodge, the maker’s cloud. Everybody reads it."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, entrances: QuerySet[Entrance], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("entrance", Among(entrances), none=_("none"))

    def clean(self) -> dict[str, object]:
        """The order of a camera of the public road; a street is under that law."""
        data = super().clean() or {}
        if data.get("regime") == Regime.PUBLIC_ROAD:
            for name in ("order_number", "order_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A camera of the public road needs its prefect’s order."))
        elif data.get("regime") and data.get("place_kind") == PlaceKind.STREET:
            self.add_error("regime", _("A street or a square is under the law of the public road."))
        return data

    def facts(self) -> CameraFacts:
        """What was written."""
        data = self.cleaned_data
        return CameraFacts(
            number=data["number"],
            name=data["name"],
            place_kind=PlaceKind(data["place_kind"]),
            regime=Regime(data["regime"]),
            entrance=UUID(data["entrance"]) if data["entrance"] else None,
            order_number=data["order_number"],
            order_on=data["order_on"],
            other_routes=data["other_routes"],
        )


def camera_initial(camera: Camera) -> dict[str, object]:
    """A camera as its form begins."""
    named = ("number", "name", "place_kind", "regime", "order_number", "order_on", "other_routes")
    entrance = str(camera.entrance_id) if camera.entrance_id else ""
    return {**{name: getattr(camera, name) for name in named}, "entrance": entrance}


class RelayAddressForm(forms.Form):
    """Where browsers find a relay."""

    address = forms.CharField(
        label=_("Address for browsers"),
        max_length=200,
        help_text=_("Such as https://relay.town.example:8443, with nothing after it."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )


class RelayForm(RelayAddressForm, OwnedForm):
    """A relay to register: the file that it wrote at its first start, and where browsers find it."""

    field_order: tuple[str, ...] = ("of", "name", "address", "request")
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For instance Relay of the Résidence du Pont"))
    request = forms.FileField(
        label=_("The relay’s request"), help_text=_("The file that the relay wrote at its first start")
    )

    def clean_request(self) -> str:
        """The signed request, bounded: bare, or in the line that the relay printed."""
        file = self.cleaned_data["request"]
        if file.size > REQUEST_BYTES:
            raise forms.ValidationError(_("This is not a relay’s request: it is too long."))
        try:
            text = str(file.read().decode("ascii")).strip()
            return str(json.loads(text)["request"]) if text.startswith("{") else text
        except (ValueError, KeyError) as error:
            raise forms.ValidationError(_("This is not a relay’s request.")) from error
