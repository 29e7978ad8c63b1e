"""A way in of one's own after the counter: the person whom an agent serves is invited to log in to the account they have."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.counter.models import Mandate
from beffroi.kernel.counter.pages.standing import mandate_in_hand
from beffroi.kernel.counter.queries import masked
from beffroi.kernel.territory.actions.invitations import give_way_in, withdraw
from beffroi.kernel.territory.models import Invitation
from beffroi.kernel.territory.queries.invitations import code_of, hindrance, page_of_code, way_in_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import for_another

LETTER, PAPER = "letter", "paper"


@for_another
@require_http_methods(["GET", "POST"])
def way_in(request: HttpRequest) -> HttpResponse:
    """Offer it by a letter to the address of the account, or by a code on paper to whoever has shown who they are."""
    mandate = mandate_in_hand(request)
    if request.method == "POST":
        means = request.POST.get("means")
        if (means == PAPER and mandate.identity_seen) or (means == LETTER and mandate.person.email):
            return _give(request, mandate, printed=means == PAPER)
    why = hindrance(mandate.person_id)
    context = {
        "held": mandate,
        "hindrance": why.value if why else "",
        "waiting": way_in_of(mandate.person_id) if why is None else None,
        "address": masked(mandate.person.email) if mandate.person.email else "",
    }
    return render(request, "counter/way_in.html", context, status=422 if request.method == "POST" else 200)


@for_another
@require_POST
def way_in_withdraw(request: HttpRequest) -> HttpResponse:
    """It can't be taken any more: the paper was lost, or the person thinks better of it."""
    mandate = mandate_in_hand(request)
    waiting = way_in_of(mandate.person_id)
    if waiting is not None and withdraw(invitation=waiting, now=utc_now(), by=mandate.person_id):
        messages.success(request, _("The code is void. Another one can be given whenever the person asks."))
    return redirect("mandate-way-in")


def _give(request: HttpRequest, mandate: Mandate, *, printed: bool) -> HttpResponse:
    row = give_way_in(
        person=mandate.person_id, authority=mandate.authority, printed=printed, now=utc_now(), by=mandate.person_id
    )
    if not isinstance(row, Invitation):  # meanwhile they logged in, took a role, or were closed: the page says which
        return redirect("mandate-way-in")
    if not printed:
        messages.success(request, _("The letter leaves in a moment. Its state is shown here."))
        return redirect("mandate-way-in")
    page, code = page_of_code(row), code_of(row)
    context = {"invitation": row, "held": mandate, "code": code, "page": page, "address": f"{page}#{code}"}
    return render(request, "counter/way_in_paper.html", context, status=201)
