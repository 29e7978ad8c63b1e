"""Being told of new reports of a kind or a place: wanting it, one's own, and the page that a letter's link opens."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.kernel.territory.queries.outlines import areas_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.systems.reports.actions.subscribing import (
    MOST,
    TakenUp,
    end_subscription,
    keep_subscription,
    subscribe,
    take_up_subscription,
)
from beffroi.systems.reports.actions.telling import DAY
from beffroi.systems.reports.forms.subscriptions import ALL, DISTRICT, SubscribeForm
from beffroi.systems.reports.models import Subscription
from beffroi.systems.reports.queries.public import taking_reports
from beffroi.systems.reports.queries.subscriptions import (
    covered_words,
    feed_of,
    own_subscriptions,
    subscription_of,
    token_of,
)

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

# From one address of the network: letters leave from here. Whoever has no account asks in anybody's name.
ASKED: Final = "10/10m/ip"
ASKED_IN_A_DAY: Final = "40/d/ip"


@login_not_required
@for_another
@require_http_methods(["GET", "POST"])
def report_subscribe(request: HttpRequest, slug: str) -> HttpResponse:
    """Say which reports one wants to be told of; what is looked for in the public list is chosen already."""
    authority, viewer = taking_reports(slug), viewer_of(request)
    asked = request.GET.get("territory", "")
    form = SubscribeForm(
        request.POST or None,
        authority=authority.pk,
        known=viewer.person is not None,
        initial={
            "category": request.GET.get("category", ""),
            "territory": asked,
            "area": DISTRICT if asked else ALL,
            "radius": "500",
        },
    )
    if request.method == "POST" and form.is_valid():
        slow = _too_fast(request, known=viewer.person is not None)
        if slow is not None:
            return slow
        done = _subscribed(request, authority, viewer.person, form)
        if done is not None:
            return done
    bounds = areas_of(authority.pk).bounds
    context = {
        "authority": authority,
        "form": form,
        "known": viewer.person is not None,
        "bounds": ",".join(f"{degrees:.5f}" for degrees in bounds) if bounds else "",
    }
    return render(request, "reports/subscribe.html", context, status=422 if form.errors else 200)


def _too_fast(request: HttpRequest, *, known: bool) -> HttpResponse | None:
    limits = {"report-follow": ASKED} if known else {"report-follow": ASKED, "report-subscribe": ASKED_IN_A_DAY}
    for action, limit in limits.items():
        slow: HttpResponse | None = ratelimit.consume_or_429(request, action=action, config={action: limit})
        if slow is not None:
            return slow
    return None


def _subscribed(
    request: HttpRequest, authority: "Authority", person: UUID | None, form: SubscribeForm
) -> HttpResponse | None:
    row = subscribe(
        authority=authority.pk,
        covered=form.covered(),
        person=person,
        email="" if person else form.cleaned_data["email"],
        language=get_language() or "fr",
        now=utc_now(),
    )
    if person is None:
        # The same words whoever it is, and however many they have: nobody learns from here who wants to know what.
        messages.success(request, _("A letter leaves for this address: open its link to confirm that it is yours."))
        return redirect("reports-public", slug=authority.slug)
    if row is None:
        form.add_error(None, _("You have %(most)s already: end one of them first.") % {"most": MOST})
        return None
    messages.success(request, _("You are told of it, once a day at most."))
    return redirect("report-subscriptions")


@require_GET
@for_another
def report_subscriptions(request: HttpRequest) -> HttpResponse:
    """One's own."""
    page = page_of(request, own_subscriptions(viewer_of(request)))
    rows = [(row, covered_words(row), token_of(row), feed_of(row)) for row in page]
    return render(request, "reports/subscriptions.html", {"page": page, "rows": rows})


@login_not_required
@for_another
@never_cache
@require_http_methods(["GET", "POST"])
def report_subscription(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is opened changes nothing: programs that look into mail open links too. Its buttons do."""
    row = subscription_of(token)
    if row is None:
        raise Hidden
    if request.method == "POST":
        _done(request, row)
        answer: HttpResponse = redirect("report-subscription", token=token)
    else:
        answer = _page(request, row, token)
    # The address is the key: no other site is told it, no search engine keeps it. Our own is, or it would take no form.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _done(request: HttpRequest, row: Subscription) -> None:
    act = request.POST.get("act")
    if act == "take-up":
        taken = take_up_subscription(subscription=row, now=utc_now())
        if taken is TakenUp.DONE:
            messages.success(request, _("You are told of it, once a day at most."))
        elif taken is TakenUp.FULL:
            words = _("You are told of %(most)s already: end one of them first, by the link of its letters.")
            messages.warning(request, words % {"most": MOST})
    elif act == "keep":
        if keep_subscription(subscription=row, now=utc_now()):
            messages.success(request, _("You go on being told of it."))
    elif act == "stop":
        end_subscription(subscription=row, now=utc_now())
        messages.success(request, _("You are told no more of it."))


def _page(request: HttpRequest, row: Subscription, token: str) -> HttpResponse:
    ended = row.stopped_at is not None
    waiting, late = row.email != "" and row.confirmed_at is None and not ended, row.since <= utc_now() - DAY
    context = {
        "authority": authority_at(row.authority.slug),
        "row": row,
        "covered": covered_words(row),
        "token": token,
        "ended": ended,
        "waiting": waiting and not late,
        "late": waiting and late,
        "asked": row.asked_at is not None and not ended,
        "feed": feed_of(row),
        "stopping": request.GET.get("stop") == "1" and not ended,
    }
    return render(request, "reports/subscription.html", context)
