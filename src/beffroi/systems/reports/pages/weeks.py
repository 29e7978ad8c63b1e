"""The working week of an authority's services: said by its administrators, tried before it is kept."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of
from beffroi.systems.reports.actions.weeks import drop_week, keep_week
from beffroi.systems.reports.forms.weeks import WeekForm, week_values
from beffroi.systems.reports.queries.weeks import kept_week, longest_promise, openings_of, tried, working, working_of


@require_http_methods(["GET", "POST"])
def week_page(request: HttpRequest, slug: str) -> HttpResponse:
    """When the services work."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    kept = kept_week(authority.pk)
    if request.method == "POST" and "usual" in request.POST:
        drop_week(authority=authority.pk, by=viewer.known_person, now=utc_now())
        messages.success(request, _("The usual week holds again. Reports under way keep the time that was promised."))
        return redirect("report-week", slug=slug)
    values = week_values(openings_of(authority.pk), kept.subdivision if kept else "")
    form = WeekForm(request.POST or None, initial=values, longest=longest_promise(authority.pk))
    if request.method == "POST" and form.is_valid():
        keep_week(
            authority=authority.pk,
            openings=form.openings(),
            subdivision=form.cleaned_data["subdivision"],
            by=viewer.known_person,
            now=utc_now(),
        )
        messages.success(request, _("Saved. Reports under way keep the time that was promised."))
        return redirect("report-week", slug=slug)
    hours = working_of(authority.pk)
    context = {"desk": authority, "form": form, "own": kept is not None, "tried": tried(hours, viewer.as_of)}
    return render(request, "reports/settings_week.html", context, status=422 if form.errors else 200)


@require_GET
def week_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What is being typed would make of a promise: nothing is saved."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = WeekForm(request.GET, longest=longest_promise(authority.pk))
    looked = None
    if form.is_valid():
        looked = tried(working(form.openings(), form.cleaned_data["subdivision"]), viewer.as_of)
    return render(request, "reports/settings_week_tried.html", {"tried": looked})
