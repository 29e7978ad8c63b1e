"""A photo as it came: asked for with a reason, shown for some minutes, given back; and who may open which, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.storage.errors import NotStored, SealError
from beffroi.lib.clock import utc_now
from beffroi.lib.photographs import recognise
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.originals import ask_original, close_original, open_original
from beffroi.systems.reports.forms.photos import REASONS, OriginalForm
from beffroi.systems.reports.models import OriginalRight, Photo
from beffroi.systems.reports.queries.checking import checks, with_original
from beffroi.systems.reports.queries.files import original_of
from beffroi.systems.reports.queries.originals import holds, own_right, visible_rights
from beffroi.systems.reports.rules import Unsealing


@require_http_methods(["GET", "POST"])
def report_original(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a photo as it came; with a reason it is shown for some minutes."""
    viewer = viewer_of(request)
    photo = _photo(viewer, pk)
    form = OriginalForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        right = own_right(viewer, photo)
        return _drawn(request, photo, form, right if holds(right, viewer) else None)
    if not form.is_valid():
        return _drawn(request, photo, form, None)
    try:
        original_of(photo)
    except (NotStored, SealError, KeyStoreError):
        form.add_error(None, _("This original can’t be opened: ask whoever keeps the installation for its keys."))
        return _drawn(request, photo, form, None)
    ask_original(photo=photo, reason=Unsealing(form.cleaned_data["reason"]), by=viewer.known_person, now=utc_now())
    return redirect("report-original", pk=pk)


@require_GET
def report_original_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its bytes, while the right holds: looked at again each time, and each time an entry."""
    viewer = viewer_of(request)
    photo = _photo(viewer, pk)
    right = own_right(viewer, photo)
    if right is None:
        raise Hidden
    try:
        data = original_of(photo)
    except (NotStored, SealError, KeyStoreError):
        raise Hidden from None
    if not open_original(right=right, by=viewer.known_person, now=utc_now()):
        raise Hidden
    kind = recognise(data)
    response = HttpResponse(data, content_type=kind.value if kind else "application/octet-stream")
    response["Cache-Control"] = "no-store"
    response["Content-Disposition"] = "inline" if kind else "attachment"
    return response


@require_GET
def original_rights(request: HttpRequest) -> HttpResponse:
    """Who may open which photo as it came, and might; an agent sees their own."""
    viewer = viewer_of(request)
    if not checks(viewer):
        raise Hidden
    page = page_of(request, visible_rights(viewer))
    reasons = dict(REASONS)
    context = {
        "page": page,
        "lines": [(row, reasons[row.reason], holds(row, viewer)) for row in page],
        "several": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "reports/originals.html", context)


@require_POST
def original_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give one back, or take it back."""
    viewer = viewer_of(request)
    row: OriginalRight | None = visible_rights(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    if close_original(right=row, by=viewer.known_person, now=utc_now()):
        messages.success(request, _("It can’t be opened by this right any more."))
    else:
        messages.warning(request, _("This right was over already."))
    return redirect("report-originals")


def _photo(viewer: Viewer, pk: UUID) -> Photo:
    photo = with_original(viewer, pk)
    if photo is None:
        raise Hidden
    return photo


def _drawn(request: HttpRequest, photo: Photo, form: OriginalForm, right: OriginalRight | None) -> HttpResponse:
    context = {"photo": photo, "form": form, "right": right}
    return render(request, "reports/original.html", context, status=422 if form.is_bound else 200)
