"""What somebody says of a fault: where, which kind, how bad; with photos, and what their phone read of these."""

import json
from datetime import datetime
from math import isfinite
from typing import Final
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.lib.hours import PARIS
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.making import Told
from beffroi.systems.reports.forms.questions import AskedForm
from beffroi.systems.reports.models import PRIORITY_LABELS, Category
from beffroi.systems.reports.queries.questions import asked_of
from beffroi.systems.reports.rules import LONGEST_TEXT, MOST_PHOTOS, Priority

LONGEST_TAKEN: Final = 4_000
NORTH: Final = 90.0
EAST: Final = 180.0
USUAL = [("", pgettext_lazy("a priority", "as usual for this kind"))]


# What a phone read of when and where a photo was taken, before it made it smaller.
Seen = tuple[datetime | None, Position | None]


class PhotosInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos; whether each is one is found out by what it holds, elsewhere."""

    widget = PhotosInput

    def clean(self, data: object, initial: object = None) -> list["UploadedFile[bytes]"]:
        """The files, at most as many as a report takes."""
        files = [file for file in data if file] if isinstance(data, list | tuple) else []
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("A report takes ten photos at most."), code="too-many-photos")
        return [super(PhotosField, self).clean(file, initial) for file in files]


class WordsField(forms.CharField):
    """Words of several lines, whose ends count once: a browser counts so while one types, and sends each as two characters."""

    def to_python(self, value: object) -> str:
        """As it was typed."""
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class ReportForm(AskedForm):
    """A report."""

    photos = PhotosField(
        label=_("Photos"),
        required=False,
        help_text=_("From afar to find it, from near to understand it. No faces, no number plates."),
    )
    address = forms.CharField(
        label=_("Where, in words"),
        required=False,
        max_length=160,
        help_text=_("For instance: in front of 12, rue Saint-Étienne"),
    )
    latitude = forms.FloatField(label=_("Latitude"), min_value=-NORTH, max_value=NORTH)
    longitude = forms.FloatField(label=_("Longitude"), min_value=-EAST, max_value=EAST)
    asset_kind = forms.SlugField(required=False, max_length=30, widget=forms.HiddenInput)
    asset_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("What is it?"))
    text = WordsField(
        label=_("In a few words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you see, since when. Name nobody."),
    )
    priority = forms.ChoiceField(label=_("How soon must it be seen to?"), required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("To be told what becomes of it. Nobody else sees it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    similar_seen = forms.BooleanField(required=False, widget=forms.HiddenInput(attrs={"data-part": "similar-seen"}))
    taken = forms.CharField(required=False, max_length=LONGEST_TAKEN, widget=forms.HiddenInput)

    def __init__(self, *args: object, categories: QuerySet[Category], known: bool, **kwargs: object) -> None:
        """`known`: somebody who is logged in is told without an address."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.fields["category"].queryset = categories  # type: ignore[attr-defined]  # of a field that has one
        self.fields["priority"].choices = [*USUAL, *PRIORITY_LABELS]  # type: ignore[attr-defined]  # as above
        self.fields["photos"].widget.attrs.update({"accept": "image/*", "data-part": "photos"})
        if known:
            del self.fields["email"]
        self.ask(asked_of(categories.values_list("pk", flat=True)))

    def clean_taken(self) -> list[Seen]:
        """What can be read of it: it comes from a phone, whose camera may say anything."""
        try:
            said = json.loads(self.cleaned_data["taken"] or "[]")
        except ValueError:
            return []
        return [_seen(one) for one in said[:MOST_PHOTOS]] if isinstance(said, list) else []

    def clean(self) -> dict[str, object]:
        """Something must be said, by photos or in words."""
        cleaned = super().clean() or {}
        told = cleaned.get("photos") or str(cleaned.get("text") or "").strip()
        if not told and not {"photos", "text"} & self.errors.keys():
            self.add_error("text", _("Add a photo, or say in a few words what it is."))
        return cleaned

    def told(self, *, language: str) -> Told:
        """What was said, once it is valid."""
        said = self.cleaned_data
        asset: UUID | None = said["asset_id"]
        return Told(
            category=said["category"].pk,
            position=Position(said["latitude"], said["longitude"]),
            address=said["address"],
            text=said["text"],
            priority=Priority(int(said["priority"])) if said["priority"] else None,
            asset_kind=said["asset_kind"] if asset else "",
            asset=asset,
            answers=self.answers(said["category"].pk),
            email=said.get("email", ""),
            language=language,
        )


def _seen(said: object) -> Seen:
    if not isinstance(said, dict):
        return None, None
    return _moment(said.get("at")), _position(said.get("latitude"), said.get("longitude"))


def _moment(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=PARIS) if at is not None and at.tzinfo is None else at


def _position(latitude: object, longitude: object) -> Position | None:
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    here = isfinite(latitude) and isfinite(longitude) and abs(latitude) <= NORTH and abs(longitude) <= EAST
    return Position(float(latitude), float(longitude)) if here else None


class NearForm(forms.Form):
    """Where, and which kind: whether somebody reported it already."""

    latitude = forms.FloatField(min_value=-NORTH, max_value=NORTH)
    longitude = forms.FloatField(min_value=-EAST, max_value=EAST)
    category = forms.UUIDField()
    asset_id = forms.UUIDField(required=False)
