"""What an agent writes down while somebody stands at the counter, or speaks on the telephone."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.making import Told
from beffroi.systems.reports.forms.pocket import EAST, NORTH, USUAL, PhotosField
from beffroi.systems.reports.forms.questions import AskedForm, name_of
from beffroi.systems.reports.models import PRIORITY_LABELS, Category
from beffroi.systems.reports.queries.counter import MOST, Spot, kinds_called, spots_called
from beffroi.systems.reports.queries.questions import asked_of
from beffroi.systems.reports.rules import LONGEST_TEXT, Priority, Source

HEARD = {"autocomplete": "off", "spellcheck": "false"}


class CallerForm(forms.Form):
    """Who is told what becomes of it, if they want to be. What is typed about somebody isn't proposed again by the browser."""

    email = forms.EmailField(
        label=_("Their e-mail address, if they want to be told"),
        required=False,
        help_text=_("A letter asks them first. Nobody else sees it."),
        widget=forms.EmailInput(attrs=HEARD),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")], required=False)

    def spoken(self) -> str:
        """The language of the letters."""
        return self.cleaned_data.get("language") or "fr"


class CallForm(AskedForm, CallerForm):
    """What they say, and what their kind of fault asks. A place is one of those that were found by typing, or a point of the map."""

    source = forms.ChoiceField(
        label=_("How they ask"),
        choices=[(Source.PHONE.value, _("By telephone")), (Source.COUNTER.value, _("At the counter"))],
        widget=forms.RadioSelect,
    )
    place = forms.CharField(
        label=_("Where is it?"),
        max_length=160,
        error_messages={"required": _("Say where it is.")},
        help_text=_("A street, a building, a district: three letters are enough to search."),
        widget=forms.TextInput(attrs=HEARD),
    )
    spot = forms.CharField(required=False, max_length=200)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-NORTH, max_value=NORTH)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-EAST, max_value=EAST)
    category = forms.CharField(
        label=_("What is it?"),
        max_length=80,
        help_text=_("The first letters of the fault, or of another word for it."),
        widget=forms.TextInput(attrs={**HEARD, "list": "kinds"}),
    )
    text = forms.CharField(
        label=_("In their words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What they see, since when. Name nobody."),
    )
    priority = forms.ChoiceField(label=_("How soon must it be seen to?"), required=False)
    photos = PhotosField(label=_("Photos"), required=False)
    submission = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("source", "place", "category", "text", "priority", "email", "language", "photos")

    def __init__(self, *args: object, authority: UUID, categories: Sequence[Category], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.authority, self.categories = authority, categories
        self.spots: list[Spot] = []
        self.fields["priority"].choices = [*USUAL, *PRIORITY_LABELS]  # type: ignore[attr-defined]  # of a field that has some
        self.fields["photos"].widget.attrs["accept"] = "image/*"
        # It is written, unless it was chosen or shown on the map.
        self.fields["place"].required = not any(self.data.get(name) for name in ("latitude", "spot"))
        self.ask(asked_of(row.pk for row in categories))

    def asked(self, words: str) -> list[forms.BoundField]:
        """What is asked of the kind that these words mean, if they mean one."""
        meant = kinds_called(self.categories, words)
        rows = self.questions.get(meant[0].pk, ()) if len(meant) == 1 else ()
        return [self[name_of(row)] for row in rows]

    def clean_category(self) -> Category:
        """The one that is meant."""
        found = kinds_called(self.categories, self.cleaned_data["category"])
        if not found:
            raise forms.ValidationError(_("No kind of fault has this word. Try another one."))
        if len(found) > 1:
            names = ", ".join(row.label for row in found[:MOST])
            raise forms.ValidationError(gettext("Which one: %(names)s?") % {"names": names})
        return found[0]

    def clean(self) -> dict[str, object]:
        """A point must come of what is said of the place."""
        cleaned = super().clean() or {}
        if not {"latitude", "longitude", "place"} & set(self.errors):
            cleaned["where"] = self._point(cleaned) or self._chosen(cleaned) or self._found(cleaned)
        return cleaned

    def where(self) -> Spot | None:
        """The place, once it is known."""
        found = self.cleaned_data.get("where")
        return found if isinstance(found, Spot) else None

    def _point(self, said: dict[str, object]) -> Spot | None:
        north, east = said.get("latitude"), said.get("longitude")
        if isinstance(north, float) and isinstance(east, float):
            return Spot(str(said.get("place") or ""), Position(north, east))
        return None

    def _chosen(self, said: dict[str, object]) -> Spot | None:
        """One of those that were shown: its point is read back, wherever it then lies."""
        north, _half, rest = str(said.get("spot") or "").partition(";")
        east, _other, name = rest.partition(";")
        try:
            here = Position(float(north), float(east))
        except ValueError:
            return None
        on_earth = abs(here.latitude) <= NORTH and abs(here.longitude) <= EAST
        return Spot(name[:160], here) if on_earth else None

    def _found(self, said: dict[str, object]) -> Spot | None:
        self.spots = spots_called(self.authority, str(said.get("place") or ""))
        if len(self.spots) == 1 and not self.spots[0].near:
            return self.spots[0]
        if self.spots:
            self.add_error("place", _("Choose one of these places, or put the pin on the map."))
        else:
            self.add_error("place", _("This place isn’t known here yet: put the pin on the map."))
        return None

    def source_of(self) -> Source:
        """How it came."""
        return Source(self.cleaned_data["source"])

    def told(self, spot: Spot) -> Told:
        """What was said, once it is valid."""
        said = self.cleaned_data
        return Told(
            category=said["category"].pk,
            position=spot.position,
            address=spot.name,
            text=said["text"],
            priority=Priority(int(said["priority"])) if said["priority"] else None,
            answers=self.answers(said["category"].pk),
            email=said["email"],
            language=self.spoken(),
        )
