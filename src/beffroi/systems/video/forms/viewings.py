"""What is looked for in the register of viewings."""

from datetime import date
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField, Listed
from beffroi.persistence.days import day_field
from beffroi.systems.video.models import Camera
from beffroi.systems.video.queries.viewings import Sought

PARTS = (("day", _("whole days")), ("night", _("nights, from 6 p.m. to 8 a.m. the next day")))


class SoughtForm(ChoosingForm):
    """A camera, days or nights, an officer, a reason."""

    finds = "get"

    camera = ChosenField(label=_("Camera"), required=False)
    first = day_field(_("Day, or the first one"), required=False)
    last = day_field(_("Last day, of several"), required=False)
    part = forms.ChoiceField(label=_("Days or nights"), choices=PARTS, required=False)
    officer = ChosenField(label=_("Officer"), required=False)
    why = ChosenField(label=_("Reason for looking"), required=False)

    def __init__(
        self,
        *args: object,
        cameras: QuerySet[Camera],
        officers: list[tuple[str, str]],
        purposes: list[tuple[str, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("camera", Among(cameras, ("site__name", "number", "name")), none=_("all"))
        self.choose("why", Listed(purposes), none=_("any reason"))
        if officers:
            self.choose("officer", Listed(officers), none=_("anybody"))
        else:
            del self.fields["officer"]

    def clean(self) -> dict[str, object]:
        """Days in their order; one day alone is from and until."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", _("The end comes before the beginning."))
        return data

    def sought(self) -> Sought:
        """What was said of it."""
        data = self.cleaned_data if self.is_valid() else {}
        first, last = data.get("first"), data.get("last")
        return Sought(
            camera=UUID(data["camera"]) if data.get("camera") else None,
            first=first,
            last=last or first,
            nights=data.get("part") == "night",
            person=UUID(data["officer"]) if data.get("officer") else None,
            purpose=data.get("why") or "",
        )
