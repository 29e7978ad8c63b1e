"""The archives' slips: made, printed, sent, answered, carried out."""

import csv
from io import StringIO
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.retention.actions.slips import (
    ARCHIVES_LANGUAGE,
    abandon_slip,
    carry_out,
    make_slip,
    receive_visa,
    send_slip,
)
from beffroi.kernel.retention.errors import SlipRefused
from beffroi.kernel.retention.forms import SentForm, ServiceForm, VisaForm
from beffroi.kernel.retention.models import Slip, SlipLine, SlipState
from beffroi.kernel.retention.queries.papers import slip_items, visible_slips
from beffroi.kernel.retention.queries.schedule import schedule
from beffroi.kernel.retention.rules import civil_day
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.keeping import Fate
from beffroi.persistence.listing import page_of

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_http_methods(["GET", "POST"])
def slip_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Slips, and the button that makes one of everything that waits for the archives."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = ServiceForm(request.POST or None, initial={"service": authority.name})
    if request.method == "POST" and form.is_valid():
        slip = make_slip(authority=authority.pk, service=form.cleaned_data["service"], by=viewer.person, now=utc_now())
        if slip is not None:
            return redirect("retention-slip", pk=slip.pk)
        messages.info(request, _("Nothing waits for the archives today."))
        return redirect("retention-slips-of", slug=slug)
    waiting = schedule(viewer, authority.pk, fate=Fate.VISA)
    page = page_of(request, visible_slips(viewer).filter(authority=authority))
    context = {"page": page, "form": form, "waiting": waiting, "slug": slug}
    return render(request, "retention/slips.html", context, status=422 if form.errors else 200)


@require_GET
def slip_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One slip: the document as it is printed, and what may be done next."""
    slip = _slip(viewer_of(request), pk)
    return _page(request, slip)


@require_GET
def slip_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The list of things, for a spreadsheet."""
    slip = _slip(viewer_of(request), pk)
    file = StringIO()
    writer = csv.writer(file, delimiter=";")
    with translation.override(ARCHIVES_LANGUAGE):
        writer.writerow([_("Line"), _("Nature"), _("What"), _("Counted from"), _("Duration"), _("Legal source")])
    for item in slip_items(slip).select_related("line"):
        line = item.line
        day = civil_day(item.kept_from).isoformat()
        writer.writerow([line.position, *map(_plain, (line.nature, item.label, day, line.duration, line.source))])
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bordereau-{slip}.csv"'
    return response


@require_POST
def slip_send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It left, signed."""
    viewer = viewer_of(request)
    slip = _slip(viewer, pk)
    form = SentForm(request.POST, today=civil_day(viewer.as_of))
    if not form.is_valid():
        return _page(request, slip, form)
    try:
        send_slip(slip=slip, on=form.cleaned_data["sent_on"], by=viewer.person, now=utc_now())
    except SlipRefused as error:
        return _refused(request, slip, error)
    messages.success(request, _("Written down. Nothing on it is destroyed before the archives’ visa."))
    return redirect("retention-slip", pk=slip.pk)


@require_POST
def slip_visa(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The archives answered."""
    viewer = viewer_of(request)
    slip = _slip(viewer, pk)
    form = VisaForm(request.POST, lines=_lines(slip), today=civil_day(viewer.as_of))
    if form.is_valid() and slip.sent_on and form.cleaned_data["visa_on"] < slip.sent_on:
        form.add_error("visa_on", _("The visa comes after the slip was sent."))
    if not form.is_valid():
        return _page(request, slip, form)
    try:
        receive_visa(
            slip=slip,
            on=form.cleaned_data["visa_on"],
            reference=form.cleaned_data["reference"],
            quality=form.cleaned_data["quality"],
            refused={line.pk: reason for line, reason in form.refused().items()},
            by=viewer.person,
            now=utc_now(),
        )
    except SlipRefused as error:
        return _refused(request, slip, error)
    messages.success(request, _("The visa is written down."))
    return redirect("retention-slip", pk=slip.pk)


@require_POST
def slip_abandon(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it up: its things may go on another."""
    viewer = viewer_of(request)
    slip = _slip(viewer, pk)
    try:
        abandon_slip(slip=slip, by=viewer.person, now=utc_now())
    except SlipRefused as error:
        return _refused(request, slip, error)
    messages.success(request, _("The slip is abandoned. What was on it may be proposed again."))
    return redirect("retention-slips-of", slug=slip.authority.slug)


@require_POST
def slip_destroy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Destroy what the visa covers."""
    viewer = viewer_of(request)
    slip = _slip(viewer, pk)
    try:
        gone = carry_out(slip=slip, by=viewer.person, now=utc_now())
    except SlipRefused as error:
        return _refused(request, slip, error)
    messages.success(
        request, _("Destroyed: %(count)s. The receipt is in the list of destructions.") % {"count": localize(gone)}
    )
    return redirect("retention-slip", pk=slip.pk)


def _page(request: HttpRequest, slip: Slip, form: Form | None = None) -> HttpResponse:
    lines = _lines(slip)
    if form is None:
        today = civil_day(utc_now())
        form = {
            SlipState.DRAFT: SentForm(initial={"sent_on": today}, today=today),
            SlipState.SENT: VisaForm(initial={"visa_on": today}, lines=lines, today=today),
        }.get(SlipState(slip.state))
    items = list(slip_items(slip))
    with translation.override(ARCHIVES_LANGUAGE):
        document = render_to_string(
            "retention/slip_document.html",
            {
                "slip": slip,
                "lines": [(line, [item for item in items if item.line_id == line.pk]) for line in lines],
                "total": len(items),
            },
        )
    accepted = sum(line.count for line in lines if not line.refused)
    context = {"slip": slip, "document": document, "form": form, "accepted": accepted}
    errors = form is not None and bool(form.errors)
    return render(request, "retention/slip.html", context, status=422 if errors else 200)


def _refused(request: HttpRequest, slip: Slip, error: SlipRefused) -> HttpResponse:
    messages.error(request, error.message)
    return redirect("retention-slip", pk=slip.pk)


def _lines(slip: Slip) -> list[SlipLine]:
    return list(slip.lines.order_by("position"))


def _slip(viewer: Viewer, pk: UUID) -> Slip:
    row = visible_slips(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
