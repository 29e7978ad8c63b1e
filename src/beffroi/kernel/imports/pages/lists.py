"""From a file to things: send it, say its columns, look at what would be, write it, take it back."""

import csv
from io import StringIO
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.adapters.spreadsheet.reading import Sheet
from beffroi.kernel.imports.actions.imports import (
    abandon_import,
    ask_commit,
    choose_columns,
    commit_import,
    keep_file,
    receive_file,
    undo_import,
)
from beffroi.kernel.imports.errors import ImportRefused
from beffroi.kernel.imports.forms import CHANGE, ColumnsForm, FileForm
from beffroi.kernel.imports.models import AT_WORK, Import, ImportState
from beffroi.kernel.imports.queries.checks import asked_about, checked, missing_columns
from beffroi.kernel.imports.queries.imports import Offer, guesses, offer, offers, own_imports, said_of, undoable
from beffroi.kernel.imports.rules import ROWS_AT_ONCE
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.imports import IMPORTERS, Importer, Verdict

SHOWN = 8  # rows beside which columns are chosen
A_PAGE = 50
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Kinds of lists, and one's own files of the last day."""
    viewer = viewer_of(request)
    found = offers(viewer)
    if not found:
        raise Hidden
    page = Paginator(own_imports(viewer), A_PAGE).get_page(request.GET.get("page"))
    rows = [(row, IMPORTERS[row.importer]) for row in page]
    several = len({each.authority.pk for each in found}) > 1
    return render(request, "imports/list.html", {"offers": found, "page": page, "rows": rows, "several": several})


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest, slug: str, importer: str) -> HttpResponse:
    """Send a file; nothing else is written yet."""
    viewer = viewer_of(request)
    found = _offer(viewer, slug, importer)
    form = FileForm(request.POST or None, request.FILES or None, importer=found.importer)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("import-columns", pk=_kept(viewer, found, form).pk)
        except ImportRefused as error:
            form.add_error("file", str(error.message))
    context = {"offer": found, "form": form}
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


@require_GET
def import_model(request: HttpRequest, slug: str, importer: str) -> HttpResponse:
    """An empty list with its headings and one example, to fill in."""
    found = _offer(viewer_of(request), slug, importer).importer
    lines = [[str(column.label) for column in found.columns], [column.example for column in found.columns]]
    return _csv(lines, f"{importer}.csv")


@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which column of the file is which, beside its first rows."""
    row = _own(viewer_of(request), pk)
    if row.state in AT_WORK:
        return redirect("import", pk=row.pk)
    if row.state != ImportState.DRAFT:
        raise Hidden
    importer = IMPORTERS[row.importer]
    headings = row.sheet["headings"]
    form = ColumnsForm(
        request.POST or None,
        columns=importer.columns,
        headings=headings,
        chosen=row.columns,
        initial={"change": CHANGE if row.change else "leave"},
    )
    if request.method == "POST" and form.is_valid():
        choose_columns(waiting=row, columns=form.chosen(), change=form.cleaned_data["change"] == CHANGE, by=row.person)
        return redirect("import-names" if asked_about(row) else "import", pk=row.pk)
    context = {
        "row": row,
        "importer": importer,
        "form": form,
        "headings": headings,
        "rows": row.sheet["rows"][:SHOWN],
        "total": len(row.sheet["rows"]),
        "guessed": not missing_columns(importer, row.columns),
    }
    return render(request, "imports/columns.html", context, status=422 if form.errors else 200)


@require_GET
def import_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What would be written, and what is wrong; then what was written."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    importer = IMPORTERS[row.importer]
    if row.state in AT_WORK:
        return render(request, "imports/working.html", {"row": row, "importer": importer})
    if request.headers.get("HX-Request"):
        return _gone_on(row)
    if row.state != ImportState.DRAFT:
        context = {
            "row": row,
            "importer": importer,
            "may_undo": undoable(viewer, row),
            "why": said_of(row.fault, importer, row.added),
            "follow": _followed(viewer, row),
            "things": reverse(importer.route(viewer)),
        }
        return render(request, "imports/done.html", context)
    if missing_columns(importer, row.columns):
        return redirect("import-columns", pk=row.pk)
    look = checked(viewer, row)
    page = Paginator(look.to_look_at, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "row": row,
        "importer": importer,
        "why": said_of(row.fault, importer, row.added),
        "counts": look.counts,
        "asked": bool(asked_about(row)),
        "page": page,
        "lines": [(verdict, _said(importer, verdict)) for verdict in page],
        "written": len(look.chosen(change=row.change, doubtful=False)),
        "doubtful": len(look.chosen(change=row.change, doubtful=True))
        - len(look.chosen(change=row.change, doubtful=False)),
    }
    return render(request, "imports/check.html", context)


@require_GET
def import_wrong(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The rows that can't be written, as they came, each with what to correct: to be sent again once corrected."""
    viewer = viewer_of(request)
    row = _draft(viewer, pk)
    importer = IMPORTERS[row.importer]
    wrong = {verdict.number: verdict for verdict in checked(viewer, row).to_look_at}
    lines = [[*row.sheet["headings"], _("To correct")]]
    for number, cells in row.sheet["rows"]:
        if number in wrong:
            lines.append([*cells, " / ".join(f"{where}: {words}" for where, words in _said(importer, wrong[number]))])
    return _csv(lines, _("rows to correct") + ".csv")


