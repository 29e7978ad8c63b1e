"""The page that asks for a second factor, and the one where an administrator demands it."""

from typing import Final, cast

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from beffroi.kernel.accounts.allauth_adapter import proved_second_factor
from beffroi.kernel.accounts.queries import factors_of, names, shows_elsewhere
from beffroi.kernel.factors.actions import demand_factor
from beffroi.kernel.factors.forms import DemandForm
from beffroi.kernel.factors.models import Demand
from beffroi.kernel.factors.queries import demand_of, history, lacking, needs_provider, standing
from beffroi.kernel.factors.rules import USUAL, Refusal, Scope, beginning
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of

A_FEW = 20
REFUSED: Final[dict[Refusal, Promise]] = {
    Refusal.NO_FACTOR: gettext_lazy("Add a second factor of your own first: you would shut yourself out."),
    Refusal.PROVIDER_ALONE: gettext_lazy(
        "No administrator could log in while the identity provider is away: first add a passkey to your account, or have a sheet printed "
        "for the safe."
    ),
}


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """What is asked of whoever the demand concerns: before its day, what they can do already; from it on, all that they can do."""
    onward = request.GET.get("next", "")
    known = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    onward = onward if known and onward.startswith("/") else "/"
    found = standing(viewer_of(request), proved=proved_second_factor(request, request.user))
    if found is None:
        return HttpResponseRedirect(onward)  # an address: `redirect` would look for a page of that name first
    return render(request, "factors/first.html", {"standing": found, "onward": onward})


@require_http_methods(["GET", "POST"])
def demand(request: HttpRequest, slug: str) -> HttpResponse:
    """Who logs in with a second factor, and from when. Whoever says so proves again who they are."""
    desk = administered(viewer_of(request), slug)
    if request.method != "POST":
        return cast("HttpResponse", _asked(request, desk))
    try:
        return cast("HttpResponse", _said(request, desk))
    except ReauthenticationRequired:  # the page asks for it
        messages.info(request, _("Nothing was changed yet: press the button again."))
        return redirect("factor-demand", slug=slug)


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def _asked(request: HttpRequest, desk: Authority) -> HttpResponse:
    row, today = demand_of(desk.pk), timezone.localdate(viewer_of(request).as_of)
    initial: dict[str, object] = {"scope": Scope.NOBODY.value, "begins": today + USUAL}
    if row is not None:
        day = timezone.localdate(row.since.last)
        initial = {"scope": row.since.scope.value, "begins": max(day, today)}
    return _shown(request, desk, DemandForm(initial=initial, today=today), row)


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def _said(request: HttpRequest, desk: Authority) -> HttpResponse:
    viewer, now = viewer_of(request), utc_now()
    form = DemandForm(request.POST, today=timezone.localdate(now))
    if form.is_valid():
        scope, day = Scope(form.cleaned_data["scope"]), form.cleaned_data["begins"]
        begins = beginning(day, now, timezone.get_current_timezone()) if day else now
        refused = demand_factor(authority=desk.pk, scope=scope, begins=begins, by=viewer.known_person, now=now)
        if refused is None:
            messages.success(request, _("Saved."))
            return redirect("factor-demand", slug=desk.slug)
        form.add_error("scope", str(REFUSED[refused]))
    return _shown(request, desk, form, demand_of(desk.pk))


def _shown(request: HttpRequest, desk: Authority, form: DemandForm, row: Demand | None) -> HttpResponse:
    viewer = viewer_of(request)
    person = viewer.known_person
    rows = list(history(desk.pk)[:A_FEW])
    called = names(each.set_by for each in rows)
    told = {
        "desk": desk,
        "form": form,
        "demand": row,
        "held": row is not None and row.since.last <= viewer.as_of,
        "able": bool(factors_of(person)) or shows_elsewhere(person),
        "provider_alone": needs_provider(desk.pk, viewer.as_of),
        "administrators": lacking(desk.pk, Scope.ADMINISTRATORS, viewer.as_of),
        "seeing": lacking(desk.pk, Scope.OTHERS, viewer.as_of),
        "history": [(each, called.get(each.set_by, "")) for each in rows],
    }
    return render(request, "factors/demand.html", told, status=422 if form.errors else 200)
