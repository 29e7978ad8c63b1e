"""What an administrator says of somebody else's Open311 server."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.http.reach import Reach
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.systems.reports.models import Category, Server

DOORS = ("/discovery.xml", "/discovery.json", "/services.xml", "/services.json")


class ServerForm(ChoosingForm):
    """A server: whose, where, and our key there."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("For your colleagues: “Département, roads”, “Fibre operator”.")
    )
    organisation = ChosenField(
        label=_("Whose it is"), help_text=_("What this organisation has in charge is sent there.")
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("As they gave it to you. It begins with https://; the rest is found out."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    jurisdiction = forms.CharField(
        label=_("Jurisdiction"), max_length=120, required=False, help_text=_("Only if they gave you a jurisdiction_id.")
    )
    key = forms.CharField(
        label=_("Key"),
        max_length=500,
        required=False,
        help_text=_("The api_key that they gave you. It is kept sealed, and shown to nobody."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: object, organisations: QuerySet[Model], row: Server | None = None, **kwargs: object):
        """`row`: one that is changed; whose it is stays, and an empty key is the one it has."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.row = row
        if row is None:
            self.choose("organisation", Among(organisations), none=_("choose"))
            return
        del self.fields["organisation"]
        if row.sealed_key:
            self.fields["key"].help_text = _("There is one, sealed. Leave this empty to keep it.")

    def clean_url(self) -> str:
        """Where it begins. Our own network is nobody else's."""
        url = str(self.cleaned_data["url"]).strip()
        for door in DOORS:
            url = url.removesuffix(door)
        url = url.rstrip("/")
        if Reach(settings.BEFFROI_INTERNAL_HOSTS).refusal(url) is not None:
            raise forms.ValidationError(
                _("This address can’t be reached from here: it must be public and begin with https://.")
            )
        return url

    def written(self, row: Server) -> Server:
        """The row with what was filled in."""
        data = self.cleaned_data
        row.name, row.url, row.jurisdiction = data["name"], data["url"], data["jurisdiction"]
        if "organisation" in data:
            row.organisation_id = UUID(data["organisation"])
        return row

    def secret(self) -> str | None:
        """Our key there; None leaves it as it is."""
        given = str(self.cleaned_data["key"]).strip()
        return None if self.row is not None and not given else given


class ServicesForm(forms.Form):
    """Which of a server's services each kind of fault becomes; by its code, or its name."""

    def __init__(
        self,
        *args: object,
        categories: Sequence[Category],
        services: Sequence[tuple[str, str]],
        kept: Mapping[UUID, str],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self._categories, self._services = categories, services
        for row in categories:
            self.fields[row.pk.hex] = forms.CharField(
                label=row.label,
                required=False,
                max_length=120,
                initial=kept.get(row.pk, ""),
                widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"}),
            )

    def clean(self) -> dict[str, object]:
        """What is typed is a service of theirs, once we know them."""
        data = super().clean() or {}
        codes = {code for code, _name in self._services}
        names = {name.casefold(): code for code, name in self._services}
        for row in self._categories:
            typed = str(data.get(row.pk.hex) or "").strip()
            code = typed if typed in codes or not codes else names.get(typed.casefold(), "")
            if typed and not code:
                self.add_error(row.pk.hex, _now("Their server has no service of this name."))
            data[row.pk.hex] = code
        return data

    def codes(self) -> dict[UUID, str]:
        """By kind of fault, those that become something."""
        return {row.pk: code for row in self._categories if (code := str(self.cleaned_data[row.pk.hex]))}
