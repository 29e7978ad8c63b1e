"""Work orders: given by the operator's desk, carried by the technician, seen by the town."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import Refusal
from beffroi.kernel.register.queries.acts import Reach, acts_of_grant
from beffroi.kernel.territory.queries.members import desks, technicians_to_choose
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.offline import kept_offline
from beffroi.persistence.things import behind_grant, wanted_of
from beffroi.systems.cabinets.actions.cabinets import give_work_order
from beffroi.systems.cabinets.forms import OrderForm
from beffroi.systems.cabinets.queries.cabinets import cabinets_of_resources, orderable_cabinets, visible_uses
from beffroi.systems.cabinets.rules import SYSTEM

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Grant

A_PAGE = 50
# Doors whose rights and pages a phone takes along: half of the pages that it keeps (frontend/src/serviceworker/keeping.ts).
TAKEN_AHEAD = 20
# Which field a refusal is about, so that its words stand beside it.
FIELD = {
    "convention-not-in-force": "starts",
    "resource-outside-convention": "cabinet",
    "already-ordered": "cabinet",
    "purpose-not-admitted": "purpose",
    "window-past": "ends",
    "too-short": "ends",
    "too-long": "ends",
    "holder-not-a-member": "technician",
}


@for_another
@require_GET
@kept_offline
def order_list(request: HttpRequest) -> HttpResponse:
    """Work orders that the viewer gave, carries, or that concern their authority."""
    viewer = viewer_of(request)
    if not (viewer.authorities() or viewer.organisations_as(Role.DISPATCHER, Role.TECHNICIAN)):
        raise Hidden
    orders = grants.visible_grants(viewer).filter(convention__system=SYSTEM)
    page = Paginator(orders, A_PAGE).get_page(request.GET.get("page"))
    desk = bool(viewer.organisations_as(Role.DISPATCHER))
    technician = not desk and not viewer.authorities()
    context = {
        "page": page,
        "cabinets": cabinets_of_resources(_resources(page)),
        "people": grants.names_of_own_people(viewer, [row.holder_id for row in page]),
        "may_order": desk,
        "key": grants.live_key(viewer.known_person),
        "ahead": _ahead(viewer, page) if technician else frozenset(),
    }
    return render(request, "cabinets/my_orders.html" if technician else "cabinets/orders.html", context)


def _ahead(viewer: Viewer, page: "Iterable[Grant]") -> frozenset[UUID]:
    """The locks that the phone asks about before its owner is there: of signed orders that run or begin, as many as it keeps. Nothing
    under a mandate: it isn't their phone.
    """
    if viewer.agent is not None:
        return frozenset()
    signed = (row for row in page if row.token and row.is_open(viewer.as_of))
    locks = dict.fromkeys(item.resource for row in signed for item in row.resources.all())
    return frozenset(islice(locks, TAKEN_AHEAD))


@require_http_methods(["GET", "POST"])
def order_add(request: HttpRequest) -> HttpResponse:
    """A new work order; a refusal says why, beside what it is about, and nothing of it is kept but its entry.

    The desk of several firms says first in whose name: cabinets, people and purposes are each firm's own.
    """
    viewer = viewer_of(request)
    firms = list(desks(viewer))
    if not firms:
        raise Hidden
    asked = request.GET.get("firm", "")
    firm = firms[0] if len(firms) == 1 else next((row for row in firms if str(row.pk) == asked), None)
    if firm is None:
        return render(request, "cabinets/order_firm.html", {"firms": firms})
    form = _order_form(request, viewer, firm.pk)
    if request.method == "POST" and form.is_valid():
        given = _give(viewer, firm.pk, form)
        if not isinstance(given, Refusal):
            messages.success(request, _("The work order is given."))
            return redirect("order", pk=given)
        form.add_error(FIELD.get(given.code.value), explain(given))
    context = {"form": form, "firm": firm if len(firms) > 1 else None, "wanted": _wanted(firm.pk, form)}
    return render(request, "cabinets/order_form.html", context, status=422 if form.errors else 200)


@for_another
@require_GET
@kept_offline
def order_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One work order, with what was done under it."""
    viewer = viewer_of(request)
    order = _order(viewer, pk)
    context = {
        "order": order,
        "cabinets": cabinets_of_resources(_resources([order])),
        "behind": behind_grant(viewer, order.pk),
        "purpose": grants.purpose_label(order),
        "people": grants.names_of_own_people(viewer, [order.holder_id]),
        "acts": acts_of_grant(viewer, order.pk, reach=Reach(grants=frozenset({order.pk}))),
        "uses": visible_uses(viewer).filter(grant=order.pk)[:A_PAGE],
        "may_close": order.organisation_id in viewer.organisations_as(Role.DISPATCHER) and order.is_open(viewer.as_of),
        "over": order.ends <= viewer.as_of,
    }
    return render(request, "cabinets/order.html", context)


@require_POST
def order_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a work order before its time."""
    viewer = viewer_of(request)
    order = _order(viewer, pk)
    if order.organisation_id not in viewer.organisations_as(Role.DISPATCHER):
        raise Hidden
    if close_grant(grant=order, reason="closed-by-desk", by=viewer.person, now=utc_now()):
        messages.success(request, _("The work order is closed. The lock learns it with its next list."))
    return redirect("order", pk=pk)


def _wanted(firm: UUID, form: OrderForm) -> list[str]:
    """Why the firm is asked for an order on the cabinet that the form begins with."""
    chosen = str(form["cabinet"].value() or "")
    try:
        return wanted_of([firm], UUID(chosen))
    except ValueError:
        return []


def _order_form(request: HttpRequest, viewer: Viewer, firm: UUID) -> OrderForm:
    return OrderForm(
        request.POST or None,
        initial={"cabinet": request.GET.get("cabinet", "")},
        cabinets=orderable_cabinets(viewer, firm),
        technicians=technicians_to_choose(viewer, firm),
        purposes=grants.purposes_of(viewer, organisation=firm, system=SYSTEM),
        now=utc_now(),
    )


def _give(viewer: Viewer, firm: UUID, form: OrderForm) -> UUID | Refusal:
    data = form.cleaned_data
    convention, _separator, purpose = data["purpose"].partition(":")
    return give_work_order(
        cabinet=orderable_cabinets(viewer, firm).get(pk=data["cabinet"]),
        convention=UUID(convention),
        purpose=purpose,
        technician=UUID(data["technician"]),
        organisation=firm,
        starts=data["starts"],
        ends=data["ends"],
        reference=data["reference"],
        by=viewer.known_person,
        now=utc_now(),
    )


def _order(viewer: Viewer, pk: UUID) -> "Grant":
    row = grants.visible_grants(viewer).filter(pk=pk, convention__system=SYSTEM).first()
    if row is None:
        raise Hidden
    return row


def _resources(rows: "Iterable[Grant]") -> set[UUID]:
    return {item.resource for row in rows for item in row.resources.all()}
