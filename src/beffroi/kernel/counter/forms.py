"""Forms of the counter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.counter.models import WHY_LABELS
from beffroi.kernel.counter.rules import LETTERS, Why


class FindForm(forms.Form):
    """Whom one looks for. What is typed about somebody is not proposed again by the browser."""

    words = forms.CharField(
        label=_("Name, or whole e-mail address"),
        help_text=_("Three letters of the name at least; an address must be whole"),
        min_length=LETTERS,
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """An account for somebody who has none."""

    name = forms.CharField(
        label=_("First name and name"),
        min_length=2,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("Leave empty when the person has none: they are served here"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")])


class MandateForm(forms.Form):
    """How the person asked, what they showed, and that one acts for them."""

    why = forms.ChoiceField(
        label=_("How the person asked"),
        choices=[(why.value, label) for why, label in WHY_LABELS.items()],
        widget=forms.RadioSelect,
    )
    identity = forms.ChoiceField(
        label=_("Proof of identity"),
        choices=[("seen", _("I saw it")), ("not-seen", _("I did not see it"))],
        widget=forms.RadioSelect,
    )
    confirmed = forms.BooleanField(label=_("I act for this person, at their request"))

    def __init__(self, *args: object, name: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on
        self.fields["confirmed"].label = _("I act for %(name)s, at their request") % {"name": name}

    def chosen(self) -> tuple[Why, bool]:
        """How they asked, and whether a proof of identity was seen."""
        return Why(self.cleaned_data["why"]), self.cleaned_data["identity"] == "seen"


class AgainForm(forms.Form):
    """To take up a mandate whose time was over: the person is still there, and asks for it."""

    still_there = forms.BooleanField(label=_("The person is still there, or on the telephone"))
