"""Nobody whom an authority asks for a second factor goes on without one, whatever was asked: refused here, before any page is asked."""

from collections.abc import Callable
from functools import wraps
from typing import Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.allauth_adapter import came_long_ago, proved_second_factor
from beffroi.kernel.factors.queries import Standing, standing
from beffroi.kernel.factors.rules import State
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import ViewedRequest, viewer_of
from beffroi.persistence.problems import problem_response
from beffroi.web.mandates import in_hand
from beffroi.web.viewers import viewer_for

API: Final = "ninja"
EVENTS: Final = "text/event-stream"
# What is left: asking for it, showing it, the language, the way out; what the law publishes; files that say nothing of anybody.
LEFT: Final = frozenset(
    {
        "factor-first",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_logout",
        "set_language",
        "mandate-end",
        "legal-notice",
        "legal-data",
        "legal-information",
        "legal-accessibility",
        "theme",
        "logo",
        "manifest",
        "service-worker",
        "offline",
        "healthz",
    }
)
# Besides, for whoever has none: whoever has one shows it, and adds no other by a session that may be somebody else's.
ADDING: Final = frozenset({"account_reauthenticate", "mfa_add_webauthn", "mfa_activate_totp"})


class FactorRequest(ViewedRequest):
    """A request after the middleware below: what stands before whoever asks."""

    factor: Standing | None


class FactorMiddleware:
    """Stands behind the viewer's and the closures': nobody without a role that sees what is others' costs a question of the database."""

    # Its hook asks the database: without this, Django under ASGI would call it in the loop.
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing of its own."""
        return self.inner(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> HttpResponse | None:
        """What is answered instead of the page, to somebody who must add or show a second factor first."""
        found = cast("FactorRequest", request).factor = _standing(request)
        if found is None or not found.barred:
            return None
        match = request.resolver_match
        name = match.view_name if match is not None else ""
        if name in LEFT or (found.state is State.ADD and name in ADDING):
            return None
        return _instead(request, api=match is not None and match.app_name == API)


def adding(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that adds a factor, asked inside `one_at_a_time`: somebody may have added one since the middleware let this by. Whoever
    has nothing to confirm who they are with adds one soon after they logged in: a session that was left open, or stolen, doesn't.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        found = _standing(request)
        if found is not None and found.state is State.SHOW:
            return _instead(request, api=False)
        if came_long_ago(request):
            messages.warning(
                request, _("You logged in more than five minutes ago. Log out, then log in again, and add it at once.")
            )
            return redirect("factor-first" if found is not None else "mfa_index")
        return view(request, *args, **kwargs)

    return run


def _standing(request: HttpRequest) -> Standing | None:
    """Of whoever is logged in: at the counter that is the agent, not the person for whom they act."""
    viewer, user = viewer_of(request), request.user
    if viewer.anonymous:
        return None
    mandate = in_hand(request)
    if mandate is not None:
        viewer, user = viewer_for(person=mandate.agent_id, as_of=viewer.as_of), mandate.agent
    return standing(viewer, proved=proved_second_factor(request, user))


def may_go_on(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether a stream that is open goes on: `request` bears the session and its person."""
    found = standing(viewer, proved=proved_second_factor(request, request.user))
    return found is None or not found.barred


def _instead(request: HttpRequest, *, api: bool) -> HttpResponse:
    if api or EVENTS in request.headers.get("Accept", ""):
        return problem_response(403, "second-factor-first", _("Show a second factor first, or add one."))
    page = reverse("factor-first")
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=403)
        answer["HX-Redirect"] = page
        return answer
    if request.method == "GET":
        return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")
    messages.warning(request, _("Nothing of what you have just sent was done."))
    return redirect(page)
