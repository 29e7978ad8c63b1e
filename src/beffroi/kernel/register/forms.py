"""What a reader of the register looks for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.register.queries.browsing import USUALLY, Sought
from beffroi.persistence.days import day_field


class SearchForm(forms.Form):
    """Kind, days and the thing that entries are about; all optional."""

    kind = forms.ChoiceField(label=_("What happened"), required=False)
    since = day_field(_("From"), required=False)
    until = day_field(pgettext_lazy("a day", "To"), _("That day included"), required=False)
    thing = forms.UUIDField(label=_("About (identifier)"), required=False)

    def __init__(self, *args: object, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # Django's own signature
        self.fields["kind"].choices = [("", _("anything")), *kinds]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, object]:
        """Days in their order."""
        data = super().clean() or {}
        first, last = data.get("since"), data.get("until")
        if first and last and last < first:
            self.add_error("until", _("The end comes before the beginning."))
        return data

    def sought(self, log: str, now: datetime) -> Sought:
        """What is looked for; a search that names no beginning looks back a month."""
        data = self.cleaned_data
        kind, thing = str(data.get("kind") or ""), data.get("thing")
        until = _midnight(data["until"] + timedelta(days=1)) if data.get("until") else None
        since = _midnight(data["since"]) if data.get("since") else None
        if since is None and (kind or thing or until):
            since = (until or now) - USUALLY
        return Sought(log, kind, thing if isinstance(thing, UUID) else None, since, until)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()).astimezone(UTC)
