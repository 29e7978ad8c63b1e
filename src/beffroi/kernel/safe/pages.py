"""Where a code of the safe is typed."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from beffroi.kernel.accounts.allauth_adapter import SAFE, open_session
from beffroi.kernel.safe.actions import open_safe
from beffroi.kernel.safe.forms import SealedCodeForm
from beffroi.kernel.safe.rules import SESSION
from beffroi.lib.clock import utc_now


@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def safe_open(request: HttpRequest) -> HttpResponse:
    """Log in with a code of the safe, for an hour."""
    form = SealedCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        busy: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
        if busy is not None:
            return busy
        person = open_safe(code=form.cleaned_data["code"], now=utc_now())
        if person is not None:
            response = open_session(request, person, onward="/", method=SAFE)
            if request.user.is_authenticated:
                request.session.set_expiry(SESSION)  # a moment: so many seconds would begin anew at each write
            return response
        form.add_error(
            "code", _("This code opens nothing: it was used, another sheet took its place, or a letter is wrong.")
        )
    return render(request, "safe/open.html", {"form": form}, status=422 if form.errors else 200)
