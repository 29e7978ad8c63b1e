"""What an administrator says of a group, and what somebody proves to tie their account."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.directory.rules import BY_HAND
from beffroi.kernel.territory.models import ROLE_LABELS, Organisation
from beffroi.kernel.territory.queries.stewardship import sort_of
from beffroi.kernel.territory.rules import ROLES
from beffroi.lib.viewer import Role


class GivingForm(forms.Form):
    """Which role in which organisation the group gives: one list, since each organisation has its own roles."""

    gives = forms.ChoiceField(label=_("What the group gives"))

    def __init__(self, *args: object, organisations: Iterable[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self._organisations = {str(row.pk): row for row in organisations}
        groups: list[tuple[object, object]] = [("", _("Choose a role"))]
        for pk, row in self._organisations.items():
            roles = [role for role in ROLES[sort_of(row)] if role not in BY_HAND]
            groups.append((row.name, [(f"{pk} {role.value}", f"{ROLE_LABELS[role]} – {row.name}") for role in roles]))
        self.fields["gives"].choices = groups  # type: ignore[attr-defined]  # a ChoiceField

    def given(self) -> tuple[Organisation, Role]:
        """The organisation and the role."""
        pk, role = str(self.cleaned_data["gives"]).split(" ", 1)
        return self._organisations[pk], Role(role)


class TieForm(forms.Form):
    """How one logs in to the directory."""

    login = forms.CharField(
        label=_("Address or user name in the directory"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password of the directory"), widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
