"""Forms of the authority's own desk."""

from datetime import date
from typing import TYPE_CHECKING, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.actions.settings import OF_AUTHORITY, OF_NOTICE, Part
from beffroi.kernel.territory.models import Authority, LegalNotice
from beffroi.kernel.townhall.models import Thing
from beffroi.lib.pictures import MOST_BYTES, Drawing, Unfit, redraw
from beffroi.persistence.days import DayInput, day_field

if TYPE_CHECKING:
    AuthorityForm = forms.ModelForm[Authority]
    NoticeForm = forms.ModelForm[LegalNotice]
    ThingsForm = forms.ModelForm[Thing]
else:
    AuthorityForm = NoticeForm = ThingsForm = forms.ModelForm

UNFIT = {
    Unfit.HEAVY: _("This file is over 2 MB: choose a smaller one."),
    Unfit.VECTOR: _("An SVG may carry a program, so none is taken: export your drawing as PNG and choose that."),
    Unfit.UNREADABLE: _("This file can’t be read as a picture: choose a PNG, JPEG or WebP."),
    Unfit.LARGE: _("This picture has over 16 million points: choose a smaller one."),
}


class WebAddress(forms.URLField):
    """An address, whose scheme is HTTPS when none is typed."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(assume_scheme="https", **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on


class IdentityForm(AuthorityForm):
    """The name and the colour that people see."""

    class Meta:
        model = Authority
        fields = OF_AUTHORITY[Part.IDENTITY]
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        help_texts = {
            "name": _("As inhabitants read it: Ville de Meaux"),
            "short_name": _("Under the drawing on a phone’s home screen, 24 letters at most; empty: the name"),
            "colour": _("Made darker or lighter wherever it could not be read otherwise"),
        }


class LogoForm(forms.Form):
    """A drawing, which we make again from its points."""

    logo = forms.FileField(
        label=_("Drawing"),
        help_text=_("PNG, JPEG or WebP, 2 MB at most; best with a transparent ground"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )

    def clean_logo(self) -> Drawing:
        """Our own picture of it."""
        file = cast("UploadedFile[bytes]", self.cleaned_data["logo"])
        drawn = Unfit.HEAVY if (file.size or 0) > MOST_BYTES else redraw(file.read())
        if isinstance(drawn, Unfit):
            raise forms.ValidationError(UNFIT[drawn])
        return drawn


class DomainForm(AuthorityForm):
    """The host name at which people find this authority's pages."""

    def __init__(self, *args: object, taken: frozenset[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.taken = taken

    class Meta:
        model = Authority
        fields = OF_AUTHORITY[Part.DOMAIN]
        help_texts = {"domain": _("For instance beffroi.meaux.fr; empty: the installation’s own address")}
        widgets = {
            "domain": forms.TextInput(
                attrs={"class": "code", "inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
            )
        }

    def clean_domain(self) -> str:
        """The bare name, whatever was pasted."""
        typed = str(self.cleaned_data["domain"]).strip().lower()
        name = typed.removeprefix("https://").removeprefix("http://").partition("/")[0].rstrip(".")
        try:
            name = name.encode("idna").decode("ascii") if name else ""
        except UnicodeError as error:
            raise forms.ValidationError(_("This is not a host name: beffroi.meaux.fr would be one.")) from error
        if name in self.taken:
            raise forms.ValidationError(_("This is the installation’s own address: every authority has it already."))
        return name


class ContactForm(AuthorityForm):
    """How to reach the town hall."""

    class Meta:
        model = Authority
        fields = OF_AUTHORITY[Part.CONTACT]
        widgets = {
            "address": forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "opening": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {"opening": _("In your own words: Monday to Friday, 8:30 to 17:30")}


class LegalForm(NoticeForm):
    """Who publishes, who hosts, who protects data."""

    class Meta:
        model = LegalNotice
        fields = OF_NOTICE[Part.LEGAL]
        widgets = {
            "siren": forms.TextInput(attrs={"inputmode": "numeric", "class": "code"}),
            "host_address": forms.Textarea(attrs={"rows": 3}),
            "host_phone": forms.TextInput(attrs={"type": "tel"}),
            "dpo_address": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "director": _("Name and office: the mayor, as a rule"),
            "host_name": _("Who keeps the machine: yourselves, a shared IT body, a company"),
            "dpo_name": _("A name or an office; a shared officer serves as well"),
        }


class AccessibilityForm(NoticeForm):
    """What the last audit found (RGAA)."""

    class Meta:
        model = LegalNotice
        fields = OF_NOTICE[Part.ACCESSIBILITY]
        field_classes = {"plan": WebAddress}
        widgets = {
            "audit_rate": forms.NumberInput(attrs={"min": 0, "max": 100, "inputmode": "numeric"}),
            "audit_on": DayInput(),
            "gaps": forms.Textarea(attrs={"rows": 8}),
        }
        help_texts = {
            "audit_rate": _("0 to 100, as the audit says; empty: no audit yet"),
            "gaps": _("One a line: what doesn’t conform, what is a disproportionate burden and why, what is exempt"),
            "plan": _("Where your multi-year scheme and this year’s actions are published"),
            "help_email": _("Empty: the town hall’s e-mail"),
        }


class SystemForm(forms.Form):
    """The switch of a system, which needs the date of its impact assessment."""

    aipd_on = day_field(
        _("Date of the impact assessment (AIPD)"),
        _("The day on which whoever answers for the processing signed it"),
        required=False,
    )
    on = forms.BooleanField(label=_("Switched on"), required=False)

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.today = today

    def clean_aipd_on(self) -> date | None:
        """A day that has come."""
        signed = cast("date | None", self.cleaned_data["aipd_on"])
        if signed is not None and signed > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        return signed


class ThingForm(ThingsForm):
    """A line of the inventory."""

    class Meta:
        model = Thing
        fields = ("kind", "place", "count", "owner", "connected", "answers")
        help_texts = {
            "place": _("For instance “fibre cabinets of the Beauval district”"),
            "owner": _("The town, a delegate, an operator, a landlord"),
            "answers": _("A service or an office, and how to reach it"),
        }
        widgets = {"count": forms.NumberInput(attrs={"min": 0, "inputmode": "numeric"})}
