"""What an officer asks, what an owner answers, what a manager says."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.rules import Declined
from beffroi.systems.video.forms.once import OnceForm
from beffroi.systems.video.models import Site
from beffroi.systems.video.queries.requests import Asking, Choice, choices, offered, purposes, receivers

DECLINED = (
    (Declined.NOT_JUSTIFIED.value, _("the reason given does not justify it")),
    (Declined.OTHER_MEANS.value, _("there are other means")),
    (Declined.WRONG_PLACE.value, _("it is the wrong place")),
    (Declined.OTHER.value, _("another reason")),
)


class AskForm(OnceForm):
    """Four acts: where, why, how long, ask. What may be said besides is folded."""

    where = forms.ChoiceField(label=_("Where"))
    why = forms.ChoiceField(label=_("Why"), widget=forms.RadioSelect)
    lasts = forms.ChoiceField(
        label=_("For how long"), widget=forms.RadioSelect, error_messages={"required": _("Say how long.")}
    )
    minutes = forms.IntegerField(label=_("Another duration, in minutes"), required=False, min_value=1, max_value=1440)
    emergency = forms.BooleanField(
        label=_("Emergency"),
        required=False,
        help_text=_(
            "The image comes at once. Whoever is on call confirms; if nobody does, you justify it in writing within 24 hours."
        ),
    )
    receiving = forms.ChoiceField(label=_("Receiving service"), required=False)
    circumstances = forms.CharField(
        label=_("Circumstances"),
        required=False,
        max_length=2000,
        help_text=_("Kept with the request, never in the register."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    procedure = forms.CharField(label=_("Procedure’s reference"), required=False, max_length=60)
    key = forms.CharField(required=False, max_length=43, widget=forms.HiddenInput(attrs={"data-part": "key"}))

    def __init__(self, *args: object, askings: list[Asking], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.groups = {choice.value: choice for choice in choices(askings)}
        self.askings = {str(one.convention.pk): one for one in askings}
        several = len({one.site.pk for one in self.groups.values()}) > 1
        # Of several sites none is chosen beforehand: nobody looks into the wrong one because it came first.
        begins = [("", _("choose"))] if several else []
        self._choose("where", [*begins, *((one.value, one.words) for one in self.groups.values())])
        self._choose("why", purposes(askings))
        self._choose("lasts", offered(askings))
        self.fields["lasts"].required = not self.data.get("minutes")  # what is typed says it as well
        self._choose("receiving", [("", _("your own service")), *receivers(askings)])

    def _choose(self, name: str, found: Sequence[tuple[str, object]]) -> None:
        self.fields[name].choices = found  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def group(self) -> Choice:
        """The cameras that were chosen."""
        return self.groups[self.cleaned_data["where"]]

    @property
    def asking(self) -> Asking:
        """The convention that was chosen with the reason."""
        return self.askings[self.cleaned_data["why"].partition(":")[0]]

    @property
    def cameras(self) -> tuple[UUID, ...]:
        """Of the group, those that this convention covers; all of it where it covers none, which is then refused."""
        group, covered = self.group.cameras, self.asking.covered
        return tuple(one for one in group if one in covered) or group

    def lasting(self) -> timedelta:
        """How long: what was typed stands before what was chosen."""
        return timedelta(minutes=self.cleaned_data["minutes"] or int(self.cleaned_data["lasts"]))


class RefuseForm(forms.Form):
    """Why an owner says no."""

    because = forms.ChoiceField(label=_("Why not"), choices=DECLINED, widget=forms.RadioSelect)


class JustifyForm(forms.Form):
    """Why it was an emergency."""

    words = forms.CharField(
        label=_("Written justification"),
        max_length=4000,
        help_text=_("What happened, why nobody could be asked first. The owner and whoever supervises read it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class CallForm(forms.Form):
    """A manager's alert: where, and what happens if there is time to say it."""

    where = forms.ChoiceField(label=_("Where"))
    words = forms.CharField(
        label=_("What happens"),
        required=False,
        max_length=500,
        help_text=_("If you have time. No name."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: object, sites: list[Site], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.places = {
            key: (site, entrance)
            for site in sites
            for key, entrance in (
                (f"site:{site.pk}", None),
                *((f"entrance:{one.pk}", one) for one in site.entrances.order_by("name")),
            )
        }
        self.fields["where"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (key, f"{site.name}, {entrance.name}" if entrance else site.name)
            for key, (site, entrance) in self.places.items()
        ]
