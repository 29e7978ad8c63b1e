"""An agent reports for somebody, who stands at the counter or speaks on the telephone: typed in under a minute, without a mouse."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.handling import Said, follow_report, say_of_report
from beffroi.systems.reports.actions.making import Taken, make_report
from beffroi.systems.reports.errors import ReportError
from beffroi.systems.reports.forms.counter import CallerForm, CallForm
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.pages.intake import leave_out, take_in
from beffroi.systems.reports.queries.counter import spots_called, taking_down_at
from beffroi.systems.reports.queries.offered import offered, sent
from beffroi.systems.reports.queries.reports import categories_of, handled, similar
from beffroi.systems.reports.queries.words import promise_words, time_left
from beffroi.systems.reports.rules import Source

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

# Which field an error of the act speaks of.
FIELDS = {
    "category-closed": "category",
    "elsewhere": "place",
    "too-many-photos": "photos",
    "no-photo": "photos",
    "too-heavy": "photos",
    "too-large": "photos",
}


@require_http_methods(["GET", "POST"])
def report_for(request: HttpRequest, slug: str) -> HttpResponse:
    """Report for somebody; or say that they see what was reported already."""
    viewer = viewer_of(request)
    authority = taking_down_at(viewer, slug)
    if request.method == "POST" and request.POST.get("too"):
        return _too(request, viewer, authority)
    form = _form(request, authority)
    if request.method == "POST" and (report := _made(viewer, authority, form)) is not None:
        return redirect("report-for-said", slug=slug, pk=report.pk)
    return _page(request, authority, form)


@require_GET
def report_for_places(request: HttpRequest, slug: str) -> HttpResponse:
    """A part of the page: places that are called so."""
    authority = taking_down_at(viewer_of(request), slug)
    words = request.GET.get("place", "")
    return render(request, "reports/for_places.html", {"spots": spots_called(authority.pk, words), "asked": words})


@require_GET
def report_for_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """A part of the page: what is asked of the kind that was typed; or nothing."""
    authority = taking_down_at(viewer_of(request), slug)
    form = CallForm(authority=authority.pk, categories=list(categories_of(authority.pk)))
    return render(request, "reports/for_questions.html", {"questions": form.asked(request.GET.get("category", ""))})


@require_GET
def report_for_similar(request: HttpRequest, slug: str) -> HttpResponse:
    """A part of the page: what was reported close by, of the same kind, and is still open; or nothing."""
    viewer = viewer_of(request)
    authority = taking_down_at(viewer, slug)
    form = CallForm(request.GET, authority=authority.pk, categories=list(categories_of(authority.pk)))
    form.is_valid()
    spot, category = form.where(), form.cleaned_data.get("category")
    found = (
        similar(viewer, authority=authority.pk, category=category.pk, position=spot.position)
        if spot and category
        else []
    )
    near = [(row, round(spot.position.metres_to(_where(row)))) for row in found] if spot else []
    return render(request, "reports/for_similar.html", {"near": near})


@require_GET
def report_for_said(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """What to say to them: the reference, what happens next, by when."""
    viewer = viewer_of(request)
    authority = taking_down_at(viewer, slug)
    report = _own(viewer, authority).filter(pk=pk).first()
    if report is None:
        raise Hidden
    context = {
        "authority": authority,
        "report": report,
        "promise": promise_words(report),
        "left": time_left(report, viewer.as_of),
    }
    return render(request, "reports/for_said.html", context)


def _own(viewer: Viewer, authority: "Authority") -> QuerySet[Report]:
    return handled(viewer).filter(authority=authority)


def _form(request: HttpRequest, authority: "Authority") -> CallForm:
    return CallForm(
        request.POST or None,
        request.FILES or None,
        authority=authority.pk,
        categories=list(categories_of(authority.pk)),
        initial={"submission": uuid4(), "source": Source.PHONE.value, "language": "fr"},
    )


def _page(request: HttpRequest, authority: "Authority", form: CallForm) -> HttpResponse:
    viewer, bounds = viewer_of(request), areas_of(authority.pk).bounds
    context = {
        "authority": authority,
        "form": form,
        "groups": offered(authority.pk, categories_of(authority.pk), viewer.as_of),
        "bounds": ",".join(f"{degrees:.5f}" for degrees in bounds) if bounds else "",
        "questions": form.asked(str(form["category"].value() or "")),
        "spots": form.spots,
        "spot": form["spot"].value() or "",
    }
    return render(request, "reports/for.html", context, status=422 if form.is_bound else 200)


def _made(viewer: Viewer, authority: "Authority", form: CallForm) -> Report | None:
    """The report; None where the form says what is wrong. What photos it doesn't take are destroyed."""
    if not form.is_valid() or (spot := form.where()) is None:
        return None
    said = form.cleaned_data
    there = sent(authority.pk, said["submission"])
    if there is not None:
        return there
    photos: list[Taken] = []
    new = False
    try:
        photos = take_in(authority=authority.pk, files=said["photos"])
        report, new = make_report(
            authority=authority.pk,
            submission=said["submission"],
            told=form.told(spot),
            photos=photos,
            source=form.source_of(),
            author=None,
            by=viewer.known_person,
            now=utc_now(),
        )
    except ReportError as error:
        form.add_error(FIELDS.get(error.code), error.message)
        return None
    finally:
        if not new:
            leave_out(authority=authority.pk, photos=photos)
    return report


def _too(request: HttpRequest, viewer: Viewer, authority: "Authority") -> HttpResponse:
    """They see what somebody reported: their address follows it, once confirmed; without one a note says that it was reported again."""
    form = CallerForm(request.POST)
    report = _own(viewer, authority).filter(pk__in=_identified(request.POST["too"]), closed_at__isnull=True).first()
    if report is None or not form.is_valid():
        whole = _form(request, authority)
        if report is None:
            whole.add_error(None, _("The report is at another stage by now: read it again."))
        return _page(request, authority, whole)
    email = form.cleaned_data["email"]
    if email:
        follow_report(report=report, person=None, email=email, language=form.spoken(), too=True, now=utc_now())
    else:
        by_phone = request.POST.get("source") != Source.COUNTER.value
        note = _("Reported again, by telephone.") if by_phone else _("Reported again, at the counter.")
        say_of_report(report=report, said=Said(note, public=False), staff=True, by=viewer.known_person, now=utc_now())
    messages.success(request, _("It is noted that they see it too."))
    return redirect("report-for-said", slug=authority.slug, pk=report.pk)


def _identified(said: str) -> list[UUID]:
    try:
        return [UUID(said)]
    except ValueError:
        return []


def _where(row: Report) -> Position:
    return Position(row.latitude, row.longitude)
