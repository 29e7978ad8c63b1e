"""Requests for images: asked in four acts, answered from the phone, ended by one key."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.deadlines.rules import due
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.parties import owner_for
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import Declined, Refusal, RefusalCode
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.video.actions.interventions import confirm_emergency, justify_request
from beffroi.systems.video.actions.requests import Wanted, approve_request, ask_images, end_request, refuse_request
from beffroi.systems.video.forms.requests import AskForm, JustifyForm, RefuseForm
from beffroi.systems.video.models import Call, Request
from beffroi.systems.video.queries import requests as queries
from beffroi.systems.video.queries.viewings import watched_of
from beffroi.systems.video.queries.watching import granted, standing
from beffroi.systems.video.rules import JUSTIFIED_WITHIN, OFFERED_MINUTES, Standing

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Grant

# Which field a refusal is about, so that its words stand beside it.
FIELD = {
    "resource-outside-convention": "where",
    "too-many-things": "where",
    "purpose-not-for-this-place": "where",
    "purpose-not-admitted": "why",
    "too-short": "minutes",
    "too-long": "minutes",
    "window-past": "minutes",
    "receiving-not-a-party": "receiving",
    "under-another-law": "why",
    "order-over": "where",
}


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer's answer, then the latest."""
    viewer = viewer_of(request)
    if not queries.concerned_by_requests(viewer):
        raise Hidden
    page = page_of(request, queries.visible_requests(viewer))
    rights = queries.grants_of(viewer, list(page.object_list))
    context = {
        "page": page,
        "rows": [(row, _standing(rights.get(row.grant), viewer)) for row in page],
        "to_answer": list(queries.to_answer(viewer)),
        "may_ask": queries.may_ask(viewer),
    }
    return render(request, "video/requests.html", context)


@require_http_methods(["GET", "POST"])
def request_add(request: HttpRequest) -> HttpResponse:
    """Ask for images; a refusal says why beside what it is about, and what would do."""
    viewer = viewer_of(request)
    askings = queries.asking(viewer)
    if not askings:
        raise Hidden
    earlier, call = _earlier(viewer, request), _call(viewer, request)
    begins = {**_begins(viewer, earlier, request), "submission": uuid4()}
    form = AskForm(request.POST or None, askings=askings, initial=begins)
    if request.method == "POST" and form.is_valid():
        key = _key(viewer, form.cleaned_data["key"])
        given = (
            Refusal(RefusalCode.NO_KEY)
            if key is None
            else ask_images(wanted=_wanted(form, key, earlier, call), by=viewer.known_person, now=utc_now())
        )
        if isinstance(given, Request):
            return redirect("video-watch", pk=given.pk)
        form.add_error(FIELD.get(given.code.value), explain(given))
    context = {
        "form": form,
        "earlier": earlier,
        "call": call,
        "live": " ".join(row.thumbprint for row in grants.live_browsers(viewer.known_person, viewer.as_of)),
    }
    return render(request, "video/ask.html", context, status=422 if form.errors else 200)


@require_GET
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: how it stands, who may still do what, how long was asked, granted and watched."""
    viewer = viewer_of(request)
    return _page(request, viewer, _request(viewer, pk), Said())


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed on the page of a request, of which something is to be corrected."""

    refuse: RefuseForm = field(default_factory=RefuseForm)
    justify: JustifyForm = field(default_factory=JustifyForm)


def _page(request: HttpRequest, viewer: Viewer, row: Request, said: Said, status: int = 200) -> HttpResponse:
    grant = queries.grant_of(viewer, row)
    reads = queries.reads_circumstances(viewer, row)
    state = _standing(grant, viewer)
    own = row.person == viewer.person
    context = {
        "row": row,
        "grant": grant,
        "state": state,
        "cameras": queries.cameras_of(grant) if grant else [],
        "purpose": grants.purpose_label(grant) if grant else "",
        "reads": reads,
        "reads_procedure": queries.reads_procedure(viewer, row),
        "officer": names([row.person]).get(row.person, "") if reads else "",
        "granted": granted(grant) if grant else None,
        "watched": watched_of(row, now=viewer.as_of),
        "own": own,
        "may_answer": bool(grant and grant.state == "waiting" and owner_for(viewer, grant)),
        "may_confirm": bool(grant and _may_confirm(viewer, row) and grant.confirmed_at is None),
        "may_justify": own and row.emergency and row.justified_at is None,
        "justify_by": due(since=row.asked_at, promise=JUSTIFIED_WITHIN, pace=settings.BEFFROI_PACE),
        "may_end": own and state in (Standing.OPEN, Standing.GRANTING),
        "refuse": said.refuse,
        "justify": said.justify,
        "form": said.justify if said.justify.errors else said.refuse,
    }
    return render(request, "video/request.html", context, status=status)


