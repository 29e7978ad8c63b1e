"""A firm's technicians: who they are, their phones, their leaving."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.grants.actions.holders import give_code, revoke_phone
from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.forms import DepartureForm, TechnicianForm
from beffroi.kernel.grants.queries import open_codes, phones
from beffroi.kernel.territory.actions.invitations import Guest, invite
from beffroi.kernel.territory.models import Invitation, Membership, Organisation
from beffroi.kernel.territory.queries.invitations import accepted, invitations
from beffroi.kernel.territory.queries.members import desks, technicians
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of

CARDS = 24
NEWEST = 6  # invitations beside the team; a page of their own has them all


@dataclass(frozen=True, slots=True)
class Desk:
    """The firm whose technicians are shown, among those whose desk the viewer holds."""

    firm: Organisation
    firms: tuple[Organisation, ...]

    @property
    def query(self) -> str:
        """What an address says of it; nothing when there is no other."""
        return f"?firm={self.firm.pk}" if len(self.firms) > 1 else ""


@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """A firm's technicians, with their phones."""
    return _team(request, viewer_of(request))


@require_http_methods(["GET", "POST"])
def technician_add(request: HttpRequest) -> HttpResponse:
    """Somebody new in the firm is invited: they choose how they log in, and get their phone's code once they have."""
    viewer = viewer_of(request)
    desk = _desk(request, viewer)
    form = TechnicianForm(request.POST or None, today=timezone.localdate(viewer.as_of))
    if request.method == "POST" and form.is_valid() and _invite(request, viewer, desk.firm, form):
        return _to_team(viewer, desk.firm.pk)
    return render(
        request, "grants/technician_form.html", {"form": form, "desk": desk}, status=422 if form.errors else 200
    )


@require_GET
def team_invitations(request: HttpRequest) -> HttpResponse:
    """All the invitations that wait, of a firm that has many."""
    viewer = viewer_of(request)
    desk = _desk(request, viewer)
    context = {"desk": desk, "page": page_of(request, _waiting(viewer, desk.firm), CARDS)}
    return render(request, "grants/team_invitations.html", context)


@require_POST
def phone_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A code for a technician's phone, shown once."""
    viewer = viewer_of(request)
    member = _technician(viewer, pk)
    code = give_code(person=member.person_id, organisation=member.organisation_id, by=viewer.person, now=utc_now())
    context = {"name": member.person.name, "code": code, "desk": _desk_of(viewer, member.organisation_id)}
    return render(request, "grants/hand_over.html", context, status=201)


@require_POST
def phone_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A lost phone."""
    viewer = viewer_of(request)
    member = _technician(viewer, pk)
    if revoke_phone(person=member.person_id, by=viewer.person, now=utc_now()):
        messages.success(
            request,
            _("The phone of %(name)s no longer opens anything. Locks learn it with their next list.")
            % {"name": member.person.name},
        )
    return _to_team(viewer, member.organisation_id)


@require_http_methods(["GET", "POST"])
def departure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A technician leaves the firm, now or at a time to come."""
    viewer = viewer_of(request)
    member = _technician(viewer, pk)
    form = DepartureForm(request.POST or None, initial={"ends": utc_now()})
    if request.method == "POST" and form.is_valid():
        ends = max(form.cleaned_data["ends"], member.valid_from)
        end_membership(membership=member, ends=ends, by=viewer.person, now=utc_now())
        messages.success(request, _("Written down. Access rights after that moment are closed."))
        return _to_team(viewer, member.organisation_id)
    context = {"form": form, "member": member, "desk": _desk_of(viewer, member.organisation_id)}
    return render(request, "grants/departure.html", context, status=422 if form.errors else 200)


def _team(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    desk = _desk(request, viewer)
    firm = desk.firm
    page = page_of(request, technicians(viewer, firm.pk), CARDS)
    people = [row.person_id for row in page]
    enrolled, codes = phones(viewer, people), open_codes(people, viewer.as_of)
    since = accepted(viewer, firm.pk, Role.TECHNICIAN, people)
    members = [
        {
            "member": row,
            "phone": enrolled.get(row.person_id),
            "code": codes.get(row.person_id),
            "accepted": since.get(row.person_id),
        }
        for row in page
    ]
    waiting = _waiting(viewer, firm)
    context = {"desk": desk, "page": page, "members": members, "waiting": waiting[:NEWEST], "count": waiting.count()}
    return render(request, "grants/team.html", context)


def _waiting(viewer: Viewer, firm: Organisation) -> QuerySet[Invitation]:
    return invitations(viewer).filter(organisation=firm.pk, role=Role.TECHNICIAN.value)


def _invite(request: HttpRequest, viewer: Viewer, firm: Organisation, form: TechnicianForm) -> bool:
    """Offer the role; the form says why not."""
    data = form.cleaned_data
    if data["email"] and technicians(viewer, firm.pk).filter(person__email__iexact=data["email"]).exists():
        form.add_error("email", _("This address is a technician’s of your firm already."))
        return False
    row = invite(
        guest=Guest(name=data["name"], email=data["email"], language=data["language"]),
        organisation=firm,
        role=Role.TECHNICIAN,
        valid_until=form.ends(),
        now=utc_now(),
        by=viewer.person,
    )
    if row is None:
        form.add_error("email", _("An invitation to this role already waits for this address."))
        return False
    if row.email:
        messages.success(request, _("The invitation leaves in a moment. Its state is shown here."))
    else:
        messages.success(request, _("The invitation is ready: print its code and hand it over."))
    return True


def _desk(request: HttpRequest, viewer: Viewer) -> Desk:
    """The desk that is asked for (`?firm=`), else the first that the viewer holds."""
    return _desk_of(viewer, request.GET.get("firm", ""))


def _desk_of(viewer: Viewer, asked: UUID | str) -> Desk:
    firms = tuple(desks(viewer))
    if not firms:
        raise Hidden
    firm = next((row for row in firms if str(row.pk) == str(asked)), firms[0])
    return Desk(firm, firms)


def _to_team(viewer: Viewer, firm: UUID) -> HttpResponse:
    return redirect(reverse("team") + _desk_of(viewer, firm).query)


def _technician(viewer: Viewer, pk: UUID) -> Membership:
    """A live technician's membership in a firm of the viewer's."""
    found = (technicians(viewer, firm.pk).filter(pk=pk).first() for firm in desks(viewer))
    row = next((each for each in found if each is not None), None)
    if row is None:
        raise Hidden
    return row
