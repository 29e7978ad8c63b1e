"""What people fill in about organisations, roles and invitations: labels above, hints under them, plain words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.models import ROLE_LABELS, Organisation, OrganisationKind, Territory, TerritoryKind
from beffroi.kernel.territory.queries.outline_files import NAMELESS, TWICE
from beffroi.kernel.territory.queries.outlines import kinds_inside
from beffroi.kernel.territory.rules import end_of
from beffroi.lib import outlines
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed
from beffroi.persistence.days import day_field

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

TELEPHONE = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
LANGUAGES = (("fr", "Français"), ("en", "English"))
# What an authority registers: itself it isn't, nor a département's council.
KINDS = tuple(
    (kind.value, kind.label)
    for kind in OrganisationKind
    if kind not in {OrganisationKind.TOWN_HALL, OrganisationKind.DEPARTMENT}
)


class OwnedForm(ChoosingForm):
    """Something that is added to an authority: whoever administers several says to which; nobody else is asked."""

    of = ChosenField(label=_("Authority"))
    field_order: tuple[str, ...] = ("of",)

    def __init__(self, *args: object, authorities: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        rows = list(authorities)
        self._only = rows[0][0] if len(rows) == 1 else None
        # What was chosen before one lost a post is refused, never given to the authority that is left.
        if self._only is not None and not self.data.get("of"):
            del self.fields["of"]
            return
        self.choose("of", Listed([(str(pk), name) for pk, name in rows]), none=_("choose"))

    def authority(self) -> UUID:
        """The only one, or the one that was chosen."""
        return self._only or UUID(self.cleaned_data["of"])


class NameForm(forms.Form):
    """What an organisation is called, and where its desk answers."""

    name = forms.CharField(label=_("Name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(label=_("Telephone of its desk"), max_length=30, required=False, widget=TELEPHONE)


class OrganisationForm(OwnedForm, NameForm):
    """An organisation that the authority works with."""

    kind = forms.ChoiceField(label=_("What it is"), choices=KINDS)
    service = forms.BooleanField(
        label=_("It is a service of ours"),
        help_text=_("As the municipal police is: its operators keep watch for the authority."),
        required=False,
    )


class UntilForm(forms.Form):
    """When a role ends."""

    until = day_field(_("Last day"), _("That day included. Nothing: until somebody ends it."), required=False)

    def ends(self) -> datetime | None:
        """The end of that day by the authority's clock."""
        day: date | None = self.cleaned_data["until"]
        return None if day is None else end_of(day, _zone())


