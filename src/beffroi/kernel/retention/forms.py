"""Forms of retention: a duration, a slip on its way."""

from datetime import date
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.retention.models import SlipLine
from beffroi.persistence.days import DayField
from beffroi.persistence.keeping import Bounds, Unit

LONGEST_REMARK = 300


class DurationForm(forms.Form):
    """How long a kind of thing is kept; one that destroys more has to be read twice."""

    length = forms.IntegerField()
    agreed = forms.BooleanField(required=False)

    def __init__(self, *args: object, bounds: Bounds, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on
        field = self.fields["length"]
        field.label = _("Duration, in months") if bounds.unit is Unit.MONTHS else _("Duration, in days")
        field.help_text = _("From %(least)s to %(most)s") % {"least": bounds.least, "most": bounds.most}
        field.widget.attrs.update({"inputmode": "numeric", "min": str(bounds.least), "max": str(bounds.most)})
        self.bounds = bounds
        self.fields["agreed"].label = _("I have read how many things will be destroyed")

    def clean_length(self) -> int:
        """Inside what the rule admits."""
        length: int = self.cleaned_data["length"]
        if not self.bounds.least <= length <= self.bounds.most:
            raise forms.ValidationError(_("This duration is outside what the rule admits."))
        return length


class ServiceForm(forms.Form):
    """Who proposes: the archives want the exact name of the service."""

    service = forms.CharField(
        label=_("Service that proposes"), max_length=160, help_text=_("Its exact name, as the archives know it")
    )


class PastDay(DayField):
    """A day that has come: nothing is written down ahead of its time."""

    today: date | None = None

    def validate(self, value: date | None) -> None:
        """Not after today, which the form says."""
        super().validate(value)
        if value is not None and self.today is not None and value > self.today:
            raise forms.ValidationError(_("This day has not come yet."))


class SentForm(forms.Form):
    """When the signed slip left."""

    sent_on = PastDay(label=_("Sent on"))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on
        cast("PastDay", self.fields["sent_on"]).today = today


class VisaForm(forms.Form):
    """The archives' answer: their visa, and their reason for each line that they refuse."""

    visa_on = PastDay(label=_("Date of the visa"))
    reference = forms.CharField(label=_("Reference of the visa"), max_length=80)
    quality = forms.CharField(
        label=_("Quality of the signatory"),
        max_length=120,
        help_text=_("For instance “director of the departmental archives”; no name is needed"),
    )

    def __init__(self, *args: object, lines: list[SlipLine], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on
        cast("PastDay", self.fields["visa_on"]).today = today
        self.lines = {f"line_{line.position}": line for line in lines}
        for name, line in self.lines.items():
            self.fields[name] = forms.CharField(
                required=False,
                max_length=LONGEST_REMARK,
                label=_("Line %(number)s refused because") % {"number": line.position},
                help_text=_("Leave empty when the archives agree: %(nature)s, %(year)s")
                % {"nature": line.nature, "year": line.first.year},
            )

    def refused(self) -> dict[SlipLine, str]:
        """Lines that the archives keep, with their reason."""
        return {line: self.cleaned_data[name] for name, line in self.lines.items() if self.cleaned_data[name]}
