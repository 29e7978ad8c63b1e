"""The counter itself: find somebody or make their account, say why, begin to act for them."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.accounts.errors import AccountError
from beffroi.kernel.counter.actions import begin_mandate, look_up, open_account
from beffroi.kernel.counter.errors import CounterError
from beffroi.kernel.counter.forms import FindForm, MandateForm, PersonForm
from beffroi.kernel.counter.queries import Found, counter_at, counters, find, served_person
from beffroi.kernel.counter.rules import SESSION_KEY
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of

# Whom this session has found, and whose file it has opened: an identifier alone leads nowhere.
FOUND, OPENED = "counter-found", "counter-opened"


@require_GET
def counter_choice(request: HttpRequest) -> HttpResponse:
    """The counter, or which one when somebody serves at several."""
    own = counters(viewer_of(request))
    if not own:
        raise Hidden
    if len(own) == 1:
        return redirect("counter-desk", own[0].slug)
    return render(request, "counter/choice.html", {"counters": own})


@require_http_methods(["GET", "POST"])
def counter_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Find somebody; the name is posted, so that no address, history or log holds it."""
    viewer, authority = _desk(request, slug)
    form = FindForm(request.POST or None)
    found = None
    if form.is_bound and form.is_valid():
        found = find(viewer, authority, form.cleaned_data["words"])
        request.session[FOUND] = [str(each.person) for each in found]
    return _desk_page(request, authority, form=form, new=PersonForm(auto_id="new_%s"), found=found)


@require_POST
def new_person(request: HttpRequest, slug: str) -> HttpResponse:
    """An account for somebody who has none, with or without an address."""
    viewer, authority = _desk(request, slug)
    form = PersonForm(request.POST, auto_id="new_%s")
    if form.is_valid():
        try:
            person = open_account(
                authority=authority.pk,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                language=form.cleaned_data["language"],
                now=utc_now(),
                by=viewer.known_person,
            )
        except AccountError as error:
            form.add_error("email", error.message)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _opened(request, person.pk)
            return redirect("counter-person", slug, person.pk)
    return _desk_page(request, authority, form=FindForm(), new=form, found=None)


@require_POST
def open_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Open somebody's file: an act, on the record."""
    viewer, authority = _desk(request, slug)
    asked = request.POST.get("person", "")
    person = served_person(viewer, UUID(asked)) if asked in request.session.get(FOUND, []) else None
    if person is None:
        raise Hidden
    look_up(authority=authority.pk, person=person.person, by=viewer.known_person)
    _opened(request, person.person)
    return redirect("counter-person", slug, person.person)


@require_http_methods(["GET", "POST"])
def person_file(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Say how they asked and what they showed, and begin to act for them."""
    viewer, authority = _desk(request, slug)
    person = served_person(viewer, pk) if str(pk) in request.session.get(OPENED, []) else None
    if person is None:
        raise Hidden
    form = MandateForm(request.POST or None, name=person.name)
    if form.is_bound and form.is_valid():
        why, seen = form.chosen()
        try:
            mandate = begin_mandate(
                authority=authority.pk, person=pk, why=why, identity_seen=seen, now=utc_now(), by=viewer.known_person
            )
        except CounterError as error:
            form.add_error(None, error.message)
        else:
            request.session[SESSION_KEY] = str(mandate.pk)
            for key in (FOUND, OPENED):
                request.session.pop(key, None)
            rotate_token(request)  # forms that stand open in other tabs were meant for oneself
            return redirect("home")
    context = {"authority_served": authority, "person": person, "form": form}
    return render(request, "counter/person.html", context, status=422 if form.errors else 200)


def _desk(request: HttpRequest, slug: str) -> tuple[Viewer, Authority]:
    viewer = viewer_of(request)
    authority = counter_at(viewer, slug)
    if authority is None:
        raise Hidden
    return viewer, authority


def _opened(request: HttpRequest, person: UUID) -> None:
    request.session[OPENED] = [str(person)]


def _desk_page(
    request: HttpRequest, authority: Authority, *, form: FindForm, new: PersonForm, found: list[Found] | None
) -> HttpResponse:
    context = {"authority_served": authority, "form": form, "new": new, "found": found}
    return render(request, "counter/desk.html", context, status=422 if form.errors or new.errors else 200)
