"""What whoever handles a report fills in: how far it is, why it is closed, who has it, what is said of it."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed
from beffroi.persistence.days import day_field
from beffroi.systems.reports.actions.handling import Said
from beffroi.systems.reports.errors import NothingShown
from beffroi.systems.reports.forms.pocket import PhotosField
from beffroi.systems.reports.models import DECLINE_LABELS, PRIORITY_LABELS, STAGE_LABELS, Category
from beffroi.systems.reports.rules import LONGEST_TEXT, Decline, Priority, Stage

if TYPE_CHECKING:
    from beffroi.kernel.accounts.models import Person

ANY = ("", pgettext_lazy("reports", "all"))
GOING_ON = (Stage.ACKNOWLEDGED.value, Stage.PLANNED.value, Stage.MENDING.value)


class SearchForm(forms.Form):
    """Finding reports."""

    q = forms.CharField(
        label=_("Reference, place or words"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    whose = forms.ChoiceField(
        label=_("Whose"),
        required=False,
        choices=[ANY, ("mine", _("mine")), ("team", _("mine and my team’s")), ("ours", _("my organisation’s"))],
    )
    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[
            ("", pgettext_lazy("reports", "open")),
            *STAGE_LABELS,
            ("closed", pgettext_lazy("reports", "closed")),
            ("all", pgettext_lazy("reports", "all")),
        ],
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    organisation = forms.ChoiceField(label=_("In charge"), required=False)
    late = forms.BooleanField(label=_("Late"), required=False)
    check = forms.BooleanField(label=_("To check"), required=False)

    def __init__(
        self,
        *args: object,
        categories: Sequence[tuple[str, str]],
        organisations: Sequence[tuple[str, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for name, choices in (("category", categories), ("organisation", organisations)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [ANY, *choices]


class WordsForm(forms.Form):
    """Words, which others read unless they are kept between those who handle it."""

    text = forms.CharField(
        label=_("In words"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    private = forms.BooleanField(label=_("Only for those who handle it"), required=False)

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"], not self.cleaned_data.get("private"))


class StageForm(WordsForm):
    """How far it is."""

    stage = forms.ChoiceField(label=_("Stage"), widget=forms.RadioSelect)
    planned_for = day_field(_("Planned for"), _("Only for the stage “planned”."), required=False)
    field_order = ("stage", "planned_for", "text", "private")

    def __init__(self, *args: object, now_at: str, **kwargs: object) -> None:
        """`now_at`: where it is already, which is no step."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        field = self.fields["stage"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [one for one in STAGE_LABELS if one[0] in GOING_ON and one[0] != now_at]

    def clean(self) -> dict[str, object]:
        """What is planned has a day."""
        data = super().clean() or {}
        if data.get("stage") == Stage.PLANNED and not data.get("planned_for") and "planned_for" not in self.errors:
            self.add_error("planned_for", _("Say which day it is planned for."))
        return data


class PicturesForm(forms.Form):
    """Photos that go with an act."""

    photos = PhotosField(label=_("Photos"), required=False)

    def files_sent(self) -> "list[UploadedFile[bytes]]":
        """As they were sent."""
        return list(self.cleaned_data["photos"])


class SayForm(PicturesForm, WordsForm):
    """A word in the thread, and photos of it."""

    field_order = ("text", "photos", "private")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["text"].required = True


class AuthorSayForm(PicturesForm):
    """What whoever reported it adds, or answers."""

    field_order = ("text", "photos")

    text = forms.CharField(label=_("In words"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"])


class DoneForm(PicturesForm):
    """It is mended: a photo shows it, or words say it."""

    text = forms.CharField(
        label=_("What was done"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who follows the report reads it."),
    )
    field_order = ("photos", "text")

    def clean(self) -> dict[str, object]:
        """Closing shows something."""
        data = super().clean() or {}
        said = data.get("text", "").strip() or data.get("photos") or self.errors
        if not said:
            self.add_error("text", NothingShown.message)
        return data

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"])


class DeclineForm(forms.Form):
    """It will not be mended here. "Not ours" says whose."""

    reason = forms.ChoiceField(label=_("Reason"), choices=DECLINE_LABELS, widget=forms.RadioSelect)
    whose = forms.CharField(
        label=_("Whose it is"),
        max_length=120,
        required=False,
        help_text=_("When it isn’t yours. Somebody who is on the list of “Hand over” is better given it."),
    )
    text = forms.CharField(
        label=_("What you say to whoever reported it"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, object]:
        """What isn't ours is somebody's."""
        data = super().clean() or {}
        if data.get("reason") == Decline.NOT_OURS and not data.get("whose"):
            self.add_error("whose", _("Say whose it is, so that it can be reported there."))
        return data

    def said(self) -> Said:
        """As the acts take it."""
        data = self.cleaned_data
        if data["reason"] != Decline.NOT_OURS:
            return Said(data["text"])
        return Said(f"{_now('Whose it is: %(whose)s.') % {'whose': data['whose']}} {data['text']}")


class ReopenForm(forms.Form):
    """It isn't mended after all."""

    text = forms.CharField(
        label=_("What is still wrong"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"])


class HandForm(ChoosingForm):
    """Who has it in charge from now on. A partner who gives it back says whose it is."""

    to = ChosenField(label=_("To"))
    text = forms.CharField(
        label=_("In words"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: object,
        receivers: Sequence[tuple[str, str]],
        own: Collection[UUID] | None = None,
        **kwargs: object,
    ) -> None:
        """`own`: the organisations of a partner's desk, which may give it to another team of theirs without a word."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self._own = None if own is None else {str(one) for one in own}
        self.choose("to", Listed(receivers))

    def clean(self) -> dict[str, object]:
        """What isn’t theirs is somebody’s."""
        data = super().clean() or {}
        to = str(data.get("to") or "").partition(":")[0]
        if to and self._own is not None and to not in self._own and not str(data.get("text") or "").strip():
            self.add_error("text", _("Say whose it is, as far as you know, so that it goes there next."))
        return data

    def said(self) -> Said:
        """As the acts take it."""
        return Said(self.cleaned_data["text"])


class AssignForm(ChoosingForm):
    """Who sees to it; those of its team first."""

    person = ChosenField(label=_("Who sees to it"), required=False)

    def __init__(
        self,
        *args: object,
        people: "QuerySet[Person]",
        team: "tuple[str, QuerySet[Person]] | None" = None,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        nobody = _("nobody in particular")
        if team is None:
            self.choose("person", Among(people), none=nobody)
            return
        name, members = team
        others = people.exclude(pk__in=members.values("pk"))
        first = Among(people.filter(pk__in=members.values("pk")), group=name)
        self.choose("person", first, Among(others, group=_("others")), none=nobody)


class RateForm(ChoosingForm):
    """What kind of fault it is, and how soon it must be seen to."""

    category = ChosenField(label=_("Category"))
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=PRIORITY_LABELS, coerce=lambda value: Priority(int(value))
    )

    def __init__(self, *args: object, categories: QuerySet[Category], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("category", Among(categories, ("label",)))


class MergeForm(forms.Form):
    """Which other report is about the same fault."""

    into = forms.CharField(label=_("Reference of the other one"), max_length=12, help_text=_("For instance 26-000123"))


class ShownForm(forms.Form):
    """What others may read of words that were held."""

    shown = forms.CharField(
        label=_("What others read"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Take out what points at somebody. Empty: nothing is shown."),
    )
