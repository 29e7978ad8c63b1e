"""How one wants to be told, and an organisation's quiet hours."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.alerts.actions.preferences import clear_preference, set_organisation_quiet, set_preference
from beffroi.kernel.alerts.forms.wishes import PreferenceForm, QuietForm
from beffroi.kernel.alerts.queries.contacts import sms_is_configured
from beffroi.kernel.alerts.queries.preferences import Habit, habits_of_own, may_set_habits, own_preference
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of


@for_another
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """One's own: by which way, and when not."""
    viewer = viewer_of(request)
    if not viewer.posts:
        raise Hidden
    row = own_preference(viewer)
    kept = {
        "push": row.push if row else True,
        "sms": row.sms if row else "immediate",
        "mail": row.mail if row else "instead",
        "quiet_starts": row.quiet_starts if row else None,
        "quiet_ends": row.quiet_ends if row else None,
        "days_off": row.days_off if row else False,
    }
    form = PreferenceForm(request.POST or None, initial=kept)
    if request.method == "POST" and "clear" in request.POST:
        clear_preference(by=viewer.known_person)
        messages.success(request, _("Your organisation’s habits hold again."))
        return redirect("alert-preferences")
    if request.method == "POST" and form.is_valid():
        set_preference(**form.cleaned_data, by=viewer.known_person)
        messages.success(request, _("Saved."))
        return redirect("alert-preferences")
    return _page(request, viewer, form)


@for_another
@require_POST
def habits(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Quiet hours of an organisation's people who chose none."""
    viewer = viewer_of(request)
    if pk not in may_set_habits(viewer):
        raise Hidden
    form = QuietForm(request.POST, prefix=str(pk))
    if not form.is_valid():
        messages.error(request, _("Give both hours, or none."))
        return redirect("alert-preferences")
    set_organisation_quiet(organisation=pk, **form.cleaned_data, by=viewer.known_person)
    messages.success(request, _("Saved."))
    return redirect("alert-preferences")


def _page(request: HttpRequest, viewer: Viewer, form: PreferenceForm) -> HttpResponse:
    settable = may_set_habits(viewer)
    rows = [
        (habit, _habit_form(habit) if habit.organisation.pk in settable else None) for habit in habits_of_own(viewer)
    ]
    chosen = own_preference(viewer) is not None
    context = {"form": form, "chosen": chosen, "habits": rows, "sms": sms_is_configured()}
    return render(request, "alerts/preferences.html", context, status=422 if form.errors else 200)


def _habit_form(habit: Habit) -> QuietForm:
    quiet = habit.quiet
    kept = {
        "quiet_starts": quiet.quiet_starts if quiet else None,
        "quiet_ends": quiet.quiet_ends if quiet else None,
        "days_off": quiet.days_off if quiet else False,
    }
    return QuietForm(initial=kept, prefix=str(habit.organisation.pk))
