"""What an administrator fills in of reports: kinds of faults and their promises, teams, who receives what."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.alerts.forms import hour_field
from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed
from beffroi.persistence.days import moment_field
from beffroi.systems.reports.models import OPEN_TO_LABELS, PRIORITY_LABELS, Category, Team, Way
from beffroi.systems.reports.queries.settings import DAYS, WHOLE_WEEK, Lasts
from beffroi.systems.reports.rules import OpenTo, Priority, about_people

LONGEST: Final = 8_760  # hours: a year
ICONS: Final = (
    ("report", _("flag")),
    ("road", _("road")),
    ("lamp", _("street lamp")),
    ("trash", _("bin")),
    ("edit", _("pencil")),
    ("tree", _("tree")),
    ("water", _("drop of water")),
    ("sign", _("road sign")),
    ("bench", _("bench")),
    ("cabinet", _("street cabinet")),
    ("pole", _("pole")),
    ("town", _("building")),
    ("alert", _("warning")),
)
ASSETS: Final = (
    ("", _("nothing in particular")),
    ("lamp", _("street lamp")),
    ("cabinet", _("street cabinet")),
    ("pole", _("pole")),
    ("cable", _("cable")),
)
NO_PEOPLE: Final = _("No kind of fault is about people: name the thing that is broken or in the way.")


class PromiseForm(forms.Form):
    """How soon a kind of fault is handled: usually, and at each priority where that differs."""

    hours = forms.IntegerField(
        label=_("Promised within, in hours"),
        min_value=1,
        max_value=LONGEST,
        initial=48,
        help_text=_("48 hours is what the town promises unless you say otherwise."),
    )
    working = forms.BooleanField(
        label=_("Count working hours only"),
        required=False,
        help_text=_("By your working week, without public holidays."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for priority, label in PRIORITY_LABELS:
            hint = _("Empty: as usual")
            field = forms.IntegerField(label=label, min_value=1, max_value=LONGEST, required=False, help_text=hint)
            self.fields[f"hours-{priority}"] = field
            box = forms.BooleanField(label=_("Working hours only, priority %(n)s") % {"n": priority}, required=False)
            self.fields[f"working-{priority}"] = box

    def usual(self) -> Lasts:
        """What is promised where nothing else is said."""
        return self.cleaned_data["hours"], self.cleaned_data["working"]

    def others(self) -> dict[int, Lasts]:
        """What is promised at some priorities."""
        data = self.cleaned_data
        return {
            priority: (data[f"hours-{priority}"], data[f"working-{priority}"])
            for priority, _label in PRIORITY_LABELS
            if data.get(f"hours-{priority}")
        }

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The two fields of each priority."""
        return [(self[f"hours-{priority}"], self[f"working-{priority}"]) for priority, _label in PRIORITY_LABELS]


