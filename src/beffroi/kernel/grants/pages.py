"""Conventions for the town, the team for a firm, the phone for its owner."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.accounts.allauth_adapter import used_passkey_lately
from beffroi.kernel.accounts.errors import AccountError
from beffroi.kernel.grants.actions.conventions import end_convention, sign_convention
from beffroi.kernel.grants.actions.holders import give_code, revoke_phone
from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.actions.team import add_technician
from beffroi.kernel.grants.forms import HOURS, ConventionForm, DepartureForm, TechnicianForm
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import explain_enrolment, live_key, open_codes, phones, visible_conventions
from beffroi.kernel.grants.rules import EnrolmentRefusal
from beffroi.kernel.territory.models import Membership, Organisation
from beffroi.kernel.territory.queries import technicians, visible_organisations
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of


@require_GET
def convention_list(request: HttpRequest) -> HttpResponse:
    """Conventions that bind the viewer's organisations."""
    viewer = viewer_of(request)
    if not (viewer.authorities() or viewer.conventions):
        raise Hidden
    rows = visible_conventions(viewer)
    return render(
        request,
        "grants/conventions.html",
        {"conventions": rows, "may_sign": bool(viewer.authorities(Role.ADMINISTRATOR))},
    )


@require_GET
def convention_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One convention, in plain words."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    may_end = convention.authority_id in viewer.authorities(Role.ADMINISTRATOR)
    context = {"convention": convention, "may_end": may_end, "in_force": convention.pk in viewer.conventions}
    return render(request, "grants/convention.html", context)


@require_http_methods(["GET", "POST"])
def convention_add(request: HttpRequest) -> HttpResponse:
    """The form of a new convention; the page says in words what it will allow."""
    viewer = viewer_of(request)
    authority = next(iter(sorted(viewer.authorities(Role.ADMINISTRATOR))), None)
    if authority is None:
        raise Hidden
    partners = [(row.pk, row.name) for row in visible_organisations(viewer) if row.pk not in viewer.organisations]
    form = ConventionForm(request.POST or None, partners=partners)
    if request.method == "POST" and form.is_valid():
        valid_from, valid_until = form.window()
        convention = sign_convention(
            authority=authority,
            partner=UUID(form.cleaned_data["partner"]),
            system="cabinets",
            title=form.cleaned_data["title"],
            valid_from=valid_from,
            valid_until=valid_until,
            purposes=form.admitted(),
            transports=("local", "relay"),
            list_age=timedelta(seconds=form.cleaned_data["list_age"] * HOURS),
            list_old="refuse",
            time_unknown=form.cleaned_data["time_unknown"],
            by=viewer.person,
            now=utc_now(),
        )
        messages.success(request, _("The convention is written down."))
        return redirect("convention", pk=convention.pk)
    return render(request, "grants/convention_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def convention_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a convention before its date."""
    viewer = viewer_of(request)
    convention = _convention(viewer, pk)
    if convention.authority_id not in viewer.authorities(Role.ADMINISTRATOR):
        raise Hidden
    closed = end_convention(convention=convention, by=viewer.person, now=utc_now())
    messages.success(
        request, _("The convention has ended. Access rights closed with it: %(count)s.") % {"count": closed}
    )
    return redirect("convention", pk=pk)


@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """A firm's technicians, with their phones."""
    return _team(request, viewer_of(request))


@require_http_methods(["GET", "POST"])
def technician_add(request: HttpRequest) -> HttpResponse:
    """Somebody new in the firm; their first password and the code for their phone are shown once, to hand over."""
    viewer = viewer_of(request)
    firm = _firm(viewer)
    form = TechnicianForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_technician(
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                organisation=firm,
                by=viewer.person,
                now=utc_now(),
            )
        except AccountError as error:
            form.add_error("email", str(error.message))
        else:
            return render(
                request,
                "grants/hand_over.html",
                {"name": form.cleaned_data["name"], "added": added, "code": added.code},
                status=201,
            )
    return render(
        request, "grants/technician_form.html", {"form": form, "firm": firm}, status=422 if form.errors else 200
    )


@require_POST
def phone_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A code for a technician's phone, shown once."""
    viewer = viewer_of(request)
    member = _technician(viewer, pk)
    code = give_code(person=member.person_id, organisation=member.organisation_id, by=viewer.person, now=utc_now())
    return render(request, "grants/hand_over.html", {"name": member.person.name, "code": code}, status=201)


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
    return redirect("team")


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
        return redirect("team")
    return render(
        request, "grants/departure.html", {"form": form, "member": member}, status=422 if form.errors else 200
    )


@require_GET
def my_phone(request: HttpRequest) -> HttpResponse:
    """The phone that opens cabinets: enrol it, see what it is."""
    viewer = viewer_of(request)
    if not viewer.organisations_as(Role.TECHNICIAN):
        raise Hidden
    context = {
        "key": live_key(viewer.known_person),
        "by_passkey": used_passkey_lately(request),
        "reasons": [(each.value, explain_enrolment(each)) for each in EnrolmentRefusal],
        "code": open_codes([viewer.known_person], viewer.as_of).get(viewer.known_person),
    }
    return render(request, "grants/phone.html", context)


def _team(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    firm = _firm(viewer)
    rows = list(technicians(viewer, firm.pk))
    people = [row.person_id for row in rows]
    enrolled, codes = phones(viewer, people), open_codes(people, viewer.as_of)
    members = [{"member": row, "phone": enrolled.get(row.person_id), "code": codes.get(row.person_id)} for row in rows]
    return render(request, "grants/team.html", {"firm": firm, "members": members})


def _firm(viewer: Viewer) -> Organisation:
    """The firm whose desk the viewer holds."""
    firm = visible_organisations(viewer).filter(pk__in=viewer.organisations_as(Role.DISPATCHER)).first()
    if firm is None:
        raise Hidden
    return firm


def _technician(viewer: Viewer, pk: UUID) -> Membership:
    """A live technician's membership in the viewer's firm."""
    row = technicians(viewer, _firm(viewer).pk).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def _convention(viewer: Viewer, pk: UUID) -> Convention:
    row = visible_conventions(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
