"""Invitations, for those who make them: sent, printed, withdrawn."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.territory.actions.invitations import Guest, invite, print_code, send_again, withdraw
from beffroi.kernel.territory.errors import TerritoryError
from beffroi.kernel.territory.forms import InvitationForm
from beffroi.kernel.territory.models import Invitation, Organisation
from beffroi.kernel.territory.queries.invitations import code_of, invitation, page_of_code
from beffroi.kernel.territory.queries.stewardship import managed_one, roles_to_give
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of


@require_http_methods(["GET", "POST"])
def invitation_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Invite somebody to a role in an organisation."""
    viewer = viewer_of(request)
    organisation = managed_one(viewer, pk)
    if organisation is None:
        raise Hidden
    roles = roles_to_give(viewer, organisation)
    form = InvitationForm(request.POST or None, roles=roles, today=timezone.localdate(viewer.as_of))
    if request.method == "POST" and form.is_valid() and _invite(request, viewer, organisation, form):
        return redirect("organisation", pk=pk)
    context = {"form": form, "organisation": organisation}
    return render(request, "territory/invitation_form.html", context, status=422 if form.errors else 200)


@require_POST
def invitation_send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another letter, with another code."""
    viewer = viewer_of(request)
    row = _invitation(viewer, pk)
    if send_again(invitation=row, now=utc_now(), by=viewer.person):
        messages.success(request, _("A new letter leaves; the code of the one before is void."))
    return redirect(_home(viewer, row))


@require_POST
def invitation_print(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A code on paper, shown once."""
    viewer = viewer_of(request)
    row = print_code(invitation=_invitation(viewer, pk), now=utc_now(), by=viewer.person)
    if row is None:
        raise Hidden
    page, code = page_of_code(row), code_of(row)
    context = {
        "invitation": row,
        "code": code,
        "page": page,
        "address": f"{page}#{code}",
        "home": _home(viewer, row),
    }
    return render(request, "territory/invitation_paper.html", context, status=201)


@require_POST
def invitation_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It can't be taken any more."""
    viewer = viewer_of(request)
    row = _invitation(viewer, pk)
    if withdraw(invitation=row, now=utc_now(), by=viewer.person):
        messages.success(request, _("The invitation is withdrawn. You can invite the same person again."))
    return redirect(_home(viewer, row))


def _invite(request: HttpRequest, viewer: Viewer, organisation: Organisation, form: InvitationForm) -> bool:
    data = form.cleaned_data
    try:
        row = invite(
            guest=Guest(name=data["name"], email=data["email"], language=data["language"]),
            organisation=organisation,
            role=form.chosen(),
            valid_until=form.ends(),
            now=utc_now(),
            by=viewer.person,
        )
    except TerritoryError as error:
        form.add_error("role", str(error.message))
        return False
    if row is None:
        form.add_error("email", _("An invitation to this role already waits for this address."))
        return False
    if row.email:
        messages.success(request, _("The invitation leaves in a moment. Its state is shown here."))
    else:
        messages.success(request, _("The invitation is ready: print its code and hand it over."))
    return True


def _home(viewer: Viewer, row: Invitation) -> str:
    """The page that lists it: the organisation's, or for a firm's dispatcher the team's."""
    if managed_one(viewer, row.organisation_id) is None:
        several = len(viewer.organisations_as(Role.DISPATCHER)) > 1
        return reverse("team") + (f"?firm={row.organisation_id}" if several else "")
    return reverse("organisation", args=[row.organisation_id])


def _invitation(viewer: Viewer, pk: UUID) -> Invitation:
    row = invitation(viewer, pk)
    if row is None:
        raise Hidden
    return row
