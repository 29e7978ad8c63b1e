"""A fault is reported: photos first, on a phone that may have no network; the same page sends what waited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.offline import kept_in_the_street
from beffroi.systems.reports.actions.making import Taken, Told, make_report
from beffroi.systems.reports.errors import ReportError
from beffroi.systems.reports.forms.pocket import NearForm, ReportForm
from beffroi.systems.reports.models import Photo, Report
from beffroi.systems.reports.pages.intake import leave_out, take_in
from beffroi.systems.reports.queries.offered import offered, promise_words, sent
from beffroi.systems.reports.queries.photos import unreadable_photos
from beffroi.systems.reports.queries.reports import categories_of, reportable, shown_photos, similar
from beffroi.systems.reports.queries.things import kinds_of, picked
from beffroi.systems.reports.rules import MOST_PHOTOS, SYSTEM, Source

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

JSON: Final = "application/json"
NOBODY: Final = "nobody"
# From one address of the network: a family that comes back from a walk, and no flood. Who is logged in answers for more.
STRANGERS: Final = "20/10m/ip"
KNOWN: Final = "60/10m/user"
WAIT: Final = 600
TOO_MANY: Final = 429
# Which field an error of the act speaks of.
FIELDS: Final = {
    "category-closed": "category",
    "elsewhere": "latitude",
    "too-many-photos": "photos",
    "no-photo": "photos",
    "too-heavy": "photos",
    "too-large": "photos",
}


@login_not_required
@for_another
@kept_in_the_street
@require_http_methods(["GET", "POST"])
def report_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Report a fault."""
    authority, viewer = _open(slug), viewer_of(request)
    categories = reportable(viewer, authority.pk)
    form = ReportForm(
        request.POST or None,
        request.FILES or None,
        categories=categories,
        known=not viewer.anonymous,
        initial={"submission": uuid4()},
    )
    if request.method == "POST":
        return _received(request, authority, form)
    if not categories.exists():
        if viewer.anonymous:
            return redirect_to_login(request.get_full_path())
        raise Hidden
    return _page(request, authority, form)


@login_not_required
@for_another
@require_GET
def report_similar(request: HttpRequest, slug: str) -> HttpResponse:
    """A part of the page: open reports of that kind close by, or nothing (204)."""
    authority, viewer = _open(slug), viewer_of(request)
    form = NearForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=204)
    said = form.cleaned_data
    here = Position(said["latitude"], said["longitude"])
    found = similar(viewer, authority=authority.pk, category=said["category"], position=here, asset=said["asset_id"])
    if not found:
        return HttpResponse(status=204)
    pictures = {photo.report_id: photo for photo in reversed(shown_photos([row.pk for row in found], whole=False))}
    near = [
        Near(row, round(here.metres_to(Position(row.latitude, row.longitude))), pictures.get(row.pk)) for row in found
    ]
    context = {"authority": authority, "near": near, "known": not viewer.anonymous}
    return render(request, "reports/similar.html", context)


@login_not_required
@for_another
@require_GET
def report_sent(request: HttpRequest, slug: str, submission: UUID) -> HttpResponse:
    """It has arrived: its reference, what happens next, by when. Whoever has this address sent it."""
    authority, viewer = _open(slug), viewer_of(request)
    report = sent(authority.pk, submission)
    if report is None:
        raise Hidden
    context = {
        "authority": authority,
        "report": report,
        "promise": promise_words(report.hours, working=report.working),
        "unread": unreadable_photos(report.pk),
        "own": report.author_id is not None and report.author_id == viewer.person and viewer.agent is None,
    }
    return render(request, "reports/sent.html", context)


@dataclass(frozen=True, slots=True)
class Near:
    """A report close by."""

    row: Report
    metres: int
    photo: Photo | None


def _open(slug: str) -> "Authority":
    """The authority, where reports are switched on; else no such page."""
    authority = authority_at(slug)
    if authority is None or not is_switched_on(authority=authority.pk, system=SYSTEM):
        raise Hidden
    return authority


def _page(request: HttpRequest, authority: "Authority", form: ReportForm) -> HttpResponse:
    viewer = viewer_of(request)
    bounds = areas_of(authority.pk).bounds
    context = {
        "authority": authority,
        "form": form,
        "groups": offered(authority.pk, reportable(viewer, authority.pk), viewer.as_of),
        "chosen": str(form["category"].value() or ""),
        "questions": form.groups(),
        "bounds": ",".join(f"{degrees:.5f}" for degrees in bounds) if bounds else "",
        "points_url": reverse("report-things", args=[authority.slug]) if kinds_of(viewer, authority.pk) else "",
        "most": MOST_PHOTOS,
        "owner": _owner(viewer),
        # Under a mandate nothing of the person's stays in the browser.
        "keep": viewer.agent is None,
        "leaves_later": True,
    }
    return render(request, "reports/new.html", context, status=422 if form.is_bound else 200)


