"""The weekly letter about what stands still: an authority's choice, and what the next one would tell."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of
from beffroi.systems.reports.actions.reminding import keep_reminder
from beffroi.systems.reports.forms.reminders import ReminderForm
from beffroi.systems.reports.queries.reports import handled
from beffroi.systems.reports.queries.stale import reminder_of, stale


@require_http_methods(["GET", "POST"])
def reminder_page(request: HttpRequest, slug: str) -> HttpResponse:
    """On which day, of what has stood still for how long."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    kept = reminder_of(authority.pk)
    form = ReminderForm(
        request.POST or None, initial={"day": "" if kept.day is None else str(kept.day), "days": kept.days}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        keep_reminder(authority=authority.pk, day=data["day"], days=data["days"], by=viewer.known_person, now=utc_now())
        messages.success(request, _("Saved."))
        return redirect("report-reminder", slug=slug)
    still = stale(handled(viewer).filter(authority_id=authority.pk), kept.days, viewer.as_of)
    context = {"desk": authority, "form": form, "kept": kept, "count": still.count()}
    return render(request, "reports/settings_reminder.html", context, status=422 if form.errors else 200)
