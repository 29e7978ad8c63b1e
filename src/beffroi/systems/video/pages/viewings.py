"""The register of viewings: found, printed on one page, exported with proofs; and public counts."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.video.actions.consulting import note_taken
from beffroi.systems.video.forms.viewings import SoughtForm
from beffroi.systems.video.models import Viewing
from beffroi.systems.video.queries.cameras import visible_cameras
from beffroi.systems.video.queries.public import filming
from beffroi.systems.video.queries.requests import concerned_by_requests
from beffroi.systems.video.queries.viewings import (
    Line,
    Sought,
    entries_of,
    found,
    lines,
    officers_seen,
    proofs,
    purposes_used,
    quarters,
    visible_viewings,
)

A_SHEET: Final = 30
MOST_EXPORTED: Final = 5000


@require_GET
def viewing_list(request: HttpRequest) -> HttpResponse:
    """Who looked at which camera, when, why, under which text; the same on paper."""
    viewer = viewer_of(request)
    form = _form(request, viewer)
    sought = form.sought()
    page = page_of(request, found(viewer, sought), A_SHEET)
    if request.GET.get("format") == "pdf":
        _note("video.viewings-printed", viewer, sought, list(page.object_list))
    context = {
        "form": form,
        "page": page,
        "lines": lines(viewer, list(page.object_list)),
        "sought": sought,
        "camera": visible_cameras(viewer).filter(pk=sought.camera).first() if sought.camera else None,
    }
    return render(request, "video/viewings.html", context, status=422 if form.is_bound and form.errors else 200)


@require_GET
def viewing_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same for the prefecture's commission: one line a look, with the receipts of its entries; all that was found, or nothing."""
    viewer = viewer_of(request)
    form = _form(request, viewer)
    if not viewer.authorities() or (form.is_bound and not form.is_valid()):
        raise Hidden
    sought = form.sought()
    rows = list(found(viewer, sought)[: MOST_EXPORTED + 1])
    if len(rows) > MOST_EXPORTED:
        messages.error(request, _("Too many viewings for one file: choose fewer days, then export again."))
        return redirect(f"{reverse('video-viewings')}?{request.GET.urlencode()}")
    _note("video.viewings-exported", viewer, sought, rows)
    stated = dict(zip((row.pk for row in rows), lines(viewer, rows), strict=True))

    def written() -> Iterator[str]:
        for row, receipts in proofs(rows):
            shown = {part: json.loads(receipt.to_bytes()) if receipt else None for part, receipt in receipts.items()}
            yield json.dumps({**_stated(stated[row.pk]), "receipts": shown}, ensure_ascii=False) + "\n"

    response = StreamingHttpResponse(written(), content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="viewings.ndjson"'
    return response


def _note(kind: str, viewer: Viewer, sought: Sought, rows: Sequence[Viewing]) -> None:
    authorities = {row.authority_id for row in rows}
    note_taken(
        kind=kind, sought=sought, authorities=authorities, count=len(rows), by=viewer.known_person, now=utc_now()
    )


def _stated(line: Line) -> dict[str, object]:
    row = line.row
    return {
        "camera": str(row.camera_id),
        "site": row.camera.site.name,
        "number": row.camera.number,
        "looks_at": row.camera.name,
        "admitted": row.admitted,
        "started": row.started.isoformat(),
        "ended": row.ended.isoformat() if row.ended else None,
        "lasted_ms": row.lasted,
        "by_last_beat": row.by_last_beat,
        "reason": line.reason,
        "text": line.text,
        "regime": line.law,
        "officer": line.officer or None,
        "organisation": row.organisation.name if row.organisation else None,
        "receiving": row.receiving.name if row.receiving else None,
        "entries": {part: str(entry) for part, entry in entries_of(row).items()},
    }


@login_not_required
@for_another
@require_GET
def figures_public(request: HttpRequest, slug: str) -> HttpResponse:
    """How often cameras were looked at, by site and quarter; small figures are joined."""
    authority = filming(slug)
    context = {"authority": authority, "quarters": quarters(authority.pk, as_of=viewer_of(request).as_of)}
    return render(request, "video/figures.html", context)


def _form(request: HttpRequest, viewer: Viewer) -> SoughtForm:
    if not concerned_by_requests(viewer) and not visible_viewings(viewer).exists():
        raise Hidden
    return SoughtForm(
        request.GET or None,
        cameras=visible_cameras(viewer),
        officers=officers_seen(viewer),
        purposes=purposes_used(viewer),
    )
