"""A round under way, on the phone of whoever goes: the next place large, what can be done there, what is left."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.offline import kept_offline
from beffroi.systems.reports.actions.handling import Said, mend_report, say_of_report, stage_report
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.actions.rounds import skip_stop
from beffroi.systems.reports.errors import NoPhoto, NothingShown, ReportError, TooHeavy, TooLarge, TooMany
from beffroi.systems.reports.forms.desk import DoneForm
from beffroi.systems.reports.forms.rounds import AddForm, MissingForm
from beffroi.systems.reports.forms.wordings import offering
from beffroi.systems.reports.models import Photo, Report, Round, Stop
from beffroi.systems.reports.pages.intake import with_photos
from beffroi.systems.reports.pages.rounds import goer_form
from beffroi.systems.reports.queries.desk import part_in
from beffroi.systems.reports.queries.reports import shown_photos
from beffroi.systems.reports.queries.rounds import (
    Course,
    Going,
    Halt,
    course,
    covered_on,
    day_words,
    far_words,
    halts_words,
    leads,
    place_of,
    rounds,
)
from beffroi.systems.reports.queries.servers import said_already
from beffroi.systems.reports.queries.sketch import sketch
from beffroi.systems.reports.queries.wordings import Offer, blanks_of, suited, usable
from beffroi.systems.reports.rules import PhotoState, Stage, Telling

ACTS = ("mending", "done", "missing", "skip", "unskip")


@kept_offline
@require_GET
def report_round(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The round: the next place, or the one that was chosen; all of them in order; the way drawn to scale."""
    viewer = viewer_of(request)
    return drawn(request, viewer, _round(viewer, pk), request.GET.get("stop", ""))


@require_POST
def report_stop(request: HttpRequest, pk: UUID, stop: UUID, done: str) -> HttpResponse:
    """What was done at a place: wrong values come back on the round's page with what was typed."""
    viewer = viewer_of(request)
    row = _round(viewer, pk)
    gone = course(row, covered_on(viewer, row))
    halt = next((one for one in gone.halts if one.stop.pk == stop), None)
    if halt is None or done not in ACTS or row.dropped_at is not None:
        raise Hidden
    if halt.going in (Going.LEFT, Going.DONE):
        messages.warning(request, _("This place is done, or somebody else’s by now."))
        return redirect("report-round", pk=pk)
    try:
        wrong = _do(request, viewer, halt.stop, done)
    except ReportError as error:
        messages.warning(request, str(error.message))
        return redirect("report-round", pk=pk)
    if wrong is not None:
        return drawn(request, viewer, row, str(stop), {done: wrong})
    return redirect("report-round", pk=pk)


def _do(request: HttpRequest, viewer: Viewer, stop: Stop, deed: str) -> forms.Form | None:
    now, by = utc_now(), viewer.known_person
    if deed in ("skip", "unskip"):
        skip_stop(stop=stop, skipped=deed == "skip", by=by, now=now)
        return None
    # Somebody may hand it over at this instant: then it is no longer theirs who stand there.
    charge = stop.report.organisation_id
    if deed == "mending":
        stage_report(report=stop.report, stage=Stage.MENDING, said=Said(charge=charge), by=by, now=now)
        messages.success(request, _("The stage is written down."))
        return None
    form = _forms(stop.report, request)[deed]
    if not form.is_valid():
        return form
    said = form.cleaned_data["text"].strip()
    # Sent again where no answer came back: what is done is seen by its stage, what was only said by the page that said it.
    page = form.cleaned_data.get("submission")
    remote = f"stop:{page}" if page else ""
    if remote and said_already(stop.report, remote):
        skip_stop(stop=stop, skipped=True, by=by, now=now)
        return None

    def mended(photos: list[Taken]) -> None:
        mend_report(report=stop.report, said=Said(said, charge=charge), photos=photos, by=by, now=now)

    def missing(photos: list[Taken]) -> None:
        found = _("Somebody went there and found nothing.")
        words = Said(f"{found} {said}".strip(), public=False, remote=remote, charge=charge)
        say_of_report(report=stop.report, said=words, staff=True, photos=photos, by=by, now=now)
        skip_stop(stop=stop, skipped=True, by=by, now=now)

    try:
        with_photos(stop.report.authority_id, form.files_sent(), mended if deed == "done" else missing)
    except (NothingShown, NoPhoto, TooHeavy, TooLarge, TooMany) as error:
        form.add_error("text" if isinstance(error, NothingShown) else "photos", str(error.message))
        return form
    messages.success(
        request,
        _("Done. The next place is below.") if deed == "done" else _("Your desk is told that nothing was found."),
    )
    return None


def _forms(report: Report, request: HttpRequest | None = None) -> dict[str, DoneForm | MissingForm]:
    data, files = (request.POST, request.FILES) if request is not None else (None, None)
    answers = suited(usable(report.authority_id, report.category_id), Telling.DONE)
    done = offering(DoneForm(data, files, auto_id="done_%s"), Offer(answers, blanks_of(report)))
    return {"done": done, "missing": MissingForm(data, files, auto_id="missing_%s", initial={"submission": uuid4()})}


def _round(viewer: Viewer, pk: UUID) -> Round:
    row = rounds(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def drawn(
    request: HttpRequest, viewer: Viewer, row: Round, chosen: str, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    gone = course(row, covered_on(viewer, row))
    now_at = _current(gone, chosen)
    leading = leads(viewer, row)
    places = [(str(halt.number), place_of(halt.stop)) for halt in gone.halts if halt.going is not Going.LEFT]
    drawing = sketch(Position(row.latitude, row.longitude), places, returns=row.returns)
    context = {
        "round": row,
        "course": gone,
        "current": now_at,
        "photos": _photos(now_at.stop.report) if now_at else [],
        "forms": {**(_forms(now_at.stop.report) if now_at else {}), **(wrong or {})},
        "form": next(iter(wrong.values()), None) if wrong else None,
        "wrong": next(iter(wrong), "") if wrong else "",
        "day": day_words(row.day),
        "leads": leading,
        # What is sent from the page waits on it for a network.
        "leaves_later": True,
        "ordering": leading and "order" in request.GET,
        "goers": goer_form(viewer, row) if leading else None,
        "adding": (wrong or {}).get("add") or (AddForm(viewer=viewer, row=row, auto_id="add_%s") if leading else None),
        "sketch": drawing,
        "halts": halts_words(row, gone),
        "bar": far_words(drawing.metres),
        "part": part_in(viewer, now_at.stop.report) if now_at else None,
    }
    return render(request, "reports/round.html", context, status=422 if wrong else 200)


def _current(gone: Course, chosen: str) -> Halt | None:
    waiting = gone.waiting
    return next((halt for halt in waiting if str(halt.stop.pk) == chosen), waiting[0] if waiting else None)


def _photos(report: Report) -> list[Photo]:
    rows = shown_photos([report.pk], whole=True)
    return [row for row in rows if row.state != PhotoState.REFUSED]