@require_POST
def request_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An owner's yes or no."""
    viewer = viewer_of(request)
    row = _request(viewer, pk)
    grant = queries.grant_of(viewer, row)
    owner = owner_for(viewer, grant) if grant else None
    if grant is None or owner is None:
        raise Hidden
    by, now = viewer.known_person, utc_now()
    if request.POST.get("act") == "approve":
        given = approve_request(request=row, grant=grant, organisation=owner, by=by, now=now)
        said = _("You said yes: the officer may look from now on.")
    else:
        form = RefuseForm(request.POST)
        if not form.is_valid():
            return _page(request, viewer, row, Said(refuse=form), status=422)
        because = Declined(form.cleaned_data["because"])
        given = refuse_request(request=row, grant=grant, organisation=owner, because=because, by=by, now=now)
        said = _("You said no: the officer reads why.")
    if isinstance(given, Refusal):
        messages.error(request, explain(given))
    else:
        messages.success(request, said)
    return redirect("video-request", pk=pk)


@require_POST
def request_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whoever is on call confirms an emergency of somebody else's."""
    viewer = viewer_of(request)
    row = _request(viewer, pk)
    grant = queries.grant_of(viewer, row)
    if grant is None or not _may_confirm(viewer, row):
        raise Hidden
    if confirm_emergency(request=row, grant=grant, by=viewer.known_person, now=utc_now()):
        messages.success(request, _("The emergency is confirmed."))
    else:
        messages.error(request, _("It was confirmed already."))
    return redirect("video-request", pk=pk)


@require_POST
def request_justify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say in writing why it was an emergency."""
    viewer = viewer_of(request)
    row = _request(viewer, pk)
    if row.person != viewer.person or not row.emergency:
        raise Hidden
    form = JustifyForm(request.POST)
    if not form.is_valid():
        return _page(request, viewer, row, Said(justify=form), status=422)
    if justify_request(request=row, words=form.cleaned_data["words"], by=viewer.known_person, now=utc_now()):
        messages.success(request, _("The justification is written down."))
    else:
        messages.error(request, _("It was justified already."))
    return redirect("video-request", pk=pk)


@require_POST
def request_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one's own request before its time."""
    viewer = viewer_of(request)
    row = _request(viewer, pk)
    grant = queries.grant_of(viewer, row)
    if row.person != viewer.person or grant is None:
        raise Hidden
    if end_request(request=row, grant=grant, by=viewer.known_person, now=utc_now()):
        messages.success(request, _("Ended: every image is closed."))
    return redirect("video-request", pk=pk)


def _wanted(form: AskForm, key: UUID, earlier: Request | None, call: Call | None) -> Wanted:
    data = form.cleaned_data
    return Wanted(
        site=form.group.site,
        entrance=form.group.entrance.pk if form.group.entrance else None,
        cameras=form.cameras,
        convention=form.asking.convention.pk,
        purpose=data["why"].partition(":")[2],
        lasting=form.lasting(),
        organisation=form.asking.organisation,
        receiving=UUID(data["receiving"]) if data["receiving"] else None,
        key=key,
        emergency=data["emergency"],
        circumstances=data["circumstances"],
        procedure=data["procedure"],
        call=call,
        earlier=earlier,
        submission=form.sent(),
    )


def _key(viewer: Viewer, thumbprint: str) -> UUID | None:
    """The key of the browser that asks, which its script names; a phone's doesn't look at images."""
    live = grants.live_browsers(viewer.known_person, viewer.as_of)
    return next((row.pk for row in live if row.thumbprint == thumbprint), None)


def _earlier(viewer: Viewer, request: HttpRequest) -> Request | None:
    rows = queries.visible_requests(viewer).filter(person=viewer.known_person)
    asked = _uuid(request.GET.get("earlier", ""))
    return rows.filter(pk=asked).first() if asked else None


def _call(viewer: Viewer, request: HttpRequest) -> Call | None:
    asked = _uuid(request.GET.get("call", ""))
    return queries.waiting_call(viewer, asked) if asked else None


def _begins(viewer: Viewer, earlier: Request | None, request: HttpRequest) -> dict[str, object]:
    """What the form begins with: the request before, the place of an alert, or what the address says."""
    call = _call(viewer, request)
    if earlier is not None:
        grant = queries.grant_of(viewer, earlier)
        only = [one.resource for one in grant.resources.all()] if grant else []
        group = f"entrance:{earlier.entrance_id}" if earlier.entrance_id else f"site:{earlier.site_id}"
        if len(only) == 1:
            group = f"camera:{only[0]}"
        why = f"{earlier.convention}:{grant.purpose}" if grant else ""
        minutes = int(earlier.asked / timedelta(minutes=1))
        lasts = {"lasts": str(minutes)} if minutes in OFFERED_MINUTES else {"minutes": minutes}
        return {"where": group, "why": why, "procedure": earlier.procedure, **lasts}
    if call is not None:
        return {"where": f"entrance:{call.entrance_id}" if call.entrance_id else f"site:{call.site_id}"}
    return {"where": request.GET.get("where", "")}


def _may_confirm(viewer: Viewer, row: Request) -> bool:
    return (
        row.emergency
        and row.person != viewer.person
        and row.authority_id in viewer.authorities(Role.OPERATOR, Role.ADMINISTRATOR)
    )


def _standing(grant: "Grant | None", viewer: Viewer) -> Standing:
    return standing(grant, viewer.as_of) if grant is not None else Standing.OVER


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _request(viewer: Viewer, pk: UUID) -> Request:
    row = queries.visible_requests(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
