"""What is filled in of teams: what they are called, where they are written to, who is of them."""

from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.systems.reports.models import Team


class TeamForm(ChoosingForm):
    """A team, in an organisation."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For instance: road gang, northern sector"))
    organisation = ChosenField(label=_("Organisation"))
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_(
            "A shared address, where it is told of what it receives, with a link to answer without an account. Another address ends the "
            "links that are out."
        ),
    )
    general = forms.BooleanField(
        label=_("Receives what comes to its organisation without a team"),
        required=False,
        help_text=_("For an organisation that has no desk here: what it is given is written to this address."),
    )

    def __init__(self, *args: object, organisations: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("organisation", Among(organisations))

    def clean(self) -> dict[str, object]:
        """Whoever receives it is written to."""
        data = super().clean() or {}
        if data.get("general") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Say where it is written to."))
        return data

    def written(self, row: Team) -> Team:
        """The row with what was filled in."""
        data = self.cleaned_data
        row.name, row.email, row.organisation_id = data["name"], data["email"], UUID(data["organisation"])
        row.general = data["general"]
        return row


class MemberForm(ChoosingForm):
    """Somebody of the team's organisation."""

    person = ChosenField(label=_("Person"))

    def __init__(self, *args: object, people: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("person", Among(people), none=_("choose"))
