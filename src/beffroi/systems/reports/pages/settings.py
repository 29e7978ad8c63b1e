"""What an authority takes reports of, what it promises: for its administrators."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.settings import begin_categories, keep_category, retire_category
from beffroi.systems.reports.forms.settings import (
    CategoryForm,
    PromiseForm,
    category_values,
    explain,
)
from beffroi.systems.reports.models import Category
from beffroi.systems.reports.queries.settings import (
    category_of,
    code_for,
    kept_categories,
    promised,
    promises_of,
)
from beffroi.systems.reports.queries.starters import starters
from beffroi.systems.reports.queries.words import lasting_words
from beffroi.systems.reports.rules import SYSTEM


@require_GET
def settings_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The kinds of faults, with what each promises."""
    authority = administered(viewer_of(request), slug)
    page = page_of(request, kept_categories(authority.pk))
    context = {
        "desk": authority,
        "on": is_switched_on(authority=authority.pk, system=SYSTEM),
        "page": page,
        "lines": [(row, lasting_words(row.hours, working=row.working), row.promises.all()) for row in page],
        "missing": _missing(authority.pk),
    }
    return render(request, "reports/settings_categories.html", context)


@require_POST
def categories_begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the kinds of faults that a town begins with, those that it hasn't."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    rows = begin_categories(authority=authority.pk, offered=starters(), by=viewer.known_person, now=utc_now())
    words = ngettext("%(n)s kind of fault was added.", "%(n)s kinds of faults were added.", len(rows))
    messages.success(request, words % {"n": len(rows)})
    return redirect("report-settings", slug=slug)


@require_http_methods(["GET", "POST"])
def category_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Another kind of fault."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = CategoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = Category(authority_id=authority.pk, code=code_for(authority.pk, form.cleaned_data["label"]))
        if _kept(viewer, form, row):
            messages.success(request, _("“%(name)s” can be reported from now on.") % {"name": row.label})
            return redirect("report-settings", slug=slug)
    return _shown(request, slug, form, None)


@require_http_methods(["GET", "POST"])
def category_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """A kind of fault, and what it promises."""
    viewer = viewer_of(request)
    row = _category(viewer, slug, pk)
    form = CategoryForm(request.POST or None, initial=category_values(row, promises_of(row)))
    if request.method == "POST" and form.is_valid() and _kept(viewer, form, row):
        messages.success(request, _("Saved. Reports under way keep the time that was promised."))
        return redirect("report-settings", slug=slug)
    return _shown(request, slug, form, _category(viewer, slug, pk))


@require_POST
def category_retire(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take no more reports of it, or take them again."""
    viewer = viewer_of(request)
    row = _category(viewer, slug, pk)
    retired = "again" not in request.POST
    retire_category(category=row, retired=retired, by=viewer.known_person, now=utc_now())
    said = _("“%(name)s” takes no more reports; those there are stay.") if retired else _("“%(name)s” is taken again.")
    messages.success(request, said % {"name": row.label})
    return redirect("report-settings", slug=slug)


@require_GET
def promise_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What is being typed would promise, in words: nothing is saved."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = PromiseForm(request.GET)
    lines = promised(authority.pk, form.usual(), form.others(), viewer.as_of) if form.is_valid() else []
    return render(request, "reports/settings_promise.html", {"promised": lines})


def _missing(authority: UUID) -> int:
    """How many of those that a town begins with it hasn't."""
    there = set(kept_categories(authority).values_list("code", flat=True))
    return len([one for one in starters() if one.code not in there])


def _category(viewer: Viewer, slug: str, pk: UUID) -> Category:
    row = category_of(administered(viewer, slug).pk, pk)
    if row is None:
        raise Hidden
    return row


def _kept(viewer: Viewer, form: CategoryForm, row: Category) -> bool:
    try:
        keep_category(category=form.written(row), promises=form.others(), by=viewer.known_person, now=utc_now())
    except ValidationError as error:
        explain(error, form)
        return False
    return True


def _shown(request: HttpRequest, slug: str, form: CategoryForm, row: Category | None) -> HttpResponse:
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    right = not form.is_bound or form.is_valid()
    usual = (row.hours, row.working) if row else (48, False)
    others = promises_of(row) if row else {}
    if form.is_bound and right:
        usual, others = form.usual(), form.others()
    context = {
        "desk": authority,
        "category": row,
        "form": form,
        "promised": promised(authority.pk, usual, others, viewer.as_of),
    }
    return render(request, "reports/settings_category.html", context, status=422 if form.errors else 200)
