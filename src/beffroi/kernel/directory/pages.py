"""An administrator's page about the town's directory, and one's own about one's account in it."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.adapters.directory import asking
from beffroi.adapters.directory.entries import Group
from beffroi.adapters.directory.errors import DirectoryError
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.actions.following import agree_to_leaving, tie
from beffroi.kernel.directory.actions.proving import asked_about
from beffroi.kernel.directory.actions.reading import read
from beffroi.kernel.directory.actions.rules import end_rule, make_rule, take_back_end
from beffroi.kernel.directory.forms import GivingForm, TieForm
from beffroi.kernel.directory.models import GroupRule
from beffroi.kernel.directory.queries.asked import seen_of
from beffroi.kernel.directory.queries.following import (
    Preview,
    held_by_rule,
    houses,
    is_tied,
    preview,
    reading_of,
    rules_of,
)
from beffroi.kernel.directory.queries.places import owner, place
from beffroi.kernel.directory.queries.words import FAULTS
from beffroi.kernel.directory.rules import LDAP
from beffroi.kernel.territory.models import ROLE_LABELS, Authority
from beffroi.kernel.territory.pages.desks import administered
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.proving import Denied

AT_ONCE = 50
NAMED = 100


@require_GET
def directory_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Rules, how the last reading went, who waits for a yes."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    held = held_by_rule(desk.pk, viewer.as_of)
    row = reading_of(desk.pk)
    context = {
        "desk": desk,
        "connected": place() is not None or settings.BEFFROI_PROVIDER is not None,
        "listed": place() is not None,
        "provider": settings.BEFFROI_PROVIDER,
        "own": owner() == desk.pk,
        "rules": [(rule, ROLE_LABELS[Role(rule.role)], held.get(rule.pk, 0)) for rule in rules_of(desk.pk)],
        "reading": row,
        "fault": FAULTS.get(row.fault) if row is not None and row.fault else None,
        "undo": _ended(request, desk),
    }
    return render(request, "directory/directory.html", context)


@require_GET
def group_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Groups of the directory to choose from, by name."""
    desk = _asking(request, slug)
    search = request.GET.get("q", "").strip()
    found, fault = _groups(search)
    given = {rule.group for rule in rules_of(desk.pk, LDAP)}
    context = {
        "desk": desk,
        "search": search,
        "fault": fault,
        "groups": [(group, group.dn in given) for group in found[:AT_ONCE]],
        "more": max(0, len(found) - AT_ONCE),
    }
    return render(request, "directory/groups.html", context)


@require_http_methods(["GET", "POST"])
def rule_add(request: HttpRequest, slug: str) -> HttpResponse:
    """What a group gives: shown first, with the people it would touch, then written."""
    desk = _asking(request, slug)
    viewer = viewer_of(request)
    found, fault = _groups("")
    group = next((each for each in found if each.dn == request.GET.get("group", "")), None)
    if group is None and fault is None:
        raise Hidden
    form = GivingForm(request.POST or None, organisations=houses(desk.pk))
    shown: Preview | None = None
    if request.method == "POST" and group is not None and form.is_valid():
        organisation, role = form.given()
        if "write" in request.POST:
            rule = make_rule(
                authority=desk.pk,
                source=LDAP,
                group=group.dn,
                label=group.name,
                organisation=organisation,
                role=role,
                now=utc_now(),
                by=viewer.known_person,
            )
            if rule is not None:
                _read_and_say(request, desk)
                return redirect("directory-of", slug=slug)
            form.add_error("gives", _("There is such a rule already."))
        else:
            shown, fault = _previewed(desk, group, organisation.pk, role)
    context = {"desk": desk, "group": group, "form": form, "fault": fault, **_lists(shown)}
    return render(request, "directory/rule.html", context, status=422 if form.errors else 200)