class RoleForm(UntilForm):
    """A role for somebody."""

    role = forms.ChoiceField(label=_("Role"))
    field_order: tuple[str, ...] = ("role", "until")

    def __init__(self, *args: object, roles: Sequence[Role], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        # None is chosen beforehand: a right is given on purpose.
        self.fields["role"].choices = [("", _("Choose a role")), *((role.value, ROLE_LABELS[role]) for role in roles)]  # type: ignore[attr-defined]  # a ChoiceField
        self.today = today

    def clean(self) -> dict[str, object]:
        """An elected official's role has an end; none ends before it begins."""
        data = super().clean() or {}
        day = data.get("until")
        if data.get("role") == Role.OFFICIAL.value and day is None and "until" not in self.errors:
            self.add_error("until", _("An elected official’s role ends with their mandate: give the day."))
        if isinstance(day, date) and day < self.today:
            self.add_error("until", _("This day is past."))
        return data

    def chosen(self) -> Role:
        """The role."""
        return Role(self.cleaned_data["role"])


class InvitationForm(RoleForm):
    """Whom to invite, to what, until when."""

    name = forms.CharField(
        label=_("First name and name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The invitation is sent there. Nothing, for somebody without one: you print their code."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    field_order: tuple[str, ...] = ("name", "email", "language", "role", "until")


class SomebodyForm(ChoosingForm, RoleForm):
    """Another role for somebody who has one: where, which, until when."""

    organisation = ChosenField(label=_("Organisation"))
    field_order: tuple[str, ...] = ("organisation", "role", "until")

    def __init__(self, *args: object, organisations: QuerySet[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("organisation", Among(organisations))


class CodeForm(forms.Form):
    """The code of an invitation."""

    code = forms.CharField(
        label=_("Code of your invitation"),
        help_text=_("Twelve letters and figures, as in the letter or on the paper you were given."),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-fragment": "",
            }
        ),
    )


class WelcomeForm(forms.Form):
    """Who one is, and how one will log in."""

    name = forms.CharField(
        label=_("First name and name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    password = forms.CharField(
        label=_("Choose your password"),
        help_text=_("12 characters at least. A few words are easier to remember than symbols."),
        error_messages={"required": _("Choose a password, or use a passkey instead.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, email: str, passkey: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.email, self.passkey = email, passkey
        self.fields["password"].required = not passkey

    def clean(self) -> dict[str, object]:
        """A password that can be kept, unless a passkey takes its place."""
        data = super().clean() or {}
        if self.passkey or "password" in self.errors:
            return data
        password = str(data.get("password") or "")
        try:
            validate_password(password, Person(email=self.email, name=str(data.get("name") or "")))
        except ValidationError as error:
            self.add_error("password", error)
        return data


class PlaceNameForm(forms.Form):
    """What a place is called."""

    name = forms.CharField(label=_("Name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class PlaceForm(ChoosingForm, PlaceNameForm):
    """A place that is added: what it is, inside which other."""

    kind = forms.ChoiceField(label=_("What it is"))
    inside = ChosenField(label=_("Inside"))
    field_order = ("name", "kind", "inside")

    def __init__(self, *args: object, places: Sequence[Territory], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        smaller = list(TerritoryKind)[list(TerritoryKind).index(TerritoryKind(places[0].kind)) + 1 :] if places else []
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in reversed(smaller)]  # type: ignore[attr-defined]  # a ChoiceField
        self._places = {str(place.pk): place for place in places}
        self.choose("inside", Listed([(pk, place.name) for pk, place in self._places.items()]))

    def clean(self) -> dict[str, object]:
        """A place lies in one that is larger."""
        data = super().clean() or {}
        if not self.errors and TerritoryKind(str(data["kind"])) not in kinds_inside(self.parent()):
            self.add_error(
                "inside", _("A place lies inside a larger one: a site in a district, a district in a commune.")
            )
        return data

    def parent(self) -> Territory:
        """The place it lies in."""
        return self._places[str(self.cleaned_data["inside"])]


class OutlinesForm(forms.Form):
    """A file of several surfaces."""

    file = forms.FileField(
        label=_("GeoJSON file"),
        help_text=_(
            "Polygons in degrees (WGS84) or in Lambert-93, 8 MB at most; beyond 5,000 points an outline is simplified."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json,application/geo+json,application/json"}),
    )

    def clean_file(self) -> list[outlines.Feature]:
        """Its surfaces; each may still be wrong by itself."""
        sent = cast("UploadedFile[bytes]", self.cleaned_data["file"])
        heavy = (sent.size or 0) > outlines.MOST_BYTES
        found = outlines.Fault(outlines.Unfit.HEAVY) if heavy else outlines.read(sent.read())
        if isinstance(found, outlines.Fault):
            raise forms.ValidationError(fault_words(found.reason.value, found.near))
        return found


class OutlineForm(OutlinesForm):
    """A file of one surface."""

    def clean_file(self) -> outlines.Outline:  # type: ignore[override]  # the one of a list
        """Where the place ends."""
        found = super().clean_file()
        if len(found) > 1:
            raise forms.ValidationError(
                _(
                    "This file has several surfaces: give it under “Several outlines at once”, or keep the right one only."
                )
            )
        (only,) = found
        if isinstance(only.outline, outlines.Fault):
            raise forms.ValidationError(fault_words(only.outline.reason.value, only.outline.near))
        return only.outline


FAULTS = {
    outlines.Unfit.HEAVY.value: _("This file is too large: 8 MB, 200,000 points and 300 surfaces at most."),
    outlines.Unfit.UNREADABLE.value: _("This is no GeoJSON: ask whoever draws your maps to export it in this format."),
    outlines.Unfit.EMPTY.value: _("There is no surface here: an outline is a Polygon or a MultiPolygon."),
    outlines.Unfit.OUTSIDE.value: _("It lies outside France, or in coordinates that are neither WGS84 nor Lambert-93."),
    outlines.Unfit.SWAPPED.value: _("Latitude and longitude are swapped: GeoJSON writes the longitude first."),
    outlines.Unfit.CROSSED.value: _("Its edge crosses itself."),
    outlines.Unfit.DETAILED.value: _("It has too many details: have it simplified to 5,000 points."),
    NAMELESS: _("It has no name: give it a property “nom”."),
    TWICE: _("This name came before in the file: that one is taken."),
}


def fault_words(fault: str, near: Position | None) -> str:
    """Why a surface isn't taken, and near which point."""
    words = str(FAULTS[fault])
    if near is None:
        return words
    where = gettext("Near %(latitude)s, %(longitude)s.")
    return f"{words} {where % {'latitude': f'{near.latitude:.5f}', 'longitude': f'{near.longitude:.5f}'}}"


def _zone() -> ZoneInfo:
    zone = timezone.get_current_timezone()
    if not isinstance(zone, ZoneInfo):
        raise TypeError("the installation's time zone is one of the IANA's")
    return zone
