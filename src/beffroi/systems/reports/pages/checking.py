"""Photos one after the other, for staff: what is hidden on each, whether others see it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.adapters.storage.errors import NotStored
from beffroi.lib.clock import utc_now
from beffroi.lib.hiding import Area
from beffroi.lib.photographs import Photograph, Unfit, hide
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.photos import decide_photo
from beffroi.systems.reports.errors import NoPicture
from beffroi.systems.reports.forms.photos import CheckForm
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.queries.checking import checks, following, in_charge, to_check
from beffroi.systems.reports.queries.files import erase_files, full_of
from beffroi.systems.reports.rules import PhotoState


@require_GET
def report_check(request: HttpRequest) -> HttpResponse:
    """The oldest that waits, or the one after that which was looked at."""
    viewer = viewer_of(request)
    if not checks(viewer):
        raise Hidden
    return _drawn(request, viewer, following(viewer, _identifier(request.GET.get("after", ""))))


@require_http_methods(["GET", "POST"])
def report_check_photo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One photo, whatever was decided of it: a decision may be taken back. A POST decides, and goes on to the next."""
    viewer = viewer_of(request)
    photo = in_charge(viewer).filter(pk=pk).first()
    if photo is None:
        raise Hidden
    if request.method == "GET":
        return _drawn(request, viewer, photo)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _drawn(request, viewer, photo, form)
    try:
        decided = _decided(viewer, photo, form)
    except NoPicture as error:
        form.add_error(None, str(error.message))
        return _drawn(request, viewer, photo, form)
    if decided is None:
        messages.warning(request, _("Somebody else decided on this photo meanwhile: look at it again."))
        return redirect("report-check-photo", pk=pk)
    said = _("The photo is shown.") if decided.state == PhotoState.CHECKED else _("The photo is not shown.")
    again = format_html('{} <a href="{}">{}</a>', said, reverse("report-check-photo", args=[pk]), _("Decide again"))
    messages.success(request, again)
    return redirect(f"{reverse('report-check')}?after={pk}")


def _decided(viewer: Viewer, photo: Photo, form: CheckForm) -> Photo | None:
    shown = form.cleaned_data["act"] == "show"
    areas = form.cleaned_data["drawn"] if shown else []
    row = decide_photo(
        photo=form.seen(photo),
        shown=shown,
        areas=areas,
        made=_covered(photo, areas) if areas else None,
        by=viewer.person,
        now=utc_now(),
    )
    if row is not None and row.version != photo.version:
        erase_files(photo)
    return row


def _covered(photo: Photo, areas: list[Area]) -> Photograph:
    try:
        made = hide(full_of(photo), areas)
    except NotStored:
        raise NoPicture from None
    if isinstance(made, Unfit):
        raise NoPicture
    return made


def _drawn(request: HttpRequest, viewer: Viewer, photo: Photo | None, form: CheckForm | None = None) -> HttpResponse:
    context = {
        "photo": photo,
        "one": request.resolver_match is not None and request.resolver_match.url_name == "report-check-photo",
        "left": to_check(viewer).count(),
        "form": form,
        "areas": form.cleaned_data.get("areas", "") if form is not None else "",  # what was drawn comes back
    }
    return render(request, "reports/check.html", context, status=422 if form is not None else 200)


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
