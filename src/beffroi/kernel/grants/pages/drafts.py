"""A convention as it is written: its form, the things it will cover, what it would allow in plain words, its signature."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.grants.actions.drafts import (
    begin_draft,
    choose_things,
    drop_draft,
    keep_draft,
    sign_draft,
    take_up_draft,
)
from beffroi.kernel.grants.forms import BeginningForm, ReferencesForm, by_reference
from beffroi.kernel.grants.models import ConventionDraft
from beffroi.kernel.grants.pages.typed import PARTIES, PURPOSES, typed
from beffroi.kernel.grants.pages.writing import (
    Paper,
    beginnings,
    begun_with,
    counted,
    paper_of,
    signed,
    title_of,
)
from beffroi.kernel.grants.queries import visible_conventions
from beffroi.kernel.grants.queries.conventions import (
    authorities_to_write_for,
    covered_things,
    drafts,
    groups_of,
    renewed,
    things_of,
)
from beffroi.kernel.grants.queries.refusals import explain_unsigned
from beffroi.kernel.grants.queries.sheet import annex_of_draft
from beffroi.kernel.grants.queries.words import allowed, held_to, unsaid
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import Unsigned
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of

A_PAGE = 50


@require_http_methods(["GET", "POST"])
def convention_add(request: HttpRequest) -> HttpResponse:
    """A convention to write: from a template, or from nothing."""
    viewer = viewer_of(request)
    authorities = authorities_to_write_for(viewer)
    if not authorities:
        raise Hidden
    form = BeginningForm(request.POST or None, authorities=authorities, beginnings=beginnings())
    if request.method == "POST" and form.is_valid():
        system, content = begun_with(form.cleaned_data["beginning"])
        draft = begin_draft(
            authority=form.authority(),
            system=system,
            content=content,
            resources=[],
            now=utc_now(),
            by=viewer.known_person,
        )
        return redirect("convention-draft", pk=draft.pk)
    return render(request, "grants/convention_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def convention_renew(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft with all that a convention says, for as long again."""
    viewer = viewer_of(request)
    row = visible_conventions(viewer).filter(pk=pk).first()
    if row is None or row.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    draft = begin_draft(
        authority=row.authority_id,
        system=row.system,
        content=renewed(row, viewer.as_of),
        resources=[thing for thing in covered_things(row).values_list("resource", flat=True) if thing],
        now=utc_now(),
        by=viewer.known_person,
    )
    messages.success(request, _("This is a copy: it gives nothing until it is signed. Check the dates first."))
    return redirect("convention-draft", pk=draft.pk)


@require_http_methods(["GET", "POST"])
def convention_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form; `act` says what to do with what was typed: keep it, a row more or less, sign. As one types, what it would allow."""
    viewer = viewer_of(request)
    draft = drafts(viewer).filter(pk=pk).first()
    if draft is None:
        if request.method == "POST" and visible_conventions(viewer).filter(pk=pk).exists():
            return redirect("convention", pk=pk)  # sent twice: it is signed
        raise Hidden
    if request.method != "POST" or draft.dropped_at is not None:
        return _shown(request, draft, paper_of(draft, bound=False))
    act = request.POST.get("act", "")
    keep_draft(draft=draft, content=typed(request.POST, draft.system), now=utc_now(), by=viewer.known_person)
    if act == "sign":
        return _sign(request, viewer, draft)
    if act == "things":
        return redirect("convention-draft-things", pk=pk)
    if act:
        if act == "keep":
            messages.success(request, _("Kept. It gives nothing until it is signed."))
        return redirect(f"{reverse('convention-draft', args=[pk])}{'?more=1#purposes' if act == 'more' else ''}")
    return render(request, "grants/allowed.html", _said(draft, paper_of(draft, bound=False)))


def _sign(request: HttpRequest, viewer: Viewer, draft: ConventionDraft) -> HttpResponse:
    paper = paper_of(draft, bound=True)
    paper.look_over(draft)
    if paper.wrong:
        return _shown(request, draft, paper, status=422)
    answer = sign_draft(draft=draft, signed=signed(paper, draft.system), now=utc_now(), by=viewer.known_person)
    if isinstance(answer, Unsigned):
        for words in explain_unsigned(answer, draft.authority.name):
            paper.form.add_error(None, words)
        return _shown(request, draft, paper, status=422)
    if answer is None:
        messages.error(request, _("This draft was signed or thrown away meanwhile: nothing was signed here."))
        return redirect("conventions")
    messages.success(request, _("The convention is signed: rights can be given under it from its first day."))
    return redirect("convention", pk=draft.pk)


@require_http_methods(["GET", "POST"])
def convention_draft_things(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the convention will cover: ticked, all that a search finds, or by their references."""
    viewer = viewer_of(request)
    draft = _draft(viewer, pk)
    text, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    found = things_of(system=draft.system, authority=draft.authority_id, text=text, group=group)
    form = ReferencesForm()
    if request.method == "POST":
        answer = _choose(request, viewer, draft, found)
        if isinstance(answer, HttpResponse):
            return answer
        form = answer
    if request.GET.get("chosen") == "1":
        found = found.filter(resource__in=draft.resources)
    page = Paginator(found.values_list("resource", "called", "place"), A_PAGE).get_page(request.GET.get("page"))
    chosen = set(draft.resources)
    context = {
        "draft": draft,
        "title": title_of(draft),
        "page": page,
        "lines": [(resource, called, place, resource in chosen) for resource, called, place in page],
        "text": text,
        "group": group,
        "grouped": CONVENTION_SYSTEMS[draft.system].grouped if draft.system in CONVENTION_SYSTEMS else "",
        "groups": groups_of(system=draft.system, authority=draft.authority_id),
        "only_chosen": request.GET.get("chosen") == "1",
        "counted": counted(draft),
        "count": len(draft.resources),
        "form": form,
    }
    return render(request, "grants/things.html", context, status=422 if form.errors else 200)


