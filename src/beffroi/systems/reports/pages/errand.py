"""The page of whoever mends a report and has no account: the link of a letter opens one report, and answers in the name of one team."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from beffroi.adapters.storage.errors import NotStored
from beffroi.kernel.territory.queries.authorities import authority_at, authority_organisation
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another
from beffroi.systems.reports.actions.handling import Link, Said, hand_over, mend_report, say_of_report, stage_report
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.errors import NothingShown, ReportError
from beffroi.systems.reports.forms.errand import MendedForm, NotOursForm, PlannedForm, TakenForm, WordForm
from beffroi.systems.reports.models import Errand, Line
from beffroi.systems.reports.pages.intake import with_photos
from beffroi.systems.reports.queries.errands import errand_of, mender_photo, mender_photos, over
from beffroi.systems.reports.queries.media import media, name_of, part_of
from beffroi.systems.reports.queries.photos import SIZES
from beffroi.systems.reports.queries.questions import answered
from beffroi.systems.reports.queries.reports import thread
from beffroi.systems.reports.queries.words import line_words, promise_words, time_left
from beffroi.systems.reports.rules import OPEN, REFERRING, Stage

F = TypeVar("F", bound=forms.Form)
# From one address of the network: a gang that answers a day's letters, and no flood.
ANSWERS: Final = "60/10m/ip"
WAIT: Final = 600
GONE: Final = 410


class Doable(Protocol):
    """One answer, whatever its form."""

    def when(self, errand: Errand) -> bool:
        """Whether the report is at a stage that has it."""
        ...

    def shown(
        self, data: QueryDict | None = None, files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None
    ) -> forms.Form:
        """Its form."""
        ...

    def done(self, errand: Errand, form: forms.Form) -> str:
        """Do it, the form being right: the words of what was done. Raises ReportError."""
        ...


@dataclass(frozen=True, slots=True)
class Answer(Generic[F]):
    """One of them."""

    form: type[F]
    do: Callable[[Errand, F], str]
    stages: tuple[Stage, ...] = OPEN

    def when(self, errand: Errand) -> bool:
        """As the protocol says."""
        return errand.report.stage in self.stages

    def shown(
        self, data: QueryDict | None = None, files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None
    ) -> forms.Form:
        """As the protocol says."""
        return self.form(data, files)

    def done(self, errand: Errand, form: forms.Form) -> str:
        """As the protocol says."""
        if not isinstance(form, self.form):
            raise TypeError("another answer's form")
        return self.do(errand, form)


@login_not_required
@for_another
@never_cache
@require_GET
def errand_page(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is opened changes nothing: programs that look into mail open links too. Its buttons do."""
    return _private(_drawn(request, _errand(token), token))


@login_not_required
@for_another
@never_cache
@require_POST
def errand_act(request: HttpRequest, token: str, answer: str) -> HttpResponse:
    """One answer: wrong values come back on the page with what was typed."""
    errand, act = _errand(token), ANSWERING.get(answer)
    if act is None:
        raise Hidden
    slow: HttpResponse | None = ratelimit.consume_or_429(request, action="report-desk", config={"report-desk": ANSWERS})
    if slow is not None:
        slow["Retry-After"] = str(WAIT)
        return slow
    if over(errand, utc_now()) is not None or not act.when(errand):
        messages.warning(request, _("This can’t be done any more: see how far it is."))
        return _private(redirect("report-desk", token=token))
    form = act.shown(request.POST, request.FILES)
    if form.is_valid():
        try:
            messages.success(request, act.done(errand, form))
            return _private(redirect("report-desk", token=token))
        except ReportError as error:
            form.add_error(_field(form, error), str(error.message))
    return _private(_drawn(request, errand, token, (answer, form)))


