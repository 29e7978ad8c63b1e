"""What people fill in about door contacts."""

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.sensors.chirpstack import MOST_PORTS
from beffroi.adapters.sensors.labels import LONGEST as LONGEST_LABEL
from beffroi.adapters.sensors.trying import LONGEST
from beffroi.kernel.contacts.models import NETWORK_LABELS
from beffroi.kernel.contacts.queries.models import models_of
from beffroi.kernel.contacts.registry import WATCHED
from beffroi.kernel.contacts.rules import (
    BEATS,
    LEFT_OPEN_MINUTES,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    PATIENCES,
    Condition,
)
from beffroi.lib.positions import Position, Unplaced, placed
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed

STATES = (
    ("", _("In service")),
    (Condition.DOWN.value, _("Silent")),
    (Condition.LATE.value, _("Late")),
    ("open", _("Door open")),
    ("weak", _("Battery nearly empty")),
    ("unread", _("Not understood")),
    ("retired", _("Taken off")),
)
MISPLACED = {
    Unplaced.SWAPPED: _("Latitude and longitude stand in each other’s place."),
    Unplaced.OUTSIDE: _("This is no place in France. Write degrees, for instance 48.9601 and 2.8785."),
}


class SearchForm(forms.Form):
    """Finding a contact."""

    q = forms.CharField(
        label=_("Name or address"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)


def beat_field() -> forms.IntegerField:
    """How often a contact was set to speak."""
    return forms.IntegerField(
        label=_("Minutes between two signs of life"),
        min_value=BEATS[0],
        max_value=BEATS[1],
        required=False,
        help_text=_("As it was set on the contact. Empty: as often as its model does."),
    )


class BeatForm(forms.Form):
    """How often a contact that is registered speaks."""

    beat = beat_field()


class PlaceForm(forms.Form):
    """Where a room stands in France, in degrees; both or neither."""

    latitude = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90, required=False)
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False)

    def clean(self) -> dict[str, object]:
        """One without the other is no place, nor is what the command line refuses."""
        data = super().clean() or {}
        for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
            if data.get(name) is None and data.get(other) is not None and name not in self.errors:
                self.add_error(name, _("Give both, or neither."))
        found = self._found(data)
        if isinstance(found, Unplaced):
            self.add_error("latitude", MISPLACED[found])
        return data

    @staticmethod
    def _found(data: dict[str, object]) -> Position | Unplaced | None:
        latitude, longitude = data.get("latitude"), data.get("longitude")
        return placed(latitude, longitude) if isinstance(latitude, float) and isinstance(longitude, float) else None

    def place(self) -> Position | None:
        """None where nobody said."""
        latitude, longitude = self.cleaned_data["latitude"], self.cleaned_data["longitude"]
        return None if latitude is None or longitude is None else Position(latitude, longitude)


class ModelForm(forms.Form):
    """What the messages of a model mean, and a payload to try it with: nothing is kept by trying."""

    description = forms.CharField(
        label=_("Description"),
        max_length=LONGEST_DESCRIPTION,
        help_text=_("In JSON, as docs/spec/observe.md says in section 3; begin with the example."),
        widget=forms.Textarea(attrs={"rows": 14, "class": "code", "spellcheck": "false", "autocapitalize": "none"}),
    )
    payload = forms.CharField(
        label=_("A payload to try"),
        required=False,
        max_length=LONGEST,
        help_text=_("Bytes in hexadecimal, the JSON of a Zigbee2MQTT state, or a whole event of ChirpStack’s."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "code", "spellcheck": "false", "autocapitalize": "none"}),
    )
    port = forms.IntegerField(
        label=_("LoRaWAN port"),
        required=False,
        min_value=0,
        max_value=MOST_PORTS,
        help_text=_("That of the frame (fPort), when you paste its bytes."),
    )


class ContactForm(ChoosingForm, PlaceForm):
    """A contact to put on a door of one authority: a thing's that has neither lock nor contact, or a room's."""

    label = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_LABEL,
        help_text=_(
            "DevEUI or IEEE address, 16 digits as printed on it; or the text of its QR code, which begins with LW:D0:"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    model = ChosenField(label=_("Model"))
    thing = ChosenField(label=_("Which door"), required=False)
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("What people will read, for instance: Town hall, server room"),
    )
    patience = forms.IntegerField(
        label=_("Minutes that a room’s door may stand open"),
        min_value=PATIENCES[0],
        max_value=PATIENCES[1],
        initial=LEFT_OPEN_MINUTES,
        help_text=_("For a room. Things of a system have their own promise."),
    )
    beat = beat_field()

    def __init__(self, *args: object, authority: UUID, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        called = dict(NETWORK_LABELS)
        by_network: dict[str, list[tuple[str, str]]] = {}
        for model in sorted(models_of(authority).values(), key=str):
            by_network.setdefault(model.network, []).append((model.code, str(model)))
        self.choose(
            "model",
            *(Listed(choices, group=called[network]) for network, choices in sorted(by_network.items())),
            none=_("choose"),
        )
        self.choose("thing", *_things(authority), none=_("A room, called by the name below"))

    def chosen(self) -> tuple[str, UUID] | None:
        """The thing, by kind and identifier; None for a room."""
        kind, _colon, identifier = self.cleaned_data["thing"].partition(":")
        return (kind, UUID(identifier)) if identifier else None


def _things(authority: UUID) -> Iterable[Among]:
    for watched in WATCHED.values():
        yield Among(watched.free(authority), watched.columns, group=watched.label, begins=f"{watched.code}:")