def _choose(
    request: HttpRequest, viewer: Viewer, draft: ConventionDraft, found: QuerySet[Model]
) -> HttpResponse | ReferencesForm:
    """What was chosen is kept, when one turns the page as well; a form comes back when some references aren't known."""
    act, _separator, turned = request.POST.get("act", "").partition(":")
    known = {str(resource): resource for resource in found.values_list("resource", flat=True) if resource}
    ticked = {known[value] for value in request.POST.getlist("thing") if value in known}
    shown = {known[value] for value in request.POST.getlist("shown") if value in known}
    added, removed = {
        "all": (set(known.values()), set[UUID]()),
        "none": (set[UUID](), set(known.values())),
    }.get(act, (ticked, shown - ticked))
    form = ReferencesForm(request.POST if act == "references" else None)
    if act == "references":
        if not form.is_valid():
            return form
        every = things_of(system=draft.system, authority=draft.authority_id)
        there = by_reference(every.values_list("resource", "called"))
        added, removed = set(form.among(there)), set()
        if form.errors:
            return form
    count = choose_things(draft=draft, added=added, removed=removed, now=utc_now(), by=viewer.known_person)
    if act == "turn":
        query = request.GET.copy()
        query["page"] = turned
        return redirect(f"{request.path}?{query.urlencode()}")
    words = ngettext("%(count)s thing is covered.", "%(count)s things are covered.", count)
    messages.success(request, words % {"count": localize(count)})
    return redirect("convention-draft", pk=draft.pk) if act == "done" else redirect(request.get_full_path())


@require_POST
def convention_draft_drop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Throw it away, or take it up again."""
    viewer = viewer_of(request)
    draft = _draft(viewer, pk)
    if request.POST.get("act") == "again":
        take_up_draft(draft=draft, now=utc_now(), by=viewer.known_person)
        return redirect("convention-draft", pk=pk)
    drop_draft(draft=draft, now=utc_now(), by=viewer.known_person)
    messages.success(request, _("Thrown away. Until it is destroyed, the draft can be taken up again."))
    return redirect("conventions")


@require_GET
def convention_draft_paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The paper that the parties sign, with all that it covers."""
    draft = _draft(viewer_of(request), pk)
    terms = paper_of(draft, bound=False).terms
    context = {
        "title": title_of(draft),
        "terms": terms,
        "allowed": allowed(terms, purposes=False),
        "held_to": held_to(terms),
        "unsaid": unsaid(terms),
        "things": annex_of_draft(draft),
        "back": reverse("convention-draft", args=[pk]),
    }
    return render(request, "grants/paper.html", context)


def _shown(request: HttpRequest, draft: ConventionDraft, paper: Paper, status: int = 200) -> HttpResponse:
    context = {
        **_said(draft, paper),
        "form": paper.form,
        "purposes": paper.purposes,
        "parties": paper.parties,
        "by_request": paper.terms.by_request,
        "party_room": len(paper.parties) < PARTIES,
        "wrong": paper.wrong,
        "title": title_of(draft),
        "counted": counted(draft),
        "more": request.GET.get("more") == "1",
        "room": len(paper.purposes) < PURPOSES,
    }
    return render(request, "grants/draft.html", context, status=status)


def _said(draft: ConventionDraft, paper: Paper) -> dict[str, object]:
    return {
        "draft": draft,
        "allowed": allowed(paper.terms),
        "held_to": held_to(paper.terms),
        "unsaid": unsaid(paper.terms),
    }


def _draft(viewer: Viewer, pk: UUID) -> ConventionDraft:
    row = drafts(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