@login_not_required
@for_another
@require_GET
def errand_photo(request: HttpRequest, token: str, photo: UUID, version: int, size: str) -> HttpResponse:
    """A photo for whoever mends, as long as the link opens its report."""
    errand = _errand(token)
    shown = size in SIZES and over(errand, utc_now()) is None
    row = mender_photo(errand, photo, version) if shown else None
    if row is None:
        raise Hidden
    try:
        data = media().get(name_of(row.authority_id, row.pk, part_of(size, version)))
    except NotStored:
        raise Hidden from None
    answer = HttpResponse(data, content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=3600"
    return _private(answer)


def _errand(token: str) -> Errand:
    row = errand_of(token)
    if row is None:
        raise Hidden
    return row


def _private(answer: HttpResponse) -> HttpResponse:
    """The address is the key: no other site is told it, no search engine keeps it. Our own is, or it would take no form."""
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _field(form: forms.Form, error: ReportError) -> str | None:
    name = "text" if isinstance(error, NothingShown) else "photos"
    return name if name in form.fields else None


def _drawn(
    request: HttpRequest, errand: Errand, token: str, wrong: tuple[str, forms.Form] | None = None
) -> HttpResponse:
    now, report = utc_now(), errand.report
    ended = over(errand, now)
    context: dict[str, object] = {
        "authority": authority_at(report.authority.slug),
        "report": report,
        "team": errand.team,
        "token": token,
        "ended": ended,
    }
    if ended is None:
        answers = {name: one.shown() for name, one in ANSWERING.items() if one.when(errand)}
        if wrong is not None:
            answers[wrong[0]] = wrong[1]
        for name, form in answers.items():
            form.auto_id = f"{name}_%s"
        context |= {
            "photos": mender_photos(errand),
            "answers": answered(report, whole=False),
            "lines": [
                (line, line_words(line), _text(line), _who(line, errand))
                for line in thread(report, staff=False, whole=False)
            ],
            "left": time_left(report, now),
            "promise": promise_words(report),
            "forms": answers,
            "form": wrong[1] if wrong else None,
            "wrong": wrong[0] if wrong else request.GET.get("open", ""),
        }
    status = 422 if wrong else GONE if ended else 200
    return render(request, "reports/errand.html", context, status=status)


def _text(line: Line) -> str:
    return "" if line.kind in REFERRING else line.text


def _who(line: Line, errand: Errand) -> str:
    """Who says it: organisations; whoever reported it stays nobody."""
    if line.team_id == errand.team_id:
        return _("you, by this link")
    if line.kind == "handed" or line.organisation is None:
        return ""
    return line.organisation.name


def _said(errand: Errand, text: str = "") -> Said:
    return Said(text, link=Link(errand.pk, errand.team_id))


def _taken(errand: Errand, _form: TakenForm) -> str:
    stage_report(report=errand.report, stage=Stage.ACKNOWLEDGED, said=_said(errand), by=None, now=utc_now())
    return _("It is written down that you have it.")


def _planned(errand: Errand, form: PlannedForm) -> str:
    data = form.cleaned_data
    said = _said(errand, data["text"])
    stage_report(
        report=errand.report, stage=Stage.PLANNED, said=said, planned_for=data["planned_for"], by=None, now=utc_now()
    )
    return _("The day is written down.")


def _mending(errand: Errand, _form: TakenForm) -> str:
    stage_report(report=errand.report, stage=Stage.MENDING, said=_said(errand), by=None, now=utc_now())
    return _("It is written down that it is being mended.")


def _mended(errand: Errand, form: MendedForm) -> str:
    def act(photos: list[Taken]) -> None:
        said = _said(errand, form.cleaned_data["text"])
        mend_report(report=errand.report, said=said, photos=photos, by=None, now=utc_now())

    with_photos(errand.authority_id, form.files_sent(), act)
    return _("It is done. Thank you.")


def _word(errand: Errand, form: WordForm) -> str:
    def act(photos: list[Taken]) -> None:
        said = _said(errand, form.cleaned_data["text"])
        say_of_report(report=errand.report, said=said, staff=True, photos=photos, by=None, now=utc_now())

    with_photos(errand.authority_id, form.files_sent(), act)
    return _("It is said.")


def _not_ours(errand: Errand, form: NotOursForm) -> str:
    town = authority_organisation(errand.authority_id)
    hand_over(
        report=errand.report,
        organisation=town.pk,
        team=None,
        said=_said(errand, form.words()),
        by=None,
        now=utc_now(),
    )
    return _("It is given back to %(name)s. Thank you.") % {"name": town.name}


ANSWERING: dict[str, Doable] = {
    "taken": Answer(TakenForm, _taken, (Stage.RECEIVED,)),
    "planned": Answer(PlannedForm, _planned, (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.MENDING)),
    "mending": Answer(TakenForm, _mending, (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.PLANNED)),
    "done": Answer(MendedForm, _mended),
    "word": Answer(WordForm, _word, (*OPEN, Stage.DONE)),
    "back": Answer(NotOursForm, _not_ours),
}
