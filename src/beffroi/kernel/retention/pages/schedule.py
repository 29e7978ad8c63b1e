"""The schedule, one rule, what was destroyed, and whether disk, tables and register agree."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.kernel.retention.actions.checks import check_authority
from beffroi.kernel.retention.actions.durations import set_duration
from beffroi.kernel.retention.errors import RuleUnknown
from beffroi.kernel.retention.forms import DurationForm
from beffroi.kernel.retention.queries.papers import (
    destructions_of,
    found_lines,
    latest_check,
    rule_title,
    visible_checks,
    visible_destructions,
)
from beffroi.kernel.retention.queries.schedule import due, duration_of, holds, how_many, rule_named, schedule
from beffroi.kernel.retention.queries.table import lasting, rows_of
from beffroi.kernel.retention.queries.words import fate_words, source_words, spoken
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.keeping import Kept
from beffroi.persistence.listing import page_of
from beffroi.persistence.spreadsheets import spreadsheet

A_PAGE = 50
CHECKS = 20


@require_GET
def schedule_page(request: HttpRequest, slug: str) -> HttpResponse:
    """All rules, with what will go within 30 days."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug).pk
    own, shared = schedule(viewer, authority), schedule(viewer, authority, installation=True)
    lines = [*own, *shared]
    check = latest_check(viewer, authority)
    context = {
        "parts": [(_("Of the authority"), own), (_("Of the whole installation"), shared)],
        "by_itself": sum(line.soon for line in lines if line.by_itself),
        "for_archives": sum(line.soon for line in lines if not line.by_itself),
        "check": check,
        "found": found_lines(check) if check else [],
        "held": holds(viewer).filter(authority_id=authority).count(),
        "lasting": lasting(),
        "slug": slug,
    }
    return render(request, "retention/schedule.html", context)


@require_GET
def schedule_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a table: each rule with the duration in force, its bounds and the text that it stands on."""
    desk = administered(viewer_of(request), slug)
    return spreadsheet(rows_of(desk.pk), f"{_('retention')}-{desk.slug}.csv")


@require_http_methods(["GET", "POST"])
def rule_page(request: HttpRequest, slug: str, rule: str) -> HttpResponse:
    """One rule; its duration, when it is the authority's to set."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug).pk
    kept = _rule(rule)
    owner = None if kept.installation else authority
    length = duration_of(kept, owner)
    form = DurationForm(request.POST or None, bounds=kept.bounds, initial={"length": length})
    more = 0
    if request.method == "POST":
        if kept.installation:
            raise Hidden  # the installation's own durations are set by whoever keeps it, by a command
        if form.is_valid():
            chosen = form.cleaned_data["length"]
            more = how_many(due(kept, owner, viewer.as_of, length=chosen)) if chosen < length else 0
            if not more or form.cleaned_data["agreed"]:
                set_duration(kept=kept, authority=authority, length=chosen, by=viewer.person, now=utc_now())
                messages.success(
                    request, _("From now on: %(duration)s.") % {"duration": spoken(chosen, kept.bounds.unit)}
                )
                return redirect("retention-of", slug=slug)
            form.add_error("agreed", _("Read it and tick the box: what is destroyed does not come back."))
    context = {
        "slug": slug,
        "kept": kept,
        "form": form,
        "more": more,
        "may_set": not kept.installation,
        "source": source_words(kept.source),
        "fate": fate_words(kept.fate),
        "in_force": spoken(length, kept.bounds.unit),
        "usual": spoken(kept.bounds.usual, kept.bounds.unit),
        "most": spoken(kept.bounds.most, kept.bounds.unit),
    }
    return render(request, "retention/rule.html", context, status=422 if form.errors else 200)


@require_GET
def destruction_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What was destroyed in the authority, and by the installation, each with its receipt."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug).pk
    page = Paginator(destructions_of(viewer, authority), A_PAGE).get_page(request.GET.get("page"))
    lines = [(row, rule_title(row.rule)) for row in page]
    return render(request, "retention/destructions.html", {"page": page, "lines": lines, "slug": slug})


@require_GET
def destruction_receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt of a destruction, as a file; it verifies with no network."""
    row = visible_destructions(viewer_of(request)).filter(pk=pk).first()
    receipt = receipt_of(row.entry) if row else None
    if row is None or receipt is None:
        raise Hidden
    response = HttpResponse(receipt.to_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="beffroi-{row.entry}.json"'
    return response


@require_http_methods(["GET", "POST"])
def check_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The last looks of the reconciler; another one, now."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug).pk
    if request.method == "POST":
        found = len(check_authority(authority=authority, now=utc_now(), by=viewer.person).findings)
        words = ngettext("%(count)s difference was found.", "%(count)s differences were found.", found)
        messages.info(request, words % {"count": localize(found)} if found else _("Everything agrees."))
        return redirect("retention-checks-of", slug=slug)
    page = page_of(request, visible_checks(viewer).filter(authority_id=authority), CHECKS)
    checks = [(check, found_lines(check)) for check in page]
    return render(request, "retention/checks.html", {"page": page, "checks": checks, "slug": slug})


def _rule(code: str) -> Kept:
    try:
        return rule_named(code)
    except RuleUnknown as error:
        raise Hidden from error
