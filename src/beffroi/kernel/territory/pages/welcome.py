"""Where somebody who is invited arrives, with a code and without an account: no script is needed."""

from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from beffroi.kernel.accounts.allauth_adapter import open_session
from beffroi.kernel.territory.actions.invitations import accept, accept_as, open_with
from beffroi.kernel.territory.forms import CodeForm, WelcomeForm
from beffroi.kernel.territory.models import ROLE_LABELS, Invitation
from beffroi.kernel.territory.queries.invitations import Entry, entry_of, waiting
from beffroi.kernel.territory.rules import last_day
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import viewer_of

OPENED = "invitation"
# A hand types one code; a program that tries many waits.
TRIES = "10/m/ip"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The code, typed by hand or brought by the address's fragment."""
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        slow: HttpResponse | None = ratelimit.consume_or_429(request, action="welcome", config={"welcome": TRIES})
        if slow is not None:
            return slow
        row = open_with(code=form.cleaned_data["code"], now=utc_now()) if form.is_valid() else None
        if row is not None:
            request.session[OPENED] = [str(row.pk), row.round]
            return redirect("welcome-role")
        if form.is_valid():
            form.add_error("code", _("This code is not right, or no longer good. Check it, or ask for another."))
    return render(request, "territory/welcome.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def welcome_role(request: HttpRequest) -> HttpResponse:
    """The role that is offered: take it in one's account, or in one made now; or the account that waits for its person."""
    row = _opened(request)
    if row is None:
        return redirect("welcome")
    viewer = viewer_of(request)
    entry = entry_of(row, viewer.person)
    passkey = request.POST.get("passkey") == "1"
    form = WelcomeForm(
        request.POST or None,
        email=row.email,
        passkey=passkey,
        initial={"name": row.name, "language": row.language},
    )
    if request.method == "POST":
        done = _as_oneself(request, row) if entry is Entry.MINE else None
        if entry is Entry.NEW and form.is_valid():
            done = _new(request, row, form, passkey=passkey)
        if done is not None:
            return done
    zone = timezone.get_current_timezone()
    context = {
        "invitation": row,
        "role": ROLE_LABELS[Role(row.role)] if row.role else "",
        "until": last_day(row.valid_until, zone) if row.valid_until else None,
        "entry": entry.value,
        "form": form,
        "log_in": f"{reverse('account_login')}?next={reverse('welcome-role')}",
    }
    wrong = request.method == "POST" and form.errors and entry is Entry.NEW
    return render(request, "territory/welcome_role.html", context, status=422 if wrong else 200)


def _opened(request: HttpRequest) -> Invitation | None:
    kept = request.session.get(OPENED)
    return waiting(UUID(kept[0]), kept[1], utc_now()) if kept else None


def _as_oneself(request: HttpRequest, row: Invitation) -> HttpResponse:
    person = viewer_of(request).known_person
    if accept_as(invitation=row, round_=row.round, person=person, now=utc_now()):
        messages.success(request, _("The role is yours."))
    request.session.pop(OPENED, None)
    return redirect("home")


def _new(request: HttpRequest, row: Invitation, form: WelcomeForm, *, passkey: bool) -> HttpResponse | None:
    person = accept(
        invitation=row,
        round_=row.round,
        name=form.cleaned_data["name"],
        language=form.cleaned_data["language"],
        password=None if passkey else form.cleaned_data["password"],
        now=utc_now(),
    )
    if person is None:  # taken or withdrawn in between
        request.session.pop(OPENED, None)
        return redirect("welcome")
    request.session.pop(OPENED, None)
    messages.success(
        request, _("Welcome. The role is yours.") if row.role else _("Welcome. You log in by yourself now.")
    )
    return open_session(request, person, onward=reverse("mfa_add_webauthn") if passkey else reverse("home"))
