"""Outlines of several places at once, from a file that is shown before it is written; and all of them, for anybody's map."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from beffroi.kernel.territory.actions.outlines import (
    drop_outline_file,
    keep_outline_file,
    take_outline_file,
    undo_outlines,
)
from beffroi.kernel.territory.forms import OutlinesForm, fault_words
from beffroi.kernel.territory.models import Authority, OutlineFile
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.kernel.territory.queries.outline_files import Surface, compared
from beffroi.kernel.territory.queries.outlines import areas_of, outlines_version, undoable, waiting_file
from beffroi.lib.clock import utc_now
from beffroi.lib.sketches import picture
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of


@require_http_methods(["GET", "POST"])
def outline_file_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A file of several surfaces, each with its name."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = OutlinesForm(request.POST, request.FILES) if request.method == "POST" else OutlinesForm()
    if request.method == "POST" and form.is_valid():
        surfaces = [Surface(feature) for feature in form.cleaned_data["file"]]
        file = keep_outline_file(authority=authority.pk, surfaces=surfaces, by=viewer.known_person, now=utc_now())
        return redirect("outline-file", slug=slug, pk=file.pk)
    context = {"desk": authority, "form": form}
    return render(request, "territory/outline_file_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def outline_file(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """What the file would do, line by line; then it does, or goes."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    file = _waiting(authority, viewer.known_person, pk)
    if request.method == "POST":
        if "drop" in request.POST:
            drop_outline_file(file=file, by=viewer.person)
            messages.success(request, _("Nothing of this file was written."))
            return redirect("places-of", slug=slug)
        if not take_outline_file(file=file, by=viewer.person, now=utc_now()):
            messages.info(request, _("Nothing changed: it was so already."))
        return redirect(f"{reverse('places-of', kwargs={'slug': slug})}?done={pk}")
    lines = compared(file)
    drawn = [line.outline for line in lines if line.outline is not None]
    page = page_of(request, lines)
    context = {
        "desk": authority,
        "file": file,
        "page": page,
        "lines": [(line, fault_words(line.fault, line.near) if line.fault else "") for line in page],
        "writes": sum(line.state in {"new", "known"} for line in lines),
        "faults": sum(line.state == "fault" for line in lines),
        "picture": picture(drawn) if drawn else None,
    }
    return render(request, "territory/outline_file.html", context)


@require_POST
def outline_undo(request: HttpRequest, slug: str, act: UUID) -> HttpResponse:
    """Take back what was done to outlines."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    if not undoable(authority.pk, act):
        raise Hidden
    undone = undo_outlines(authority=authority.pk, act=act, by=viewer.person, now=utc_now())
    words = ngettext("Undone: %(n)s outline is as it was.", "Undone: %(n)s outlines are as they were.", undone)
    messages.success(request, words % {"n": undone})
    return redirect("places-of", slug=slug)


def _tag(_request: HttpRequest, slug: str) -> str | None:
    authority = authority_at(slug)
    return None if authority is None else f'"{outlines_version(authority.pk)}"'


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
@condition(etag_func=_tag)
def outline_document(_request: HttpRequest, slug: str) -> HttpResponse:
    """Where the authority and its places end, as GeoJSON."""
    authority = authority_at(slug)
    if authority is None:
        raise Hidden
    return HttpResponse(areas_of(authority.pk).document, content_type="application/geo+json")


def _waiting(authority: Authority, person: UUID, file: UUID) -> OutlineFile:
    found = waiting_file(authority.pk, person, file)
    if found is None:
        raise Hidden
    return found