class CategoryForm(PromiseForm):
    """A kind of fault."""

    label = forms.CharField(label=_("Name"), max_length=80, help_text=_("For instance: street lamp out"))
    group = forms.CharField(
        label=_("Group"), max_length=60, required=False, help_text=_("Kinds of one group stand together.")
    )
    what_next = forms.CharField(
        label=_("What happens next"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Read by whoever reports it, before they send: who comes, and what they do."),
    )
    keywords = forms.CharField(
        label=_("Other words for it"),
        max_length=200,
        required=False,
        help_text=_("By which people search it, between commas."),
    )
    icon = forms.ChoiceField(label=_("Drawing"), choices=ICONS)
    asset = forms.ChoiceField(label=_("Kind of thing it is about"), choices=ASSETS, required=False)
    open_to = forms.ChoiceField(label=_("Who may report it"), choices=OPEN_TO_LABELS, initial=OpenTo.ANYBODY.value)
    public = forms.BooleanField(
        label=_("Reports are public"),
        required=False,
        initial=True,
        help_text=_("With their checked photos, never with who reported. Otherwise only your own people see them."),
    )
    priority = forms.TypedChoiceField(
        label=_("Usual priority"), choices=PRIORITY_LABELS, coerce=int, initial=Priority.ORDINARY.value
    )
    field_order = (
        *("label", "group", "what_next", "keywords", "icon", "asset", "open_to", "public"),
        *("priority", "hours", "working"),
    )

    def clean(self) -> dict[str, object]:
        """Nothing in it points at people."""
        data = super().clean() or {}
        for name in ("label", "group", "keywords"):
            if about_people(str(data.get(name) or "")):
                self.add_error(name, NO_PEOPLE)
        return data

    def plain(self) -> list[forms.BoundField]:
        """Its fields without those of priorities."""
        return [field for field in self if "-" not in field.name]

    def written(self, row: Category) -> Category:
        """The row with what was filled in."""
        for name in ("label", "group", "what_next", "keywords", "icon", "asset", "open_to", "public", "priority"):
            setattr(row, name, self.cleaned_data[name])
        row.hours, row.working = self.usual()
        return row


def category_values(row: Category, others: Mapping[int, Lasts]) -> dict[str, object]:
    """What the form of a category begins with."""
    names = ("label", "group", "what_next", "keywords", "icon", "asset", "open_to", "public", "priority")
    values: dict[str, object] = {name: getattr(row, name) for name in (*names, "hours", "working")}
    for priority, (hours, working) in others.items():
        values |= {f"hours-{priority}": hours, f"working-{priority}": working}
    return values


class WayForm(ChoosingForm):
    """One line of who receives what; what is left empty matches anything."""

    category = ChosenField(label=_("Kind of fault"), required=False)
    territory = ChosenField(label=pgettext_lazy("of a report", "Place"), required=False)
    days = forms.MultipleChoiceField(
        label=_("Days"), choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: all.")
    )
    starts = hour_field(_("From"), required=False)
    ends = hour_field(_("Until"), required=False)
    organisation = ChosenField(label=_("Goes to"))
    team = ChosenField(label=_("Team"), required=False)
    order = forms.IntegerField(
        label=_("Order"),
        min_value=1,
        max_value=999,
        initial=50,
        help_text=_("Of two lines that are as particular, the lower number is taken."),
    )

    def __init__(
        self,
        *args: object,
        categories: QuerySet[Category],
        places: Sequence[tuple[str, str]],
        organisations: QuerySet[Model],
        teams: QuerySet[Team],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self._teams = teams
        self.choose("category", Among(categories, ("label",)), none=_("any"))
        self.choose("territory", Listed(places), none=_("anywhere"))
        self.choose("organisation", Among(organisations), none=_("choose"))
        self.choose("team", Among(teams, ("name", "organisation__name")), none=pgettext_lazy("a team", "none"))

    def clean(self) -> dict[str, object]:
        """Both hours or neither, and a team of that organisation."""
        data = super().clean() or {}
        if bool(data.get("starts")) != bool(data.get("ends")):
            self.add_error("ends", _("Give both hours, or neither."))
        elif data.get("starts") and data.get("starts") == data.get("ends"):
            self.add_error("ends", _("From and until are the same: leave both empty for any hour."))
        team, organisation = data.get("team"), data.get("organisation")
        rows = (
            self._teams.filter(pk=UUID(str(team)), organisation=UUID(str(organisation)))
            if team and organisation
            else None
        )
        if rows is not None and not rows.exists():
            self.add_error("team", _("This team belongs to another organisation."))
        return data

    def written(self, row: Way) -> Way:
        """The row with what was filled in."""
        data = self.cleaned_data
        row.category_id = UUID(data["category"]) if data["category"] else None
        row.territory_id = UUID(data["territory"]) if data["territory"] else None
        row.organisation_id = UUID(data["organisation"])
        row.team_id = UUID(data["team"]) if data["team"] else None
        days = "".join(sorted(data["days"]))
        row.days = "" if days == WHOLE_WEEK else days
        row.starts, row.ends, row.order = data["starts"], data["ends"], data["order"]
        return row


def way_values(row: Way) -> dict[str, object]:
    """What the form of a way begins with; as text, so that an address or a hidden field can hold it."""
    return {
        "category": str(row.category_id or ""),
        "territory": str(row.territory_id or ""),
        "organisation": str(row.organisation_id),
        "team": str(row.team_id or ""),
        "days": list(row.days),
        "starts": f"{row.starts:%H:%M}" if row.starts else "",
        "ends": f"{row.ends:%H:%M}" if row.ends else "",
        "order": row.order,
    }


class ReceiverForm(ChoosingForm):
    """Who would receive it: which kind, where, when."""

    category = ChosenField(label=_("Kind of fault"))
    territory = ChosenField(label=pgettext_lazy("of a report", "Place"), required=False)
    at = moment_field(_("When"))

    def __init__(
        self, *args: object, categories: QuerySet[Category], places: Sequence[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.choose("category", Among(categories, ("label",)), none=_("choose"))
        self.choose("territory", Listed(places), none=_("somewhere else in the authority"))


def explain(error: ValidationError, form: forms.Form) -> None:
    """Put what the database's rules say beside the field that they are about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, said in error.error_dict.items():
        form.add_error(name if name in form.fields else None, said)
