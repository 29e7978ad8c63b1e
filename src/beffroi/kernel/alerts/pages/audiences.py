"""Audiences and policies: who is told, and who that would be at this moment."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.alerts.actions.audiences import (
    add_to_audience,
    draw_up_audience,
    remove_from_audience,
    rename_audience,
    restore_audience,
    retire_audience,
    set_policy,
)
from beffroi.kernel.alerts.forms import AudienceForm, LineForm, StepsForm
from beffroi.kernel.alerts.models import Audience, AudienceMember
from beffroi.kernel.alerts.queries.audiences import (
    READERS,
    Reached,
    audience,
    conventions_to_choose,
    is_told,
    line_in_words,
    policies,
    reached,
    steps_in_words,
    steps_to_choose,
    visible_audiences,
    whom_to_choose,
)
from beffroi.kernel.alerts.queries.recipients import Rung, rungs
from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.grants.models import Convention
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of


@require_GET
def audience_list(request: HttpRequest) -> HttpResponse:
    """Audiences, with whom each reaches now."""
    viewer = viewer_of(request)
    _reader(viewer)
    rows = list(visible_audiences(viewer))
    context = {
        "audiences": [(row, [line_in_words(line) for line in row.members.all()], _now(row, viewer)) for row in rows],
        "may_set": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "alerts/audiences.html", context)


@require_http_methods(["GET", "POST"])
def audience_add(request: HttpRequest) -> HttpResponse:
    """A new audience."""
    viewer = viewer_of(request)
    authority = administered(viewer)
    form = _audience_form(request, viewer)
    if request.method == "POST" and form.is_valid():
        try:
            row = draw_up_audience(
                authority=authority,
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
    form = _audience_form(request, viewer, initial={"name": row.name, "convention": row.convention_id or ""})
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
    context = {
        "audience": row,
        "lines": [(line, line_in_words(line)) for line in row.members.order_by("kind", "id")],
        "now": _now(row, viewer),
        "may_set": may_set,
        "is_told": bool(is_told([row])),
        "form": form,
        "line_form": LineForm(whom=whom_to_choose(viewer, row.authority_id)) if may_set else None,
    }
    return render(request, "alerts/audience.html", context, status=422 if form.errors else 200)


@require_POST
def audience_line_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more line."""
    viewer = viewer_of(request)
    row = _set(viewer, pk)
    form = LineForm(request.POST, whom=whom_to_choose(viewer, row.authority_id))
    if not form.is_valid():
        messages.error(request, _("Choose whom to add."))
        return redirect("audience", pk=pk)
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


@require_GET
def policy_list(request: HttpRequest) -> HttpResponse:
    """Who is told of each kind of alert, step by step, and how many people that is at this moment."""
    viewer = viewer_of(request)
    authority = _reader(viewer)
    context = {
        "policies": policies(viewer, authority=authority),
        "conventions": conventions_to_choose(viewer),
        "may_set": authority in viewer.authorities(Role.ADMINISTRATOR),
    }
    return render(request, "alerts/policies.html", context)


@require_http_methods(["GET", "POST"])
def policy_page(request: HttpRequest, kind: str) -> HttpResponse:
    """The steps of a kind, under a convention when the address names one."""
    viewer = viewer_of(request)
    authority = administered(viewer)
    known = ALERT_KINDS.get(kind)
    convention = _convention(viewer, request.GET.get("convention", ""))
    if known is None:
        raise Hidden
    key = convention.pk if convention else None
    form = StepsForm(
        request.POST or None,
        whom=steps_to_choose(viewer, authority),
        steps=rungs(authority=authority, kind=kind, convention=key),
    )
    if request.method == "POST" and (request.POST.get("own") == "1" or form.is_valid()):
        steps: list[Rung] = [] if request.POST.get("own") == "1" else form.rungs()
        set_policy(authority=authority, kind=kind, convention=key, steps=steps, now=utc_now(), by=viewer.person)
        messages.success(request, _("Saved: it holds from the next step on."))
        return redirect("alert-policies")
    context = {
        "form": form,
        "kind": known,
        "convention": convention,
        "steps": steps_in_words(authority=authority, kind=kind, convention=key, now=viewer.as_of),
    }
    return render(request, "alerts/policy_form.html", context, status=422 if form.errors else 200)


def administered(viewer: Viewer) -> UUID:
    """The authority that the viewer sets up."""
    authority = next(iter(sorted(viewer.authorities(Role.ADMINISTRATOR))), None)
    if authority is None:
        raise Hidden
    return authority


def _reader(viewer: Viewer) -> UUID:
    authority = next(iter(sorted(viewer.authorities(*READERS))), None)
    if authority is None:
        raise Hidden
    return authority


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


def _audience_form(request: HttpRequest, viewer: Viewer, initial: dict[str, object] | None = None) -> AudienceForm:
    conventions = [(row.pk, row.title) for row in conventions_to_choose(viewer)]
    return AudienceForm(request.POST or None, initial=initial, conventions=conventions)


def _convention(viewer: Viewer, text: str) -> Convention | None:
    if not text:
        return None
    try:
        row = conventions_to_choose(viewer).filter(pk=UUID(text)).first()
    except ValueError:
        row = None
    if row is None:
        raise Hidden
    return row
