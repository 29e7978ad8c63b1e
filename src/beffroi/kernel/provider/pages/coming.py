"""To the provider and back; and what the provider says by itself of who left."""

import hashlib
import logging
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from beffroi.adapters.oidc.asking import Asker, LoggedIn
from beffroi.adapters.oidc.claims import subject_of
from beffroi.adapters.oidc.errors import ProviderError, Unproven
from beffroi.kernel.accounts.allauth_adapter import PROVIDER, open_session
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.queries.places import owner
from beffroi.kernel.provider.actions.coming import admit, tie_account
from beffroi.kernel.provider.actions.parting import part
from beffroi.kernel.provider.pages.attempts import Begun, address, keep, taken
from beffroi.kernel.provider.queries.places import asker
from beffroi.kernel.provider.queries.sessions import KEPT
from beffroi.kernel.provider.queries.words import FAULTS, REFUSED
from beffroi.kernel.provider.rules import SESSION
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden

log = logging.getLogger(__name__)


@login_not_required
@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """The button of the log-in page. By a form, so that nobody sends others there by a link; a page leads on, for the policy of
    content lets no form of ours end elsewhere.
    """
    asking, _authority = _set_up()
    if request.user.is_authenticated:
        return redirect("home")
    busy: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    return busy or sent_on(request, asking, onward=request.POST.get("next", ""), person=None)


@login_not_required
@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: let in, tied, or told why not."""
    asking, authority = _set_up()
    begun = taken(request, request.GET.get("state", ""))
    if begun is None or (begun.person is not None and begun.person != request.user.pk):
        return _trouble(request, _("This log-in was not begun in this browser, or it is over already."), 400)
    if begun.person is None and request.user.is_authenticated:
        return redirect("home")
    try:
        found = asking.finish(begun.attempt, dict(request.GET.lists()), utc_now())
    except Unproven as fault:
        log.warning("what the identity provider said does not hold: %s", fault)
        return _trouble(request, _("The log-in could not be proved. Begin again."), 400)
    except ProviderError as fault:
        return _away(request, fault)
    return _answered(request, asking, authority, begun, found)


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def told_out(request: HttpRequest) -> HttpResponse:
    """The provider says that somebody logged out there, or was shut out (Back-Channel Logout 1.0): its signature is the right to."""
    asking, _authority = _set_up()
    now = utc_now()
    try:
        said = asking.parted(request.POST.get("logout_token", ""), now)
    except ProviderError as fault:
        log.warning("what the identity provider said of a log-out does not hold: %s", fault)
        return JsonResponse({"error": "invalid_request"}, status=400 if isinstance(fault, Unproven) else 503)
    key = hashlib.sha256(said.identifier.encode()).hexdigest()
    if not cache.add(f"provider.out.{key}", True, timeout=(said.until - now).total_seconds()):
        return JsonResponse({"error": "invalid_request"}, status=400)
    subject = subject_of(asking.provider.issuer, said.subject) if said.subject else None
    part(subject=subject, sid=said.sid, now=now)
    return HttpResponse(status=200)


def sent_on(request: HttpRequest, asking: Asker, *, onward: str, person: UUID | None) -> HttpResponse:
    """A page that leads to the provider; or why it can't be asked."""
    try:
        where, attempt = asking.begin(address("provider-back"), utc_now(), afresh=person is not None)
    except ProviderError as fault:
        return _away(request, fault)
    keep(request, attempt, onward=onward, person=person)
    return render(request, "provider/onward.html", {"where": where, "name": asking.provider.name})


def _set_up() -> tuple[Asker, UUID]:
    asking, authority = asker(), owner()
    if asking is None or authority is None:
        raise Hidden
    return asking, authority


def _answered(
    request: HttpRequest, asking: Asker, authority: UUID, begun: Begun, found: LoggedIn | None
) -> HttpResponse:
    if found is None:
        messages.warning(request, _("The identity provider let nobody in."))
        return redirect("account_login" if begun.person is None else "account-provider")
    if begun.person is not None:
        return _tied(request, authority, begun.person, found)
    return _let_in(request, asking, authority, begun, found)


def _let_in(request: HttpRequest, asking: Asker, authority: UUID, begun: Begun, found: LoggedIn) -> HttpResponse:
    person = admit(authority=authority, who=found.somebody, now=utc_now())
    if not isinstance(person, Person):
        why = str(REFUSED[person.value]) % {"name": asking.provider.name}
        return _trouble(request, why, 403)
    # Before the session begins: it may wait for a second factor, and keeps what it has when it does.
    request.session[KEPT] = {"proof": found.proof, "sid": found.somebody.sid}
    request.session.set_expiry(SESSION)  # a moment: so many seconds would begin anew at each write
    return open_session(request, person, onward=begun.onward, method=PROVIDER, two_factors=found.two_factors)


def _tied(request: HttpRequest, authority: UUID, pk: UUID, found: LoggedIn) -> HttpResponse:
    person = Person.objects.get(pk=pk)
    if tie_account(authority=authority, person=person, who=found.somebody, now=utc_now(), by=person.pk):
        messages.success(request, _("Your account is tied: you can log in this way from now on."))
    else:
        messages.error(
            request, _("That account is somebody else’s here already, yours is tied to another, or has no address.")
        )
    return redirect("account-provider")


def _away(request: HttpRequest, fault: ProviderError) -> HttpResponse:
    log.warning("the identity provider could not be asked: %s %s", fault.code, fault)
    said = str(FAULTS.get(fault.code, FAULTS[ProviderError.code])[0])
    instead = _("Log in another way meanwhile.")
    return _trouble(request, f"{said} {instead}", 503)


def _trouble(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "provider/trouble.html", {"why": why}, status=status)
