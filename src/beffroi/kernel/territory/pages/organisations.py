"""Organisations: those an authority works with, and what each is to it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.territory.actions.organisations import create_organisation, rename_organisation, set_phone
from beffroi.kernel.territory.forms import NameForm, OrganisationForm
from beffroi.kernel.territory.models import ROLE_LABELS, Organisation, OrganisationKind
from beffroi.kernel.territory.queries.authorities import administered_names
from beffroi.kernel.territory.queries.invitations import invitations
from beffroi.kernel.territory.queries.organisations import listed_organisations, organisation_named
from beffroi.kernel.territory.queries.people import headcount, held, members_of
from beffroi.kernel.territory.queries.stewardship import managed, managed_one, roles_to_give, sort_of
from beffroi.kernel.territory.registry import TIES
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of

AT_ONCE = 30
BINDING = 12  # conventions that are named
NEWEST = 6  # invitations beside the people; asked for, all of them
TWICE = timedelta(minutes=1)


@require_GET
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Organisations by name; those whose people the viewer manages say so."""
    viewer = viewer_of(request)
    mine = set(_manages(viewer))
    search = request.GET.get("q", "").strip()
    rows = listed_organisations(viewer, search=search)
    page = page_of(request, rows, AT_ONCE)
    context = {
        "page": page,
        "rows": [(row, row.pk in mine) for row in page],
        "search": search,
        "may_add": bool(viewer.authorities(Role.ADMINISTRATOR)),
    }
    return render(request, "territory/organisations.html", context)


@require_http_methods(["GET", "POST"])
def organisation_add(request: HttpRequest) -> HttpResponse:
    """A partner, whose desk the authority then opens by an invitation; or a service of its own."""
    viewer = viewer_of(request)
    authorities = administered_names(viewer)
    if not authorities:
        raise Hidden
    form = OrganisationForm(request.POST or None, authorities=authorities)
    if request.method == "POST" and form.is_valid():
        again = organisation_named(form.cleaned_data["name"].strip())
        if again is not None and again.created_at > utc_now() - TWICE and managed_one(viewer, again.pk):
            return redirect("organisation", pk=again.pk)  # the button was pressed twice
        row = _register(form, viewer)
        if row is not None:
            messages.success(request, _("The organisation is registered. Invite its first person."))
            return redirect("organisation", pk=row.pk)
    return render(request, "territory/organisation_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def organisation_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One organisation: what it is, what binds it, who belongs to it; its name for those who manage it."""
    viewer = viewer_of(request)
    _manages(viewer)
    row = listed_organisations(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    mine = managed_one(viewer, pk)
    if request.method == "POST" and mine is None:
        raise Hidden
    form = NameForm(request.POST or None, initial={"name": row.name, "phone": row.phone})
    if request.method == "POST" and mine is not None and form.is_valid() and _describe(form, mine, viewer):
        messages.success(request, _("Saved."))
        return redirect("organisation", pk=pk)
    ties = [tie for code in sorted(TIES) for tie in TIES[code](viewer, pk)]
    context = {
        "organisation": row,
        "sort": sort_of(row).value,
        "form": form,
        "ties": ties[:BINDING],
        "other_ties": max(0, len(ties) - BINDING),
        **(_people(request, viewer, mine) if mine else {}),
    }
    return render(request, "territory/organisation.html", context, status=422 if form.errors else 200)


def _register(form: OrganisationForm, viewer: Viewer) -> Organisation | None:
    service, town = form.cleaned_data["service"], form.authority()
    if _taken(form, None):
        return None
    return create_organisation(
        name=form.cleaned_data["name"],
        kind=OrganisationKind(form.cleaned_data["kind"]),
        serves=town if service else None,
        steward=None if service else town,
        phone=form.cleaned_data["phone"],
        by=viewer.person,
    )


def _describe(form: NameForm, row: Organisation, viewer: Viewer) -> bool:
    if _taken(form, row.pk):
        return False
    if form.cleaned_data["name"].strip() != row.name:
        rename_organisation(organisation=row, name=form.cleaned_data["name"], by=viewer.person, now=utc_now())
    set_phone(organisation=row, phone=form.cleaned_data["phone"], by=viewer.person, now=utc_now())
    return True


def _taken(form: NameForm, but: UUID | None) -> bool:
    """Whether the name is another's, which the form then says."""
    named = organisation_named(form.cleaned_data["name"].strip())
    if named is None or named.pk == but:
        return False
    form.add_error("name", _("An organisation of this name is registered already."))
    return True


def _people(request: HttpRequest, viewer: Viewer, row: Organisation) -> dict[str, object]:
    """Who belongs, as far as the viewer manages them; of the others, how many; and who is invited, all of them when asked for."""
    offered = invitations(viewer).filter(organisation=row.pk)
    count = offered.count()
    invited = request.GET.get("invited") == "1" and count > 0
    members = page_of(request, members_of(viewer, row.pk), AT_ONCE)
    waiting = page_of(request, offered, AT_ONCE)
    given = roles_to_give(viewer, row)
    counted = headcount(row.pk, viewer.as_of)
    return {
        "managed": True,
        "page": waiting if invited else members,
        "invited": invited,
        "members": [] if invited else [held(each, viewer.as_of) for each in members],
        "others": [(ROLE_LABELS[role], many) for role, many in counted.items() if role not in given],
        "waiting": waiting if invited else offered[:NEWEST],
        "offered": count,
        "may_invite": bool(given),
    }


def _manages(viewer: Viewer) -> list[UUID]:
    """What the viewer manages; these pages are for those who manage something."""
    mine = list(managed(viewer).values_list("pk", flat=True))
    if not mine:
        raise Hidden
    return mine
