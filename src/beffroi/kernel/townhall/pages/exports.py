"""Taking data away: an authority its own, a person theirs."""

import json
from typing import cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.townhall.actions.exports import ask_export, show_own_data, take_export
from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.kernel.townhall.queries.exports import file_of, progress_of, visible_exports
from beffroi.kernel.townhall.queries.own_data import held_of, own_rows, own_sheets
from beffroi.kernel.townhall.queries.tables import plainly
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.persistence.portability import authority_tables

A_PAGE = 20


@require_http_methods(["GET", "POST"])
def export_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Exports there are and were; ask for one. Whoever takes everything proves again who they are."""
    desk = administered(viewer_of(request), slug)
    if request.method == "POST":
        return _asked(request, desk)
    if request.headers.get("HX-Request"):  # how far it is, for longer than a proof holds
        return render(request, "townhall/export_rows.html", _told(request, desk))
    return cast("HttpResponse", _listed(request, desk))


@require_POST
def export_file(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The file itself, within its day; the register says who took it."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    export = visible_exports(viewer).filter(authority=desk, pk=pk, state=ExportState.READY).first()
    if export is None:
        raise Hidden
    try:
        return cast("HttpResponseBase", _taken(request, desk, export))
    except ReauthenticationRequired:  # the page asks for it
        return redirect("export-of", slug=slug)
    except FileNotFoundError:
        messages.error(request, _("This file is no longer there. Ask for another."))
        return redirect("export-of", slug=slug)


def _asked(request: HttpRequest, desk: Authority) -> HttpResponse:
    try:
        _ask(request, desk)
    except ReauthenticationRequired:  # the page asks for it
        messages.info(request, _("Nothing was asked for yet: press the button again."))
    return redirect("export-of", slug=desk.slug)


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def _ask(request: HttpRequest, desk: Authority) -> None:
    ask_export(authority=desk.id, by=viewer_of(request).known_person, now=utc_now())


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def _taken(request: HttpRequest, desk: Authority, export: Export) -> HttpResponseBase:
    file = file_of(export.id).open("rb")
    take_export(export=export, by=viewer_of(request).known_person, now=utc_now())
    return FileResponse(file, as_attachment=True, filename=f"{desk.slug}-{export.asked_at:%Y-%m-%d}.zip")


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def _listed(request: HttpRequest, desk: Authority) -> HttpResponse:
    return render(request, "townhall/exports.html", {**_told(request, desk), "tables": authority_tables()})


def _told(request: HttpRequest, desk: Authority) -> dict[str, object]:
    page = page_of(request, visible_exports(viewer_of(request)).filter(authority=desk), A_PAGE)
    waiting = next((export for export in page if export.state == ExportState.WAITING), None)
    return {"desk": desk, "page": page, "waiting": waiting, "progress": progress_of(waiting.id) if waiting else None}


@for_another
@require_GET
def my_data(request: HttpRequest) -> HttpResponse:
    """What is held of oneself, in words."""
    return render(request, "townhall/my_data.html", {"held": held_of(viewer_of(request).known_person)})


@for_another
@require_POST
def my_data_paper(request: HttpRequest) -> HttpResponse:
    """The same, whole, to be read and printed; on record when an agent has it shown for somebody."""
    person = viewer_of(request).known_person
    show_own_data(by=person)
    return render(request, "townhall/my_data_paper.html", {"sheets": own_sheets(person), "now": utc_now()})


@require_GET
def my_data_file(request: HttpRequest) -> HttpResponse:
    """The same, whole, as a file that programs read: not for an agent at a counter, on whose computer it would stay."""
    person, now = viewer_of(request).known_person, utc_now()
    told = {"person": str(person), "as_of": plainly(now), "tables": own_rows(person)}
    response = HttpResponse(json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="beffroi-{now:%Y-%m-%d}.json"'
    return response
