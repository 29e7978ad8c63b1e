"""Ready-made answers: an administrator writes them; whoever handles a report has one put into their words."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.wordings import keep_wordings, move_wording, retire_wording
from beffroi.systems.reports.forms.wordings import TELLING_LABELS, WordingForm, blanks_on
from beffroi.systems.reports.models import Wording
from beffroi.systems.reports.pages.acts import ACTS
from beffroi.systems.reports.pages.asking import Asked, offer_for
from beffroi.systems.reports.queries.desk import part_in
from beffroi.systems.reports.queries.reports import categories_of, handled
from beffroi.systems.reports.queries.wordings import beginnings, filled, usable, wordings_of


@require_http_methods(["GET", "POST"])
def wording_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's answers in their order, and a form for another one."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = WordingForm(request.POST or None, categories=list(categories_of(authority.pk)))
    if request.method == "POST" and form.is_valid():
        row = Wording(authority_id=authority.pk, order=10 * (wordings_of(authority.pk).count() + 1))
        if _kept(viewer, form, row):
            messages.success(request, _("“%(name)s” is offered from now on.") % {"name": row.label})
            return redirect("report-wordings", slug=slug)
    labels = dict(TELLING_LABELS)
    page = page_of(request, wordings_of(authority.pk))
    context = {
        "desk": authority,
        "page": page,
        "rows": [(row, [labels[act] for act in row.acts if act in labels]) for row in page],
        "form": form,
        "missing": len(beginnings(authority.pk)),
    }
    return render(request, "reports/settings_wordings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def wording_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One of them."""
    viewer = viewer_of(request)
    row = _wording(viewer, slug, pk)
    kept = {"label": row.label, "text": row.text, "acts": row.acts, "category": str(row.category_id or "")}
    form = WordingForm(request.POST or None, initial=kept, categories=list(categories_of(row.authority_id)))
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, row):
        messages.success(request, _("Saved."))
        return redirect("report-wordings", slug=slug)
    context = {"desk": administered(viewer, slug), "wording": _wording(viewer, slug, pk), "form": form}
    return render(request, "reports/settings_wording.html", context, status=422 if form.errors else 200)


@require_POST
def wording_retire(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Offer it no more, or again."""
    viewer = viewer_of(request)
    row = _wording(viewer, slug, pk)
    retired = "again" not in request.POST
    retire_wording(wording=row, retired=retired, by=viewer.known_person, now=utc_now())
    said = _("“%(name)s” is offered no more.") if retired else _("“%(name)s” is offered again.")
    messages.success(request, said % {"name": row.label})
    return redirect("report-wordings", slug=slug)


@require_POST
def wording_move(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One place higher, or lower."""
    viewer = viewer_of(request)
    row = _wording(viewer, slug, pk)
    move_wording(wording=row, up=request.POST.get("to") == "up", by=viewer.known_person, now=utc_now())
    return redirect("report-wordings", slug=slug)


@require_POST
def wordings_begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the answers that a town begins with, those that it hasn't."""
    viewer = viewer_of(request)
    rows = beginnings(administered(viewer, slug).pk)
    keep_wordings(wordings=rows, by=viewer.known_person, now=utc_now())
    words = ngettext("%(n)s answer was added.", "%(n)s answers were added.", len(rows))
    messages.success(request, words % {"n": len(rows)})
    return redirect("report-wordings", slug=slug)


@require_POST
def report_wording(request: HttpRequest, pk: UUID, deed: str) -> HttpResponse:
    """The words of one act's form with an answer in them: nothing is done yet. What somebody typed themselves stays before it, and comes in
    the body: an address is written down on the way.
    """
    viewer = viewer_of(request)
    report = handled(viewer).filter(pk=pk).first()
    if report is None or deed not in ACTS:
        raise Hidden
    asked = Asked(viewer, report, part_in(viewer, report), wordings=usable(report.authority_id, report.category_id))
    if not ACTS[deed].whose(asked) or not ACTS[deed].when(asked):
        raise Hidden
    form = ACTS[deed].shown(asked)
    if "wording" not in form.fields:
        raise Hidden
    form.auto_id = f"{deed}_%s"
    form.initial["text"] = _words(request, asked, deed)
    return HttpResponse(form["text"].as_widget())


def _words(request: HttpRequest, asked: Asked, act: str) -> str:
    offer = offer_for(asked, act)
    blanks = blanks_on(offer, request.POST.get("planned_for", ""))
    texts = {str(row.pk): filled(row.text, blanks) for row in offer.rows}
    typed = request.POST.get("text", "").strip()
    # Choosing another one takes the place of the first; one's own words are nobody's to take away.
    own = "" if typed in texts.values() or typed in {row.text for row in offer.rows} else typed
    return "\n".join(part for part in (own, texts.get(request.POST.get("wording", ""), "")) if part)


def _wording(viewer: Viewer, slug: str, pk: UUID) -> Wording:
    row = wordings_of(administered(viewer, slug).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _kept(viewer: Viewer, form: WordingForm, row: Wording) -> bool:
    try:
        keep_wordings(wordings=[form.written(row)], by=viewer.known_person, now=utc_now())
    except ValidationError:
        form.add_error("label", forms.ValidationError(_("Another answer has this name.")))
        return False
    return True
