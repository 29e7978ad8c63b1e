"""What people fill in about cabinets and work orders."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.forms import moment_field
from beffroi.systems.cabinets.models import DOOR_LABELS, LADDER_LABELS

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


class CabinetForm(forms.Form):
    """A cabinet to write down."""

    operator = forms.ChoiceField(label=_("Operator"))
    reference = forms.CharField(label=_("Reference"), max_length=40, help_text=_("As it is written on the cabinet"))
    address = forms.CharField(label=_("Address"), max_length=160)
    latitude = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, help_text=_("Decimal degrees, for instance 48.9601")
    )
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)

    def __init__(self, *args: object, operators: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["operator"].choices = [(str(pk), name) for pk, name in operators]  # type: ignore[attr-defined]  # a ChoiceField


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


class SystemForm(forms.Form):
    """The switch of the system, which needs the date of its impact assessment."""

    aipd_on = forms.DateField(
        label=_("Date of the impact assessment (AIPD)"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    on = forms.BooleanField(label=_("Switched on"), required=False)


class OrderForm(forms.Form):
    """A work order: who opens which cabinet, for what, from when to when."""

    cabinet = forms.ChoiceField(label=_("Cabinet"))
    technician = forms.ChoiceField(label=_("Technician"))
    purpose = forms.ChoiceField(label=_("Purpose"))
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
        cabinets: Iterable[tuple[UUID, str]],
        technicians: Iterable[tuple[UUID, str]],
        purposes: Iterable[tuple[str, str]],
        now: datetime,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for name, choices in (("cabinet", cabinets), ("technician", technicians), ("purpose", purposes)):
            self.fields[name].choices = [(str(value), label) for value, label in choices]  # type: ignore[attr-defined]  # ChoiceFields
        self.fields["starts"].initial = now
        self.fields["ends"].initial = now + timedelta(hours=2)

    def clean(self) -> dict[str, object]:
        """A window that has a length."""
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end comes before the beginning."))
        return data
