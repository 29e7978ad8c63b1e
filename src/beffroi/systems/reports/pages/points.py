"""Reports on a map: the desk's, by how pressing they are, and the public's; what is drawn, and the card of one that is chosen."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.systems.reports.forms.public import WantedForm
from beffroi.systems.reports.pages.bulk import acts_of
from beffroi.systems.reports.pages.desk import asked_for
from beffroi.systems.reports.queries.desk import pictures, queue, working
from beffroi.systems.reports.queries.points import box_of, desk_points, extent, lately, public_points
from beffroi.systems.reports.queries.public import pictured, public_report, public_reports, taking_reports
from beffroi.systems.reports.queries.reports import reportable, visible
from beffroi.systems.reports.queries.words import time_left
from beffroi.systems.reports.registry import handles_reports

# Stands for a report's identifier, or its reference, in the page's address.
ANY = UUID(int=0)
ANY_REFERENCE = "00-000000"


@require_GET
def report_map(request: HttpRequest) -> HttpResponse:
    """The queue on a map, by the same filters."""
    viewer = viewer_of(request)
    if not working(viewer):
        raise Hidden
    form, wanted = asked_for(request, viewer)
    rows = queue(viewer, wanted)
    context = {
        "form": form,
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("box", "page")],
        "bounds": extent(rows),
        "points": reverse("report-points"),
        "card": reverse("report-card", args=[ANY]),
        "any": ANY,
        "handles": handles_reports(viewer),
        "acts": acts_of(viewer),
        "at_town": bool(viewer.authorities()),
    }
    return render(request, "reports/map.html", context)


@require_GET
def report_points(request: HttpRequest) -> JsonResponse:
    """What of the queue stands in the part of the map that is looked at."""
    viewer = viewer_of(request)
    if not working(viewer):
        raise Hidden
    _form, wanted = asked_for(request, viewer)
    return JsonResponse(desk_points(queue(viewer, wanted), wanted.box, viewer.as_of))


@require_GET
def report_card(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of them in a few lines."""
    viewer = viewer_of(request)
    report = visible(viewer).filter(pk=pk, authority_id__in=working(viewer)).first()
    if report is None:
        raise Hidden
    context = {
        "report": report,
        "photo": pictures(viewer, [report]).get(report.pk),
        "left": time_left(report, viewer.as_of),
        "page": reverse("report", args=[pk]),
    }
    return render(request, "reports/card.html", context)


@login_not_required
@for_another
@require_GET
def reports_public_map(request: HttpRequest, slug: str) -> HttpResponse:
    """What is being handled, and what was lately, on a map."""
    authority, viewer = taking_reports(slug), viewer_of(request)
    form = WantedForm(request.GET, authority=authority.pk)
    rows = lately(public_reports(authority.pk, form.wanted()), utc_now())
    context = {
        "authority": authority,
        "form": form,
        "searching": any(request.GET.get(name) for name in form.fields),
        "bounds": extent(rows),
        "points": reverse("reports-public-points", args=[slug]),
        "card": reverse("report-public-card", args=[slug, ANY_REFERENCE]),
        "any": ANY_REFERENCE,
        "may_report": reportable(viewer, authority.pk).exists(),
    }
    return render(request, "reports/public_map.html", context)


@login_not_required
@for_another
@require_GET
def reports_public_points(request: HttpRequest, slug: str) -> JsonResponse:
    """What of it stands in the part of the map that is looked at."""
    authority = taking_reports(slug)
    form = WantedForm(request.GET, authority=authority.pk)
    rows = lately(public_reports(authority.pk, form.wanted()), utc_now())
    return JsonResponse(public_points(rows, box_of(request.GET.get("box", ""))))


@login_not_required
@for_another
@require_GET
def report_public_card(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One of them in a few lines, as anybody may read it."""
    authority = taking_reports(slug)
    report = public_report(authority.pk, reference)
    if report is None:
        raise Hidden
    context = {
        "report": report,
        "photo": pictured([report]).get(report.pk),
        "page": reverse("report-public", args=[slug, report.reference]),
    }
    return render(request, "reports/card.html", context)
