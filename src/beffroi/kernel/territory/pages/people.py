"""People and their roles: who, where, since when, until when; a role begins, ends, goes on."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.accounts.actions import end_sessions
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import open_sessions
from beffroi.kernel.territory.actions.memberships import begin_membership, set_end
from beffroi.kernel.territory.errors import TerritoryError
from beffroi.kernel.territory.forms import SomebodyForm, UntilForm
from beffroi.kernel.territory.models import Membership
from beffroi.kernel.territory.queries.people import Held, bare_among, ending_soon, held, managed_role, people, roles_of
from beffroi.kernel.territory.queries.stewardship import (
    check_own,
    every_role_to_give,
    managed,
    managed_one,
    roles_to_give,
)
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.persistence.origins import origins_of

AT_ONCE = 30
FIRST = 6  # roles that end soon, above everybody; asked for, all of them


@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    """People of the organisations that the viewer manages, and the roles that end soon."""
    viewer = viewer_of(request)
    if not managed(viewer).exists():
        raise Hidden
    search, left = request.GET.get("q", "").strip(), request.GET.get("left") == "1"
    bare = request.GET.get("factor") == "none" and not left
    ending = ending_soon(viewer)
    if request.GET.get("soon") == "1":
        roles_ending = page_of(request, ending, AT_ONCE)
        context: dict[str, object] = {
            "page": roles_ending,
            "soon": [held(row, viewer.as_of) for row in roles_ending],
            "ending": roles_ending.paginator.count,
            "only_soon": True,
        }
        return render(request, "territory/people.html", context)
    page = page_of(request, people(viewer, search=search, left=left, bare=bare), AT_ONCE)
    shown = [row.pk for row in page]
    roles = roles_of(viewer, shown)
    without = (
        set() if left else set(bare_among(viewer, people(viewer).filter(pk__in=shown)).values_list("pk", flat=True))
    )
    context = {
        "page": page,
        "rows": [(row, roles.get(row.pk, []), row.pk in without) for row in page],
        "search": search,
        "left": left,
        "bare": bare,
        "soon": [] if search or left or bare else [held(row, viewer.as_of) for row in ending[:FIRST]],
        "ending": ending.count(),
    }
    return render(request, "territory/people.html", context)


@require_http_methods(["GET", "POST"])
def person_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody's roles; with POST, one more."""
    viewer = viewer_of(request)
    person, roles = _person(viewer, pk)
    form = _role_form(request, viewer)
    if request.method == "POST" and form.is_valid():
        organisation = managed_one(viewer, UUID(form.cleaned_data["organisation"]))
        if organisation is None or form.chosen() not in roles_to_give(viewer, organisation):
            form.add_error("role", _("You can’t give this role there."))
        else:
            try:
                begin_membership(
                    person=pk,
                    organisation=organisation,
                    role=form.chosen(),
                    valid_from=utc_now(),
                    valid_until=form.ends(),
                    by=viewer.person,
                )
            except TerritoryError as error:
                form.add_error("role", str(error.message))
            else:
                messages.success(request, _("The role is given."))
                return redirect("person", pk=pk)
    given = origins_of(line.membership.pk for line in roles)
    context = {
        "person": person,
        "roles": [(line, given.get(line.membership.pk)) for line in roles],
        "form": form,
        "undo": _undo(request, viewer, pk),
        "without": bare_among(viewer, people(viewer).filter(pk=pk)).exists(),
        "sessions": len(open_sessions(pk, viewer.as_of)) if _may_log_out(viewer, pk) else None,
    }
    return render(request, "territory/person.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def role_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another end for a role; what is closed with it is said."""
    viewer = viewer_of(request)
    row = _role(viewer, pk)
    now = utc_now()
    line = held(row, now)
    form = UntilForm(request.POST or None, initial={"until": line.until})
    if request.method == "POST" and form.is_valid():
        ends = form.ends()
        if ends is not None and ends <= now:
            form.add_error("until", _("This day is past: to end the role at once, use the button."))
        elif _set(request, row, ends, now, form):
            return redirect("person", pk=row.person_id)
    context = {"line": line, "form": form, "person": row.person}
    return render(request, "territory/role_end.html", context, status=422 if form.errors else 200)


@require_POST
def role_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a role at once; the next page takes it back."""
    viewer = viewer_of(request)
    row = _role(viewer, pk)
    before = row.valid_until
    now = utc_now()
    if row.valid_until is not None and row.valid_until <= now:
        return redirect("person", pk=row.person_id)  # the button was pressed twice
    if not _set(request, row, max(now, row.valid_from), now):
        return redirect("person", pk=row.person_id)
    was = before.isoformat() if before else ""
    return redirect(f"{reverse('person', args=[row.person_id])}?ended={row.pk}&was={was.replace('+', '%2B')}")


@require_POST
def role_resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back an end: the role lasts as it did before."""
    viewer = viewer_of(request)
    row = _role(viewer, pk)
    was = _moment(request.POST.get("was", ""))
    now = utc_now()
    if was is not None and was <= now:
        raise Hidden
    _set(request, row, was, now)
    return redirect("person", pk=row.person_id)


@require_POST
def person_log_out(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End all that somebody has open: a lost phone, a screen left on."""
    viewer = viewer_of(request)
    if not _may_log_out(viewer, pk):
        raise Hidden
    ended = end_sessions(person=pk, by=viewer.person, now=utc_now())
    messages.success(
        request,
        ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", ended) % {"count": ended},
    )
    return redirect("person", pk=pk)


def _set(
    request: HttpRequest, row: Membership, ends: datetime | None, now: datetime, form: UntilForm | None = None
) -> bool:
    """Whether the end could be set; why not is said in the form, or at the head of the next page."""
    viewer = viewer_of(request)
    try:
        check_own(viewer, row, ends)
        closed = set_end(membership=row, ends=ends, by=viewer.person, now=now)
    except TerritoryError as error:
        if form is None:
            messages.error(request, str(error.message))
        else:
            form.add_error("until", str(error.message))
        return False
    if closed:
        words = ngettext(
            "%(count)s access right that lay after it is closed.",
            "%(count)s access rights that lay after it are closed.",
            closed,
        )
        messages.warning(request, words % {"count": closed})
    if ends is None or ends > now:
        messages.success(request, _("Saved."))
    return True


def _person(viewer: Viewer, pk: UUID) -> tuple[Person, list[Held]]:
    person = people(viewer).filter(pk=pk).first() or people(viewer, left=True).filter(pk=pk).first()
    if person is None:
        raise Hidden
    return person, roles_of(viewer, [pk]).get(pk, [])


def _may_log_out(viewer: Viewer, pk: UUID) -> bool:
    """Whoever manages a role that lasts: somebody who left works elsewhere by now, and one's own sessions have their own page."""
    return pk != viewer.person and people(viewer).filter(pk=pk).exists()


def _role(viewer: Viewer, pk: UUID) -> Membership:
    row = managed_role(viewer, pk)
    if row is None:
        raise Hidden
    return row


def _role_form(request: HttpRequest, viewer: Viewer) -> SomebodyForm:
    return SomebodyForm(
        request.POST or None,
        organisations=managed(viewer),
        roles=every_role_to_give(viewer),
        today=timezone.localdate(viewer.as_of),
    )


def _undo(request: HttpRequest, viewer: Viewer, person: UUID) -> dict[str, object] | None:
    """The role that was just ended, and until when it lasted before."""
    try:
        row = managed_role(viewer, UUID(request.GET.get("ended", "")))
    except ValueError:
        return None
    if row is None or row.person_id != person or row.valid_until is None or row.valid_until > viewer.as_of:
        return None
    return {"line": held(row, viewer.as_of), "was": request.GET.get("was", "")}


def _moment(text: str) -> datetime | None:
    """What the page said before: nothing, or a moment; anything else was made up."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise Hidden
    return moment
