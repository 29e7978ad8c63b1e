"""Conventions, for the town that signs them and the partners they bind."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.pages.writing import counted, title_of
from beffroi.kernel.grants.queries import visible_conventions
from beffroi.kernel.grants.queries.conventions import (
    called,
    covered_things,
    drafts,
    rights_under_way,
    system_of,
    terms_of,
    uses_under,
)
from beffroi.kernel.grants.queries.document import document
from beffroi.kernel.grants.queries.parties import designations
from beffroi.kernel.grants.queries.renewal import ending, marked
from beffroi.kernel.grants.queries.sheet import annex, essentials
from beffroi.kernel.grants.queries.staff import approval, naming
from beffroi.kernel.grants.queries.words import allowed, held_to
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.listing import page_of

A_PAGE = 50
NEWEST = 6  # drafts above what was signed; asked for, all of them
RIGHTS = 20
LATEST = 8  # uses


@for_another
@require_GET
def convention_list(request: HttpRequest) -> HttpResponse:
    """Conventions that bind the viewer's organisations, and those being written by whoever signs."""
    viewer = viewer_of(request)
    if not (viewer.authorities() or viewer.conventions):
        raise Hidden
    written = drafts(viewer)
    only = request.GET.get("drafts") == "1" and written.exists()
    rows = marked(visible_conventions(viewer), viewer.as_of)
    being_written, signed = page_of(request, written), page_of(request, rows)
    shown = being_written if only else written[:NEWEST]
    context = {
        "page": being_written if only else signed,
        "only_drafts": only,
        "drafts": [(draft, title_of(draft), counted(draft)) for draft in shown],
        "written": written.count(),
        "may_sign": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "grants/conventions.html", context)


@for_another
@require_GET
def convention_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One convention in plain words, what it covers, the rights under it."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    terms = terms_of(convention)
    system = system_of(convention.system)
    may_name = terms.by_request and bool(naming(viewer, convention))
    page = Paginator(rights_under_way(viewer, convention), RIGHTS).get_page(request.GET.get("page"))
    resources = {thing.resource for right in page for thing in right.resources.all()}
    names = called(system=convention.system, authority=convention.authority_id, resources=resources)
    context = {
        "convention": convention,
        "terms": terms,
        "allowed": allowed(terms),
        "held_to": held_to(terms),
        "counted": system.counted(terms.things) if system else str(terms.things),
        "uses": uses_under(viewer, convention, LATEST),
        "page": page,
        "rights": [
            (right, [names[thing.resource] for thing in right.resources.all() if thing.resource in names])
            for right in page
        ],
        "may_sign": convention.authority_id in viewer.authorities(Role.ADMINISTRATOR),
        "may_name": may_name,
        "staff": [(row, approval(row, viewer.as_of)) for row in designations(viewer, convention)] if may_name else [],
        "ending": ending(viewer, convention),
        "serves": convention.authority_id in viewer.authorities(),
        "in_force": convention.pk in viewer.conventions,
    }
    return render(request, "grants/convention.html", context)


@for_another
@require_GET
def convention_things(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything that a convention covers."""
    convention = _convention(viewer_of(request), pk)
    text = request.GET.get("q", "").strip()
    found = covered_things(convention, text).values_list("called", "place")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "grants/covered.html", {"convention": convention, "page": page, "text": text})


@for_another
@require_GET
def convention_paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A convention on paper, with all that it covers."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    terms = terms_of(convention)
    things = annex(convention)
    context = {
        "title": convention.title,
        "terms": terms,
        "essentials": essentials(convention, terms, things, viewer.as_of),
        "allowed": allowed(terms, purposes=False),
        "held_to": held_to(terms),
        "things": things,
        "back": reverse("convention", args=[pk]),
        "address": _address(convention),
    }
    return render(request, "grants/paper.html", context)


@for_another
@require_GET
def convention_document(request: HttpRequest, pk: UUID) -> JsonResponse:
    """The same for machines: docs/spec/convention.md."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    said = document(convention, address=_address(convention), as_of=viewer.as_of)
    return JsonResponse(said, json_dumps_params={"ensure_ascii": False, "indent": 2})


@require_POST
def convention_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a convention before its date."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    if convention.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    closed = end_convention(convention=convention, by=viewer.person, now=utc_now())
    messages.success(
        request, _("The convention has ended. Access rights closed with it: %(count)s.") % {"count": localize(closed)}
    )
    return redirect("convention", pk=pk)


def _address(convention: Convention) -> str:
    return f"{public_address(convention.authority)}{reverse('convention', args=[convention.pk])}"


def _convention(viewer: Viewer, pk: UUID) -> Convention:
    row = visible_conventions(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
