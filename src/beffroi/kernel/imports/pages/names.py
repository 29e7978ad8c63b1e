"""What a list means by names that are nobody's here, and the end of a list that is being written."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.imports.actions.imports import keep_meanings, stop_import
from beffroi.kernel.imports.errors import ImportRefused
from beffroi.kernel.imports.forms import NamesForm
from beffroi.kernel.imports.models import Import, ImportState
from beffroi.kernel.imports.queries.checks import asked_about, missing_columns
from beffroi.kernel.imports.queries.imports import own_imports
from beffroi.kernel.imports.rules import NAMES_AT_ONCE
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.imports import IMPORTERS


@require_http_methods(["GET", "POST"])
def import_names(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what it means by them: once, for this list and the next."""
    row = _own(request, pk)
    importer = IMPORTERS[row.importer]
    if row.state != ImportState.DRAFT or missing_columns(importer, row.columns):
        return redirect("import", pk=row.pk)
    asked = asked_about(row)
    form = NamesForm(request.POST or None, asked=asked[:NAMES_AT_ONCE])
    if request.method == "POST" and form.is_valid():
        meant = [(column.code, words, value) for column, words, value in form.meant()]
        keep_meanings(authority=row.authority_id, importer=row.importer, meant=meant, by=row.person)
        more = len(asked) > NAMES_AT_ONCE and meant
        return redirect("import-names" if more else "import", pk=row.pk)
    context = {"row": row, "importer": importer, "form": form, "left": max(0, len(asked) - NAMES_AT_ONCE)}
    return render(request, "imports/names.html", context, status=422 if form.errors else 200)


@require_POST
def import_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """No more of it: what is written stays, and can be undone."""
    row = _own(request, pk)
    try:
        stop_import(waiting=row, by=row.person, now=utc_now())
    except ImportRefused as error:
        messages.error(request, str(error.message))
    return redirect("import", pk=row.pk)


def _own(request: HttpRequest, pk: UUID) -> Import:
    row = own_imports(viewer_of(request)).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