@require_POST
def rule_end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """The group gives nothing any more; the next page takes that back."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    rule = GroupRule.objects.filter(authority=desk, pk=pk).first()
    if rule is None:
        raise Hidden
    ended = end_rule(rule=rule, now=utc_now(), by=viewer.known_person)
    if ended is None:
        return redirect("directory-of", slug=slug)  # the button was pressed twice
    return redirect(f"{reverse('directory-of', args=[slug])}?{urlencode({'ended': str(rule.pk), 'roles': str(ended)})}")


@require_POST
def rule_resume(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take back an end."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    rule = GroupRule.objects.filter(authority=desk, pk=pk).first()
    if rule is None:
        raise Hidden
    given = take_back_end(rule=rule, now=utc_now(), by=viewer.known_person)
    if given is not None:
        messages.success(request, _("The rule goes on, as before."))
    return redirect("directory-of", slug=slug)


@require_POST
def read_now(request: HttpRequest, slug: str) -> HttpResponse:
    """Without waiting for the next quarter of an hour."""
    desk = _asking(request, slug)
    _read_and_say(request, desk)
    return redirect("directory-of", slug=slug)


@require_POST
def leaving_agree(request: HttpRequest, slug: str) -> HttpResponse:
    """Yes to exactly the roles that the page named."""
    viewer = viewer_of(request)
    desk = _asking(request, slug)
    digest = request.POST.get("digest", "")
    if agree_to_leaving(authority=desk.pk, digest=digest, now=utc_now(), by=viewer.known_person):
        _read_and_say(request, desk)
    else:
        messages.warning(request, _("The directory has changed since: look again at who would leave."))
    return redirect("directory-of", slug=slug)


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
@require_http_methods(["GET", "POST"])
def account_tie(request: HttpRequest) -> HttpResponse:
    """Tie one's own account to one's entry of the directory, by its password."""
    viewer = viewer_of(request)
    if place() is None or owner() is None:
        raise Hidden
    form = TieForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        busy: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
        if busy is not None:
            return busy
        if _tied(form, viewer.known_person):
            messages.success(request, _("Your account is tied to the directory: its password logs you in from now on."))
            return redirect("mfa_index")
    context = {"form": form, "tied": is_tied(viewer.known_person, LDAP)}
    return render(request, "directory/tie.html", context, status=422 if form.errors else 200)


def _tied(form: TieForm, person: UUID) -> bool:
    now, owner_of_it = utc_now(), Person.objects.get(pk=person)
    if not owner_of_it.email:
        form.add_error(None, _("This account has no e-mail address: it can’t be tied to the directory."))
        return False
    found = asked_about(form.cleaned_data["login"], form.cleaned_data["password"], now)
    if isinstance(found, Denied):
        form.add_error(None, str(found.message))
        return False
    if found is None:
        form.add_error("password", _("The directory says that this isn’t the password of that account."))
        return False
    if not tie(person=owner_of_it, seen=found, now=now, by=person):
        form.add_error(
            None, _("This account of the directory is somebody else’s already, or yours is tied to another.")
        )
        return False
    return True


def _asking(request: HttpRequest, slug: str) -> Authority:
    """The authority whose directory it is, for its administrators."""
    desk = administered(viewer_of(request), slug)
    if place() is None or owner() != desk.pk:
        raise Hidden
    return desk


def _groups(search: str) -> tuple[list[Group], tuple[object, object] | None]:
    """Groups whose name or DN has these words; or why there are none."""
    where = place()
    if where is None:
        raise Hidden
    try:
        found = asking.groups(where)
    except DirectoryError as fault:
        return [], FAULTS.get(fault.code, FAULTS[DirectoryError.code])
    words = search.casefold().split()
    return [each for each in found if all(word in f"{each.name} {each.dn}".casefold() for word in words)], None


def _previewed(
    desk: Authority, group: Group, organisation: UUID, role: Role
) -> tuple[Preview | None, tuple[object, object] | None]:
    where, now = place(), utc_now()
    if where is None:
        raise Hidden
    try:
        found = asking.people_in(where, [group.dn], now)
    except DirectoryError as fault:
        return None, FAULTS.get(fault.code, FAULTS[DirectoryError.code])
    people = [seen_of(entry, held) for entry, held in found.people]
    return preview(people, authority=desk.pk, organisation=organisation, role=role.value, now=now), None


def _lists(shown: Preview | None) -> dict[str, object]:
    """The first names of each list, and how many more."""
    if shown is None:
        return {"preview": None}
    told: dict[str, object] = {"preview": shown}
    for name in ("begin", "there", "apart"):
        people: tuple[str, ...] = getattr(shown, name)
        told[name], told[f"more_{name}"] = people[:NAMED], max(0, len(people) - NAMED)
    return told


def _read_and_say(request: HttpRequest, desk: Authority) -> None:
    done = read(desk.pk, utc_now())
    row = reading_of(desk.pk)
    if done is None:
        fault = FAULTS.get(row.fault, FAULTS[DirectoryError.code]) if row is not None else FAULTS[DirectoryError.code]
        messages.error(request, str(fault[0]))
        return
    began = ngettext("%(count)s role began", "%(count)s roles began", done.began) % {"count": localize(done.began)}
    ended = ngettext("%(count)s role ended", "%(count)s roles ended", done.ended) % {"count": localize(done.ended)}
    messages.success(request, _("The directory was read: %(began)s, %(ended)s.") % {"began": began, "ended": ended})


def _ended(request: HttpRequest, desk: Authority) -> dict[str, object] | None:
    """The rule that was just ended, and how many roles ended with it."""
    try:
        rule = GroupRule.objects.filter(authority=desk, pk=UUID(request.GET.get("ended", ""))).first()
    except ValueError:
        return None
    if rule is None or rule.ended_at is None:
        return None
    roles = request.GET.get("roles", "")
    return {"rule": rule, "roles": int(roles) if roles.isascii() and roles.isdigit() and len(roles) < 7 else 0}  # noqa: PLR2004 - made up