def _received(request: HttpRequest, authority: "Authority", form: ReportForm) -> HttpResponse:
    viewer = viewer_of(request)
    if _another(request, viewer):
        return _log_in(request)
    there = _there(authority, form)
    if there is not None:
        return _answer(request, authority, there, new=False)
    slow = _flood(request)
    if slow is not None:
        return slow if _wants_json(request) else _later(request, authority, form)
    report, new = _made(authority, viewer, form) if form.is_valid() else (None, False)
    if report is not None:
        return _answer(request, authority, report, new=new)
    if viewer.anonymous and _needs_account(authority, form):
        return _log_in(request)
    return _faults(form) if _wants_json(request) else _page(request, authority, form)


def _later(request: HttpRequest, authority: "Authority", form: ReportForm) -> HttpResponse:
    """The same page, as it was filled in: somebody on the network of a school or a bar is no flood."""
    form.add_error(
        None, _("Too many reports came from your network. Nothing of yours is lost: send it again in ten minutes.")
    )
    page = _page(request, authority, form)
    page.status_code, page["Retry-After"] = TOO_MANY, str(WAIT)
    return page


def _faults(form: ReportForm) -> HttpResponse:
    return JsonResponse({"errors": {name: list(map(str, words)) for name, words in form.errors.items()}}, status=422)


def _made(authority: "Authority", viewer: Viewer, form: ReportForm) -> tuple[Report | None, bool]:
    """The photos are kept, then the report is made; what it doesn't take is destroyed. None where the form says what is wrong."""
    said = form.cleaned_data
    photos: Sequence[Taken] = ()
    new = False
    try:
        photos = take_in(authority=authority.pk, files=said["photos"], seen=said["taken"])
        report, new = make_report(
            authority=authority.pk,
            submission=said["submission"],
            told=_of_a_thing(viewer, authority.pk, form.told(language=get_language() or "fr")),
            photos=photos,
            source=Source.POCKET if viewer.agent is None else Source.COUNTER,
            author=viewer.person,
            by=viewer.person,
            now=utc_now(),
        )
    except ReportError as error:
        form.add_error(FIELDS.get(error.code), error.message)
        return None, False
    finally:
        if not new:
            leave_out(authority=authority.pk, photos=photos)
    return report, new


def _of_a_thing(viewer: Viewer, authority: UUID, told: Told) -> Told:
    """What was picked is kept when it stands there and whoever reports may pick it; the place is enough without it. Of a cable, the place
    is the point of it that is nearest.
    """
    if told.asset is None:
        return told
    thing = picked(viewer, authority, told.asset_kind, told.asset)
    if thing is None:
        return replace(told, asset=None, asset_kind="")
    return replace(told, position=thing.nearest(told.position)) if thing.line else told


def _owner(viewer: Viewer) -> str:
    return NOBODY if viewer.person is None else str(viewer.person)


def _another(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether what waited on a phone is somebody else's, or its own person's whose session is over; a form without a script says nobody."""
    owner = request.POST.get("owner")
    return owner is not None and owner != _owner(viewer)


def _there(authority: "Authority", form: ReportForm) -> Report | None:
    """What the same submission made already: it was sent again because no answer came back."""
    try:
        submission = UUID(form.data.get("submission", ""))
    except ValueError:
        return None
    return sent(authority.pk, submission)


def _flood(request: HttpRequest) -> HttpResponse | None:
    rate = KNOWN if request.user.is_authenticated else STRANGERS
    slow: HttpResponse | None = ratelimit.consume_or_429(request, action="report", config={"report": rate})
    if slow is not None:
        slow["Retry-After"] = str(WAIT)
    return slow


def _needs_account(authority: "Authority", form: ReportForm) -> bool:
    """Whether the kind that was chosen is taken from people with an account: those who log in may report it."""
    chosen = form["category"].value()
    return "category" in form.errors and str(chosen) in map(
        str, categories_of(authority.pk).values_list("pk", flat=True)
    )


def _log_in(request: HttpRequest) -> HttpResponse:
    """What waits on the phone waits for its person to log in."""
    if _wants_json(request):
        return JsonResponse({"errors": {}}, status=401)
    return redirect_to_login(request.get_full_path())


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", JSON]) == JSON


def _answer(request: HttpRequest, authority: "Authority", report: Report, *, new: bool) -> HttpResponse:
    where = reverse("report-sent", args=[authority.slug, report.submission])
    if not _wants_json(request):
        return redirect(where)
    return JsonResponse({"reference": report.reference, "url": where}, status=201 if new else 200)
