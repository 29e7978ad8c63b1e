"""Audiences: people whom an alert must reach, by a name, and who that would be at this moment."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.actions.audiences import (
    add_to_audience,
    draw_up_audience,
    remove_from_audience,
    rename_audience,
    restore_audience,
    retire_audience,
)
from beffroi.kernel.alerts.forms.audiences import AudienceForm, LineForm, NewAudienceForm
from beffroi.kernel.alerts.models import Audience, AudienceMember
from beffroi.kernel.alerts.queries.audiences import (
    READERS,
    Reached,
    audience,
    conventions_to_choose,
    is_told,
    line_in_words,
    reached,
    visible_audiences,
    whom_to_choose,
)
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of

# Audiences are cards, which take room, and say the first of their lines only.
CARDS = 12
LINES = 8


@require_GET
def audience_list(request: HttpRequest) -> HttpResponse:
    """Audiences, with whom each reaches now."""
    viewer = viewer_of(request)
    _reader(viewer)
    page = page_of(request, visible_audiences(viewer), CARDS)
    context = {
        "page": page,
        "audiences": [
            (row, *_first([line_in_words(line) for line in row.members.all()]), _now(row, viewer)) for row in page
        ],
        "may_set": bool(viewer.authorities(Role.ADMINISTRATOR)),
        "several": len(viewer.authorities(*READERS)) > 1,
    }
    return render(request, "alerts/audiences.html", context)


@require_http_methods(["GET", "POST"])
def audience_add(request: HttpRequest) -> HttpResponse:
    """A new audience."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    form = NewAudienceForm(
        request.POST or None,
        authorities=authorities,
        conventions=conventions_to_choose(viewer),
        several=len(authorities) > 1,
    )
    if request.method == "POST" and form.is_valid() and _its_own(form, viewer):
        try:
            row = draw_up_audience(
                authority=form.authority(),
                name=form.cleaned_data["name"],
                convention=form.chosen(),
                now=utc_now(),
                by=viewer.person,
            )
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("The audience is drawn up. Say who is in it."))
            return redirect("audience", pk=row.pk)
    return render(request, "alerts/audience_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def audience_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One audience: its lines, whom it reaches now; its name for those who set it."""
    viewer = viewer_of(request)
    row = _audience(viewer, pk)
    may_set = row.authority_id in viewer.authorities(Role.ADMINISTRATOR)
    if request.method == "POST" and not may_set:
        raise Hidden
    form = _name_form(request.POST or None, viewer, row)
    if request.method == "POST" and form.is_valid():
        try:
            rename_audience(
                audience=row,
                name=form.cleaned_data["name"],
                convention=form.chosen(),
                now=utc_now(),
                by=viewer.person,
            )
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("Saved."))
            return redirect("audience", pk=pk)
    return _shown(request, viewer, row, form, _line_form(request, viewer, row, empty=True))


def _shown(request: HttpRequest, viewer: Viewer, row: Audience, form: AudienceForm, line: LineForm) -> HttpResponse:
    may_set = row.authority_id in viewer.authorities(Role.ADMINISTRATOR)
    lines = row.members.select_related("person", "organisation", "roster").order_by("kind", "id")
    page = page_of(request, lines)
    context = {
        "audience": row,
        "page": page,
        "lines": [(line, line_in_words(line)) for line in page],
        "now": _now(row, viewer),
        "may_set": may_set,
        "is_told": bool(is_told([row])),
        "form": form,
        "line_form": line if may_set else None,
    }
    return render(request, "alerts/audience.html", context, status=422 if form.errors or line.errors else 200)


@require_POST
def audience_line_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more line."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    form = _line_form(request, viewer, row)
    if not form.is_valid():
        return _shown(request, viewer, row, _name_form(None, viewer, row), form)
    kind, _separator, value = form.cleaned_data["whom"].partition(":")
    role = form.cleaned_data["role"]
    line = add_to_audience(
        audience=row,
        person=UUID(value) if kind == "person" else None,
        organisation=UUID(value) if kind == "organisation" else None,
        role=Role(role) if kind == "organisation" and role else None,
        roster=UUID(value) if kind == "roster" else None,
        target=Target(value) if kind == "target" else None,
        now=utc_now(),
        by=viewer.person,
    )
    if line is None:
        messages.warning(request, _("This is in the audience already."))
    else:
        messages.success(request, _("Added."))
    return redirect("audience", pk=pk)


@require_POST
def audience_line_remove(request: HttpRequest, pk: UUID, line: UUID) -> HttpResponse:
    """One line fewer; it can be added again by the form beside it."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    found = AudienceMember.objects.filter(audience=row, pk=line).select_related("audience").first()
    if found is None:
        raise Hidden
    remove_from_audience(line=found, now=utc_now(), by=viewer.person)
    messages.success(request, _("Removed."))
    return redirect("audience", pk=pk)


@require_POST
def audience_retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it up."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    if not retire_audience(audience=row, now=utc_now(), by=viewer.person):
        messages.error(request, _("Some alerts are told to this audience: change their steps first."))
        return redirect("audience", pk=pk)
    messages.success(request, _("The audience is given up. You can take it up again here."))
    return redirect("audience", pk=pk)


@require_POST
def audience_restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it up again."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    try:
        restore_audience(audience=row, now=utc_now(), by=viewer.person)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The audience is in use again."))
    return redirect("audience", pk=pk)


def _name_form(data: QueryDict | None, viewer: Viewer, row: Audience) -> AudienceForm:
    return AudienceForm(
        data,
        sent_to=reverse("audience", args=[row.pk]),
        initial={"name": row.name, "convention": row.convention_id or ""},
        conventions=conventions_to_choose(viewer).filter(authority_id=row.authority_id),
    )


def _line_form(request: HttpRequest, viewer: Viewer, row: Audience, *, empty: bool = False) -> LineForm:
    return LineForm(
        None if empty else request.POST,
        sent_to=reverse("audience-line-add", args=[row.pk]),
        whom=whom_to_choose(viewer, row.authority_id),
    )


def _first(lines: list[str]) -> tuple[list[str], int]:
    """The first lines of a card, and how many more there are."""
    return lines[:LINES], max(0, len(lines) - LINES)


def _reader(viewer: Viewer) -> None:
    if not viewer.authorities(*READERS):
        raise Hidden


def _audience(viewer: Viewer, pk: UUID) -> Audience:
    row = audience(viewer, pk)
    if row is None:
        raise Hidden
    return row


def _set(viewer: Viewer, pk: UUID) -> Audience:
    row = _audience(viewer, pk)
    if row.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    return row


def _now(row: Audience, viewer: Viewer) -> Reached:
    return reached(
        rung=Rung(row.pk, "", None), authority=row.authority_id, convention=row.convention_id, now=viewer.as_of
    )


def _its_own(form: NewAudienceForm, viewer: Viewer) -> bool:
    """Whether the convention, when there is one, is the authority's that was chosen beside it."""
    own = conventions_to_choose(viewer).filter(authority_id=form.authority()).values_list("pk", flat=True)
    if form.chosen() in {None, *own}:
        return True
    form.add_error("convention", _("This convention is another authority’s: choose one of its own."))
    return False
