"""Under a mandate the session shows the person's own pages instead of the agent's: what no page declared for it is refused, nothing of
it is kept by the browser, and a mandate that is over is told before anything is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.counter.actions import end_mandate
from beffroi.kernel.counter.pages.standing import leave, over_page, void_others
from beffroi.kernel.counter.queries import mandate_of, unended, why_over
from beffroi.kernel.counter.rules import SESSION_KEY, Ending
from beffroi.persistence.problems import problem_response

if TYPE_CHECKING:
    from beffroi.kernel.counter.models import Mandate

View = Callable[..., HttpResponseBase]
# Our own service worker keeps no answer that carries it (frontend/src/serviceworker).
MARK: Final = "X-Beffroi-Mandate"


@dataclass(frozen=True, slots=True)
class Standing:
    """The mandate that a session acts under, and why it is over, if it is."""

    mandate: "Mandate"
    over: Ending | None


def standing_of(request: HttpRequest, as_of: datetime) -> Standing | None:
    """The session's own, looked up each time: the person, the agent's post or the time may have ended meanwhile."""
    identifier = request.session.get(SESSION_KEY)
    if identifier is None or not request.user.is_authenticated:
        return None
    mandate = mandate_of(UUID(identifier))
    if mandate is None or mandate.agent_id != request.user.pk:
        del request.session[SESSION_KEY]
        return None
    return Standing(mandate, why_over(mandate, as_of))


def in_hand(request: HttpRequest) -> "Mandate | None":
    """The mandate under which this request is served."""
    standing: Standing | None = getattr(request, "standing", None)
    return standing.mandate if standing and standing.over is None else None


def checked(request: HttpRequest, view: View, *, api: bool, as_of: datetime) -> HttpResponseBase | None:
    """What is answered instead of the page, when it is not one for somebody else, or when the mandate is over."""
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None:
        return None
    declared = getattr(view, "for_another", False)
    public = not api and request.method in ("GET", "HEAD") and not getattr(view, "login_required", True)
    if standing.over is not None:
        return None if public and not declared else _over(request, standing.mandate, standing.over, api, as_of)
    if declared or public:
        void_others(request)
        return None
    if api:
        return problem_response(403, "under-mandate", _("This is not done for somebody else."))
    return render(request, "counter/refused.html", {}, status=403)


def sealed(response: HttpResponse) -> HttpResponse:
    """Nothing of the person's stays in the browser."""
    response["Cache-Control"] = "no-store"
    response[MARK] = "1"
    return response


def left(request: HttpRequest, mandate: "Mandate", now: datetime) -> None:
    """Whoever logs out under a mandate has ended it."""
    if SESSION_KEY not in request.session and unended(mandate):
        end_mandate(mandate=mandate, ending=Ending.LEFT, now=now, by=mandate.agent_id)


def _over(request: HttpRequest, mandate: "Mandate", ending: Ending, api: bool, as_of: datetime) -> HttpResponseBase:
    """Say so, once: the session is the agent's own again."""
    end_mandate(mandate=mandate, ending=ending, now=as_of, by=mandate.agent_id)
    leave(request)
    if api:
        return problem_response(409, "mandate-over", _("You no longer act for this person: nothing was done."))
    if request.resolver_match is not None and request.resolver_match.url_name == "mandate-end":
        return redirect("counter-desk", mandate.authority.slug)
    typed = request.method == "POST"
    return sealed(over_page(request, mandate, ending, to=request.get_full_path(), typed=typed))
