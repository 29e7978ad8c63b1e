"""Who is told of each kind of alert, step by step, and who that would be at this moment."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.alerts.actions.audiences import set_policy
from beffroi.kernel.alerts.forms.audiences import StepsForm, UnderForm
from beffroi.kernel.alerts.queries.audiences import (
    conventions_to_choose,
    in_words,
    policies,
    steps_in_words,
    steps_to_choose,
    watched_authorities,
)
from beffroi.kernel.alerts.queries.recipients import Rung, rungs
from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.pages.desks import administered, named
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of

POLICIES = 8


@require_GET
def policy_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is told of each kind of alert, step by step, and how many people that is at this moment."""
    viewer = viewer_of(request)
    authority = named(watched_authorities(viewer), slug).pk
    page = Paginator(policies(viewer, authority=authority), POLICIES).get_page(request.GET.get("page"))
    context = {
        "slug": slug,
        "page": page,
        "policies": [in_words(viewer, authority=authority, kind=kind, policy=policy) for kind, policy in page],
        "authority_id": authority,
        "may_set": authority in viewer.authorities(Role.ADMINISTRATOR),
    }
    return render(request, "alerts/policies.html", context)


@require_http_methods(["GET", "POST"])
def policy_page(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The steps of a kind, under a convention when the address names one."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug).pk
    known = ALERT_KINDS.get(kind)
    if known is None:
        raise Hidden
    conventions = conventions_to_choose(viewer).filter(authority_id=authority)
    under = UnderForm(request.GET or None, conventions=conventions)
    convention = None if under.finding else _convention(conventions, request.GET.get("convention", ""))
    key = convention.pk if convention else None
    form = StepsForm(
        request.POST or None,
        whom=steps_to_choose(viewer, authority),
        steps=rungs(authority=authority, kind=kind, convention=key),
    )
    if request.method == "POST" and (request.POST.get("own") == "1" or form.is_valid()):
        steps: list[Rung] = [] if request.POST.get("own") == "1" else form.rungs()
        set_policy(authority=authority, kind=kind, convention=key, steps=steps, now=utc_now(), by=viewer.person)
        messages.success(request, _("Saved: it holds from the next step on."))
        return redirect("alert-policies-of", slug=slug)
    context = {
        "slug": slug,
        "form": form,
        "under": under if known.of_conventions and convention is None and conventions.exists() else None,
        "kind": known,
        "convention": convention,
        "steps": steps_in_words(authority=authority, kind=kind, convention=key, now=viewer.as_of),
    }
    return render(request, "alerts/policy_form.html", context, status=422 if form.errors else 200)


def _convention(conventions: QuerySet[Convention], text: str) -> Convention | None:
    if not text:
        return None
    try:
        row = conventions.filter(pk=UUID(text)).first()
    except ValueError:
        row = None
    if row is None:
        raise Hidden
    return row
