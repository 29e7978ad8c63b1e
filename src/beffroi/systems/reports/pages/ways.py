"""Who receives which reports: the lines, and who would receive one now."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.queries.audiences import organisations_to_choose
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.settings import drop_way, keep_way
from beffroi.systems.reports.forms.settings import ReceiverForm, WayForm, explain, way_values
from beffroi.systems.reports.models import Way
from beffroi.systems.reports.queries.reached import reach_of
from beffroi.systems.reports.queries.reports import categories_of
from beffroi.systems.reports.queries.settings import (
    Receiver,
    kept_ways,
    places_of_tree,
    receiver_in_words,
    teams_of,
    way_words,
)


@require_GET
def way_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The lines in words, what nothing else takes, and an answer to "who would receive this?"."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    page = page_of(request, kept_ways(authority.pk))
    untold = reach_of(authority.pk, {row.organisation_id for row in page}, viewer.as_of).untold(list(page))
    form = _receiver_form(request, viewer, authority.pk)
    answer = _answer(form, authority.pk) if form.is_bound and form.is_valid() else None
    context = {
        "desk": authority,
        "page": page,
        "lines": [(row, way_words(row), row in untold) for row in page],
        "untold": list(dict.fromkeys(row.organisation.name for row in untold)),
        "own": concerned_organisations(authority.pk, ())[0],
        "form": form,
        "answer": answer,
        "dropped": _dropped(request),
    }
    return render(request, "reports/settings_ways.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def way_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Another line."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = _form(request, viewer, authority.pk, {})
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, Way(authority_id=authority.pk)):
        messages.success(request, _("Written down: it holds for reports to come."))
        return redirect("report-ways", slug=slug)
    return _shown(request, viewer, slug, form, None)


@require_http_methods(["GET", "POST"])
def way_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One line."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    row = _way(authority.pk, pk)
    form = _form(request, viewer, authority.pk, way_values(row))
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, row):
        messages.success(request, _("Saved: it holds for reports to come."))
        return redirect("report-ways", slug=slug)
    return _shown(request, viewer, slug, form, _way(authority.pk, pk))


@require_POST
def way_drop(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Give a line up; the list then offers to write it again."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    row = _way(authority.pk, pk)
    again = QueryDict(mutable=True)
    for name, value in way_values(row).items():
        again.setlist(name, value if isinstance(value, list) else [str(value)])
    drop_way(way=row, by=viewer.known_person, now=utc_now())
    return redirect(f"{reverse('report-ways', args=[slug])}?{again.urlencode()}")


def _dropped(request: HttpRequest) -> list[tuple[str, str]]:
    """What the line that was just given up held, to be written again."""
    if "organisation" not in request.GET:
        return []
    return [(name, value) for name in WayForm.base_fields for value in request.GET.getlist(name)]


def _way(authority: UUID, pk: UUID) -> Way:
    row = kept_ways(authority).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _form(request: HttpRequest, viewer: Viewer, authority: UUID, kept: dict[str, object]) -> WayForm:
    return WayForm(
        request.POST or None,
        initial=kept,
        categories=categories_of(authority),
        places=places_of_tree(authority),
        organisations=organisations_to_choose(authority, viewer.as_of),
        teams=teams_of(authority).filter(retired_at=None),
    )


def _kept(viewer: Viewer, form: WayForm, row: Way) -> bool:
    try:
        keep_way(way=form.written(row), by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        explain(error, form)
        return False
    return True


def _shown(request: HttpRequest, viewer: Viewer, slug: str, form: WayForm, row: Way | None) -> HttpResponse:
    context = {"desk": administered(viewer, slug), "way": row, "words": way_words(row) if row else "", "form": form}
    return render(request, "reports/settings_way.html", context, status=422 if form.errors else 200)


def _receiver_form(request: HttpRequest, viewer: Viewer, authority: UUID) -> ReceiverForm:
    """Bound once something is asked; at this moment unless another one is."""
    now = localtime(viewer.as_of).strftime("%Y-%m-%dT%H:%M")
    asked = {**request.GET.dict(), "at": request.GET.get("at") or now} if "at" in request.GET else None
    categories, places = categories_of(authority), places_of_tree(authority)
    return ReceiverForm(asked, initial={"at": now}, categories=categories, places=places)


def _answer(form: ReceiverForm, authority: UUID) -> Receiver:
    data = form.cleaned_data
    own = [(row.pk, row.name) for row in concerned_organisations(authority, ())]
    place = UUID(data["territory"]) if data["territory"] else None
    return receiver_in_words(authority, own=own, category=UUID(data["category"]), territory=place, at=data["at"])
