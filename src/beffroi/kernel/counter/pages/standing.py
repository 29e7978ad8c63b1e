"""The mandate in hand: what was done so far, its end, and how one takes it up again when its time was over while one typed."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.counter.actions import begin_mandate, end_mandate, note_use
from beffroi.kernel.counter.errors import CounterError
from beffroi.kernel.counter.forms import AgainForm
from beffroi.kernel.counter.models import Mandate
from beffroi.kernel.counter.queries import done_under, lapsed_mandate, mandate_of
from beffroi.kernel.counter.rules import SENT_AGAIN, SESSION_KEY, Ending, Why
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.acts import Stead

CLEAR = '"cache"'


@for_another
@require_GET
def summary(request: HttpRequest) -> HttpResponse:
    """What was done so far: the paper that the person takes home."""
    mandate = mandate_in_hand(request)
    return render(request, "counter/summary.html", {"held": mandate, "lines": done_under(mandate)})


@for_another
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Back to the agent's own pages; nothing of the person stays in the browser."""
    mandate = mandate_in_hand(request)
    end_mandate(mandate=mandate, ending=Ending.DONE, now=utc_now(), by=mandate.agent_id)
    leave(request)
    response = redirect("counter-desk", mandate.authority.slug)
    response["Clear-Site-Data"] = CLEAR
    return response


@require_POST
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it up again, and send what had been typed where it was going (307: the same words, the same method)."""
    viewer = viewer_of(request)
    lapsed = lapsed_mandate(viewer, pk)
    form = AgainForm(request.POST)
    to = request.GET.get("to", "/")
    if lapsed is None or not url_has_allowed_host_and_scheme(to, allowed_hosts=None) or not to.startswith("/"):
        raise Hidden
    typed = request.GET.get("method") == "POST"
    if not form.is_valid():
        return over_page(request, lapsed, Ending.TIME, to=to, typed=typed, form=form)
    try:
        mandate = begin_mandate(
            authority=lapsed.authority_id,
            person=lapsed.person_id,
            why=Why(lapsed.why),
            identity_seen=lapsed.identity_seen,
            now=utc_now(),
            by=viewer.known_person,
        )
    except CounterError as error:
        raise Hidden from error
    request.session[SESSION_KEY] = str(mandate.pk)
    if typed:
        request.session[SENT_AGAIN] = True  # what is sent again bears this page's token: it is the last to
    else:
        rotate_token(request)
    return HttpResponse(status=307 if typed else 303, headers={"Location": to})


def void_others(request: HttpRequest) -> None:
    """What had been typed was just sent again, so that forms which stand open, one's own meanwhile among them, can be void."""
    if request.method == "POST" and request.session.pop(SENT_AGAIN, False):
        rotate_token(request)


def over_page(
    request: HttpRequest, mandate: Mandate, ending: Ending, *, to: str, typed: bool, form: AgainForm | None = None
) -> HttpResponse:
    """Nothing was done: the mandate was over. What was typed is there, to be sent again if the person still asks for it."""
    own = {"csrfmiddlewaretoken", "still_there"}
    kept = [(name, value) for name, values in request.POST.lists() if name not in own for value in values]
    context = {
        "over": mandate,
        "because": ending.value,
        "again": ending is Ending.TIME,
        "address": urlencode({"to": to, "method": "POST" if typed else "GET"}),
        "kept": kept if typed else [],
        "form": form or AgainForm(),
    }
    return render(request, "counter/over.html", context, status=422 if form else 409)


def stead_of(mandate: Mandate) -> Stead:
    """What marks everything done under a mandate."""
    return Stead(
        agent=mandate.agent_id,
        person=mandate.person_id,
        mandate=mandate.pk,
        note=lambda act: note_use(authority=mandate.authority_id, act=act, by=mandate.agent_id),
    )


def leave(request: HttpRequest) -> None:
    """The session is the agent's own again: without what was put in it meanwhile, and forms that stand open are void."""
    for key in (SESSION_KEY, SENT_AGAIN):
        request.session.pop(key, None)
    for _message in messages.get_messages(request):
        pass  # read and not shown: they spoke of the person
    rotate_token(request)


def mandate_in_hand(request: HttpRequest) -> Mandate:
    """What this session acts under; such a page does not exist for whoever acts for themselves."""
    identifier = request.session.get(SESSION_KEY)
    mandate = mandate_of(UUID(identifier)) if identifier and viewer_of(request).agent else None
    if mandate is None:
        raise Hidden
    return mandate
