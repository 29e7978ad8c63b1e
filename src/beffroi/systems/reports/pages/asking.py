"""How an act with a report is asked for: who asks, its form, when it is there, the ready-made answers that go with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from beffroi.lib.viewer import Viewer
from beffroi.systems.reports.errors import NoPhoto, NothingShown, TooHeavy, TooMany
from beffroi.systems.reports.models import Report, Wording
from beffroi.systems.reports.queries.desk import Part
from beffroi.systems.reports.queries.wordings import Offer, blanks_of, suited
from beffroi.systems.reports.rules import OPEN, Telling

F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what of which report; `data` is what was sent, None when a form is only shown."""

    viewer: Viewer
    report: Report
    part: Part
    data: QueryDict | None = None
    files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None
    sent_to: str = ""
    wordings: Sequence[Wording] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is still to be handled."""
        return self.report.stage in OPEN


# For which acts ready-made answers are offered, and which.
TELLINGS: Final = {
    "stage": (Telling.ACKNOWLEDGED, Telling.PLANNED, Telling.MENDING),
    "done": (Telling.DONE,),
    "decline": (Telling.DECLINED,),
    "say": (Telling.SAID,),
}


def offer_for(asked: Asked, name: str) -> Offer:
    """The answers of one act's form, and what is known of the report."""
    address = reverse("report-wording", args=[asked.report.pk, name])
    return Offer(suited(asked.wordings, *TELLINGS[name]), blanks_of(asked.report), address)


class Doable(Protocol):
    """An act, whatever its form."""

    def whose(self, asked: Asked) -> bool:
        """Whether the act is the viewer's at all."""
        ...

    def when(self, asked: Asked) -> bool:
        """Whether the report is at a stage that has it."""
        ...

    def shown(self, asked: Asked) -> forms.Form:
        """Its form."""
        ...

    def done(self, asked: Asked) -> str | forms.Form:
        """Do it: the words of what was done, or the form with what is missing. Raises ReportError."""
        ...


@dataclass(frozen=True, slots=True)
class Act(Generic[F]):
    """One of them. `do` gives the words of what was done; None when it found the form wrong after all."""

    form: Callable[[Asked], F]
    do: Callable[[Asked, F], str | None]
    may: Callable[[Part], bool] = lambda part: part.handles
    at: Callable[[Asked], bool] = lambda asked: asked.is_open

    def whose(self, asked: Asked) -> bool:
        """As the protocol says."""
        return self.may(asked.part)

    def when(self, asked: Asked) -> bool:
        """As the protocol says."""
        return self.at(asked)

    def shown(self, asked: Asked) -> forms.Form:
        """As the protocol says."""
        return self.form(asked)

    def done(self, asked: Asked) -> str | forms.Form:
        """As the protocol says."""
        form = self.form(asked)
        if not form.is_valid():
            return form
        try:
            return self.do(asked, form) or form
        except (NothingShown, NoPhoto, TooHeavy, TooMany) as error:
            form.add_error("text" if isinstance(error, NothingShown) else "photos", str(error.message))
            return form
