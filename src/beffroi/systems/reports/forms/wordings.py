"""Ready-made answers: what an administrator fills in of them, and how they are offered where something is said."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.systems.reports.models import Category, Wording
from beffroi.systems.reports.models.wordings import LONGEST
from beffroi.systems.reports.queries.wordings import Offer, blanks_left, filled, unknown_blanks, unknown_words
from beffroi.systems.reports.rules import Telling

F = TypeVar("F", bound=forms.Form)

TELLING_LABELS: Final = [
    (Telling.ACKNOWLEDGED.value, pgettext_lazy("a report", "acknowledged")),
    (Telling.PLANNED.value, pgettext_lazy("a report", "planned")),
    (Telling.MENDING.value, pgettext_lazy("a report", "being mended")),
    (Telling.DONE.value, pgettext_lazy("a report", "done")),
    (Telling.DECLINED.value, pgettext_lazy("a report", "declined")),
    (Telling.SAID.value, _("a word in the thread")),
]


class WordingForm(forms.Form):
    """One of the authority's answers."""

    label = forms.CharField(label=_("Name"), max_length=60, help_text=_("By which your agents find it."))
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "What stands between braces is filled in each time: {reference}, {category}, {place}, {planned_for}."
        ),
    )
    acts = forms.MultipleChoiceField(
        label=_("Offered when a report is"), choices=TELLING_LABELS, widget=forms.CheckboxSelectMultiple
    )
    category = forms.ChoiceField(label=_("For"), required=False)

    def __init__(self, *args: object, categories: Sequence[Category], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        field = self.fields["category"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("every kind of fault")), *((str(row.pk), row.label) for row in categories)]

    def clean_text(self) -> str:
        """Nothing between braces that nobody could fill in."""
        text = str(self.cleaned_data["text"])
        if names := unknown_blanks(text):
            raise ValidationError(unknown_words(names))
        return text

    def written(self, row: Wording) -> Wording:
        """The row with what was filled in."""
        data = self.cleaned_data
        row.label, row.text, row.acts = data["label"], data["text"], data["acts"]
        row.category_id = UUID(data["category"]) if data["category"] else None
        return row


def offering(form: F, offer: Offer) -> F:
    """The form, with the answers to choose from before its words. Without a script the chosen one is what is said when no words are
    typed; what is known is put in the place of blanks either way.
    """
    if not offer.rows:
        return form
    field = forms.ChoiceField(
        label=_("Ready-made answer"),
        required=False,
        choices=[("", _("none: your own words")), *((str(row.pk), row.label) for row in offer.rows)],
        help_text=_("Its text goes into the words below, where you change what you like."),
    )
    if offer.address:
        field.widget.attrs.update(
            {
                "hx-post": offer.address,
                "hx-trigger": "change",
                "hx-include": "closest form",
                "hx-params": "wording,text,planned_for",
                "hx-target": "next textarea",
                "hx-swap": "outerHTML",
            }
        )
    form.fields["wording"] = field
    order = [name for name in form.fields if name != "wording"]
    order.insert(order.index("text"), "wording")
    form.order_fields(order)
    form.fields["text"].validators.append(_nothing_left)
    if form.is_bound:
        form.data = _with_words(form.data, offer)
    return form


def _with_words(sent: Mapping[str, object], offer: Offer) -> Mapping[str, object]:
    if not isinstance(sent, QueryDict):
        return sent
    data = sent.copy()
    words = data.get("text", "").strip()
    chosen = next((row for row in offer.rows if str(row.pk) == data.get("wording")), None)
    if not words and chosen is not None:
        words = chosen.text
    data["text"] = filled(words, blanks_on(offer, data.get("planned_for", "")))
    return data


def blanks_on(offer: Offer, day: str) -> dict[str, str]:
    """What blanks are filled with, the planned day as it was typed."""
    try:
        planned = date_format(date.fromisoformat(day), "DATE_FORMAT")
    except ValueError:
        planned = offer.blanks.get("planned_for", "")
    return {**offer.blanks, "planned_for": planned}


def _nothing_left(text: str) -> None:
    """Words with a blank in them don't leave."""
    if names := blanks_left(text):
        said = _now("Nothing is known yet for %(names)s: say it in your own words, or take it out.")
        raise ValidationError(said % {"names": ", ".join(f"{{{name}}}" for name in names)})
