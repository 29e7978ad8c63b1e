"""One's own tie to the provider; and logging out of both."""

import hmac
from typing import Final

from allauth.account import views as allauth
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.adapters.oidc.errors import ProviderError
from beffroi.kernel.directory.queries.following import is_tied
from beffroi.kernel.directory.queries.places import owner
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.pages.attempts import address
from beffroi.kernel.provider.pages.coming import sent_on
from beffroi.kernel.provider.queries.places import asker
from beffroi.kernel.provider.queries.sessions import KEPT
from beffroi.persistence.access import Hidden, for_another, viewer_of

LEFT: Final = "provider_left"


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@require_http_methods(["GET", "POST"])
def own_tie(request: HttpRequest) -> HttpResponse:
    """Tie one's own account to what one is at the provider: it asks who one is afresh."""
    viewer, asking = viewer_of(request), asker()
    if asking is None or owner() is None:
        raise Hidden
    if request.method == "POST":
        return sent_on(request, asking, onward="/", person=viewer.known_person)
    context = {"name": asking.provider.name, "tied": is_tied(viewer.known_person, OIDC)}
    return render(request, "provider/tie.html", context)


@login_not_required
@for_another
def log_out(request: HttpRequest) -> HttpResponse:
    """Out of here, then out of the provider where the session began by it."""
    kept = request.session.get(KEPT) if request.method == "POST" else None
    response: HttpResponse = allauth.logout(request)
    asking = asker()
    if not kept or asking is None or request.user.is_authenticated:
        return response
    try:
        way = asking.leave(kept["proof"], address("provider-logged-out"))
    except ProviderError:
        way = None
    if way is None:
        return response  # out of here at least
    where, request.session[LEFT] = way
    return render(request, "provider/onward.html", {"where": where, "name": asking.provider.name, "leaving": True})


@login_not_required
@never_cache
@require_GET
def logged_out(request: HttpRequest) -> HttpResponse:
    """Back from the provider, where one logged out too."""
    state = str(request.session.pop(LEFT, ""))
    asking = asker()
    if asking is not None and state and hmac.compare_digest(state.encode(), request.GET.get("state", "").encode()):
        messages.success(request, _("You are logged out of %(name)s too.") % {"name": asking.provider.name})
    return redirect("home")