@require_POST
def import_commit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what can be, in one act."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    if row.state != ImportState.DRAFT or missing_columns(IMPORTERS[row.importer], row.columns):
        return redirect("import", pk=row.pk)  # sent twice, or too early: the page says where it stands
    doubtful = bool(request.POST.get("doubtful"))
    try:
        if len(row.sheet["rows"]) > ROWS_AT_ONCE:
            ask_commit(waiting=row, doubtful=doubtful, by=viewer.person)
        else:
            rows = checked(viewer, row).chosen(change=row.change, doubtful=doubtful)
            commit_import(waiting=row, rows=rows, by=viewer.person, now=utc_now())
    except ImportRefused as error:
        messages.error(request, str(error.message))
    return redirect("import", pk=row.pk)


@require_POST
def import_follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Do what the importer offers once its list is written."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    follow = IMPORTERS[row.importer].follow
    if follow is None or not undoable(viewer, row):
        raise Hidden
    done = follow.act(before=row.before, by=viewer.person, now=utc_now())
    if done:
        messages.success(request, follow.done(done))
    return redirect("import", pk=row.pk)


@require_POST
def import_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it back, within a day."""
    viewer = viewer_of(request)
    row = _own(viewer, pk)
    try:
        left = undo_import(done=row, by=viewer.person, now=utc_now()).left
    except ImportRefused as error:
        messages.error(request, str(error.message))
    else:
        if left:
            words = ngettext(
                "%(count)s thing was used since: it stays.", "%(count)s things were used since: they stay.", left
            )
            messages.info(request, words % {"count": localize(left)})
    return redirect("import", pk=row.pk)


@require_POST
def import_abandon(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget the file."""
    row = _own(viewer_of(request), pk)
    abandon_import(waiting=row, by=row.person, now=utc_now())
    return redirect("imports")


def _kept(viewer: Viewer, found: Offer, form: FileForm) -> Import:
    """The file that was sent: read, or to be read by a worker. Raises ImportUnderWay."""
    sheet: Sheet | None = form.cleaned_data["file"]
    authority, importer = found.authority.pk, found.importer
    if sheet is None:
        return receive_file(
            authority=authority,
            importer=importer.code,
            content=form.content,
            filename=form.filename,
            by=viewer.known_person,
            now=utc_now(),
        )
    return keep_file(
        authority=authority,
        importer=importer.code,
        sheet=sheet,
        filename=form.filename,
        columns=guesses(importer, authority=authority, headings=sheet.headings),
        by=viewer.known_person,
        now=utc_now(),
    )


def _followed(viewer: Viewer, row: Import) -> str:
    """What the importer offers to do next, in words; nothing, where there is nothing to do."""
    follow = IMPORTERS[row.importer].follow
    waiting = follow.waiting(row.before) if follow and undoable(viewer, row) else 0
    return follow.label(waiting) if follow and waiting else ""


def _gone_on(row: Import) -> HttpResponse:
    """For a page that watched a worker: it is over, and what follows is another page."""
    read = row.state == ImportState.DRAFT and not row.fault
    response = HttpResponse()
    response["HX-Redirect"] = reverse("import-columns" if read else "import", args=[row.pk])
    return response


def _said(importer: Importer, verdict: Verdict) -> list[tuple[str, str]]:
    """(column, what to do) of a row."""
    said = []
    for fault in verdict.faults:
        column = importer.column(fault.column)
        said.append((str(column.label) if column else _("The row"), fault.words))
    return [*said, (_("To look at"), verdict.doubt)] if verdict.doubt else said


def _offer(viewer: Viewer, authority: str, importer: str) -> Offer:
    found = offer(viewer, slug=authority, code=importer)
    if found is None:
        raise Hidden
    return found


def _own(viewer: Viewer, pk: UUID) -> Import:
    row = own_imports(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _draft(viewer: Viewer, pk: UUID) -> Import:
    row = _own(viewer, pk)
    if row.state != ImportState.DRAFT:
        raise Hidden
    return row


def _csv(lines: list[list[str]], name: str) -> HttpResponse:
    file = StringIO()
    writer = csv.writer(file, delimiter=";")
    for line in lines:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in line])
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}"'
    return response
