"""What whoever mends answers by the link of a letter: a day, what was done, a word, whose it is."""

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.days import day_field
from beffroi.systems.reports.errors import NothingShown
from beffroi.systems.reports.forms.desk import PicturesForm
from beffroi.systems.reports.rules import LONGEST_TEXT

WORDS = forms.Textarea(attrs={"rows": 3})


class TakenForm(forms.Form):
    """It was read: nothing else is asked."""


class PlannedForm(forms.Form):
    """It will be mended that day."""

    planned_for = day_field(_("Planned for"))
    text = forms.CharField(label=_("In words"), required=False, max_length=LONGEST_TEXT, widget=WORDS)


class MendedForm(PicturesForm):
    """It is mended: a photo shows it, or words say it."""

    text = forms.CharField(
        label=_("What was done"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=WORDS,
        help_text=_("Everybody who follows the report reads it."),
    )
    field_order = ("photos", "text")

    def clean(self) -> dict[str, object]:
        """Closing shows something."""
        data = super().clean() or {}
        if not (str(data.get("text", "")).strip() or data.get("photos") or self.errors):
            self.add_error("text", NothingShown.message)
        return data


class WordForm(PicturesForm):
    """A word, or a question, and photos of it."""

    text = forms.CharField(
        label=_("In words"),
        max_length=LONGEST_TEXT,
        widget=WORDS,
        help_text=_("Whoever reported it reads it, and may answer."),
    )
    field_order = ("text", "photos")


class NotOursForm(forms.Form):
    """It isn't theirs to mend: whose it is."""

    whose = forms.CharField(label=_("Whose it is"), max_length=120)
    text = forms.CharField(label=_("In words"), required=False, max_length=LONGEST_TEXT, widget=WORDS)

    def words(self) -> str:
        """What the town reads."""
        data = self.cleaned_data
        return f"{_now('Whose it is: %(whose)s.') % {'whose': data['whose']}} {data['text']}".strip()
