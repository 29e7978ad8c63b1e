"""Who is designated to ask under a convention: listed, added, withdrawn, by whoever may name them."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.grants.actions.staff import designate, withdraw_designation
from beffroi.kernel.grants.forms import DesignationForm
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import visible_conventions
from beffroi.kernel.grants.queries.conventions import system_of
from beffroi.kernel.grants.queries.parties import designations
from beffroi.kernel.grants.queries.staff import approval, naming, to_name
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of


@require_http_methods(["GET", "POST"])
def convention_staff(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The people designated, how each approval stands, and a form for one more; to name somebody again changes until when."""
    viewer = viewer_of(request)
    convention, organisations = _named(viewer, pk)
    people = to_name(organisations, viewer.as_of)
    choices = [(f"{house}:{person}", f"{who.name}, {where.name}") for (house, person), (where, who) in people.items()]
    form = DesignationForm(request.POST or None, people=choices, today=timezone.localdate(viewer.as_of))
    if request.method == "POST" and form.is_valid():
        house, _separator, person = form.cleaned_data["who"].partition(":")
        where, who = people[UUID(house), UUID(person)]
        after = datetime.combine(form.cleaned_data["approved_until"] + timedelta(days=1), time.min)
        designate(
            convention=convention,
            organisation=where.pk,
            person=who.pk,
            approved_until=timezone.make_aware(after).astimezone(UTC),
            by=viewer.person,
            now=utc_now(),
        )
        messages.success(request, _("%(name)s may ask under this convention until then.") % {"name": who.name})
        return redirect("convention-staff", pk=pk)
    rows = [(row, approval(row, viewer.as_of)) for row in designations(viewer, convention)]
    context = {"convention": convention, "rows": rows, "form": form, "people": people}
    return render(request, "grants/staff.html", context, status=422 if form.errors else 200)


@require_POST
def staff_withdraw(request: HttpRequest, pk: UUID, designation: UUID) -> HttpResponse:
    """Somebody may ask no more; what they hold under it is closed."""
    viewer = viewer_of(request)
    convention, _organisations = _named(viewer, pk)
    row = designations(viewer, convention).filter(pk=designation).first()
    if row is None:
        raise Hidden
    closed = withdraw_designation(designation=row, by=viewer.person, now=utc_now())
    if closed is not None:
        words = _("%(name)s asks no more under this convention. Access rights closed: %(count)s.")
        messages.success(request, words % {"name": row.person.name, "count": localize(closed)})
    return redirect("convention-staff", pk=pk)


def _named(viewer: Viewer, pk: UUID) -> tuple[Convention, list[Organisation]]:
    """A convention in force under which rights are asked for, and the parties whose people the viewer names."""
    row = visible_conventions(viewer).filter(pk=pk).first()
    system = system_of(row.system) if row else None
    organisations = naming(viewer, row) if row and system and system.by_request else []
    if row is None or not organisations:
        raise Hidden
    return row, organisations
