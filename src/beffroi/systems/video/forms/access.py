"""What an inhabitant writes about images of themselves, and what is answered."""

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.systems.video.actions.access import Wish
from beffroi.systems.video.forms.once import OnceForm
from beffroi.systems.video.models.access import ANSWER_LABELS, RIGHT_LABELS
from beffroi.systems.video.rules import Answer, Right


class AccessForm(OnceForm, ChoosingForm):
    """A request about one's own images."""

    site = ChosenField(label=_("Where"))
    right = forms.ChoiceField(label=_("What you want"), choices=RIGHT_LABELS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("When and where you were filmed"),
        max_length=2000,
        help_text=_(
            "The day, the hour as near as you can, the entrance, what you wore: so that you are found, and nobody else is."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    name = forms.CharField(
        label=_("First name and name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact = forms.CharField(
        label=_("E-mail or postal address"),
        max_length=200,
        help_text=_("Where the answer goes. You may be asked to show who you are before an image is given."),
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: object, sites: QuerySet[Model], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("site", Among(sites, ("name", "address")))

    def wish(self) -> Wish:
        """What was asked."""
        data = self.cleaned_data
        return Wish(Right(data["right"]), data["name"], data["contact"], data["words"], get_language() or "fr")


class AnswerForm(forms.Form):
    """An answer; a refusal says why."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=ANSWER_LABELS, widget=forms.RadioSelect)
    said = forms.CharField(
        label=_("In words"),
        max_length=2000,
        required=False,
        help_text=_("Whoever asked reads it. A refusal says why."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, object]:
        """A refusal has words."""
        data = super().clean() or {}
        if data.get("answer") == Answer.REFUSED and not str(data.get("said") or "").strip():
            self.add_error("said", _("A refusal says why, in words."))
        return data


class LongerForm(forms.Form):
    """Why two more months are needed."""

    why = forms.CharField(
        label=_("Why more time is needed"),
        max_length=1000,
        help_text=_("Whoever asked reads it: the law wants the reason."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
