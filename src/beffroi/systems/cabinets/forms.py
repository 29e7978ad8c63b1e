"""What people fill in about cabinets and work orders."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.forms import OwnedForm
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed
from beffroi.persistence.days import moment_field
from beffroi.systems.cabinets.models import DOOR_LABELS, LADDER_LABELS, Cabinet

ANY = [("", _("all"))]
REQUEST_BYTES = 16_384


class SearchForm(forms.Form):
    """Finding a cabinet."""

    q = forms.CharField(
        label=_("Reference, address or code"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    ladder = forms.ChoiceField(label=_("Ladder"), required=False, choices=[*ANY, *LADDER_LABELS])
    door = forms.ChoiceField(label=_("Door"), required=False, choices=[*ANY, *DOOR_LABELS])


class CabinetForm(OwnedForm):
    """A cabinet to write down."""

    operator = ChosenField(label=_("Operator"))
    reference = forms.CharField(label=_("Reference"), max_length=40, help_text=_("As it is written on the cabinet"))
    address = forms.CharField(label=_("Address"), max_length=160)
    latitude = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, help_text=_("Decimal degrees, for instance 48.9601")
    )
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)

    def __init__(self, *args: object, operators: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("operator", Among(operators))


class LadderForm(forms.Form):
    """A step of the ladder."""

    ladder = forms.ChoiceField(label=_("Ladder"), choices=LADDER_LABELS, widget=forms.RadioSelect)


class LockForm(forms.Form):
    """What a lock asked to be certified with: the file it wrote at its first start."""

    request = forms.FileField(
        label=_("The lock's request"), help_text=_("The file that the lock wrote at its first start")
    )

    def clean_request(self) -> str:
        """The request's text, bounded."""
        file = self.cleaned_data["request"]
        if file.size > REQUEST_BYTES:
            raise forms.ValidationError(_("This is not a lock's request: it is too long."))
        try:
            return str(file.read().decode("ascii")).strip()
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("This is not a lock's request.")) from error


class OrderForm(ChoosingForm):
    """A work order: who opens which cabinet, for what, from when to when."""

    cabinet = ChosenField(label=_("Cabinet"))
    technician = ChosenField(label=_("Technician"))
    purpose = ChosenField(label=_("Purpose"))
    starts = moment_field(_("From"))
    ends = moment_field(_("Until"))
    reference = forms.CharField(
        label=_("Your order number"),
        max_length=60,
        required=False,
        help_text=_("Optional; it stays between your firm and the town."),
    )

    def __init__(
        self,
        *args: object,
        cabinets: QuerySet[Cabinet],
        technicians: QuerySet[Model],
        purposes: Sequence[tuple[str, str]],
        now: datetime,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("cabinet", Among(cabinets, ("reference", "address")))
        self.choose("technician", Among(technicians))
        self.choose("purpose", Listed(purposes))
        self.fields["starts"].initial = now
        self.fields["ends"].initial = now + timedelta(hours=2)

    def clean(self) -> dict[str, object]:
        """A window that has a length."""
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end comes before the beginning."))
        return data
