"""Where somebody is told: this browser, their other ones, their number, their e-mail; one of them tried for real."""

import asyncio
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.adapters.sms.number import veiled
from beffroi.kernel.alerts.actions.contacts import drop_subscription, end_subscription
from beffroi.kernel.alerts.couriers import try_browser
from beffroi.kernel.alerts.forms.wishes import CodeForm, NumberForm
from beffroi.kernel.alerts.models import PushSubscription
from beffroi.kernel.alerts.queries.contacts import (
    mail_is_configured,
    on_rosters,
    own_browsers,
    own_mobile,
    own_ways,
    push_key,
    sms_is_configured,
    texts_spent,
)
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Outcome
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of

# Nobody's phone is made to ring for fun, and no push service is asked without end.
TRIAL_EVERY = 10


@for_another
@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """Everything by which the viewer is told."""
    return contacts_page(request)


def contacts_page(
    request: HttpRequest, *, number_form: NumberForm | None = None, code_form: CodeForm | None = None
) -> HttpResponse:
    """The page, with what was typed on it where something was."""
    viewer = viewer_of(request)
    mobile = own_mobile(viewer)
    told = {
        "browsers": own_browsers(viewer),
        "push_key": push_key(),
        "mail": mail_is_configured(),
        "sms": sms_is_configured(),
        "mobile": mobile,
        "number": veiled(mobile.number) if mobile and mobile.number else "",
        "may_print": on_rosters(viewer) or (mobile is not None and mobile.printed),
        "wanted": mobile is not None and bool(mobile.wanted) and number_form is None,
        "number_form": number_form or NumberForm(),
        "code_form": code_form or CodeForm(),
        "form": number_form or code_form,
        "ways": own_ways(viewer),
        "spent": texts_spent(viewer),
    }
    wrong = any(form is not None and form.errors for form in (number_form, code_form))
    return render(request, "alerts/contacts.html", told, status=422 if wrong else 200)


@for_another
@require_POST
def contact_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of one's own browsers is told no more."""
    person = viewer_of(request).known_person
    if not end_subscription(person=person, subscription=pk, now=utc_now(), by=person):
        raise Hidden
    messages.success(request, _("This browser is told no more. It can be told again from its own page."))
    return redirect("contacts")


@require_POST
def contact_try(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A notification to one of one's own browsers, at once; the answer of its push service in words."""
    browser = _own(viewer_of(request), pk)
    if not cache.add(f"push-trial:{browser.pk}", value=True, timeout=TRIAL_EVERY):
        messages.info(request, _("One was sent a moment ago: wait ten seconds."))
        return redirect("contacts")
    done = asyncio.run(try_browser(browser, language=get_language() or "fr", clock=utc_now))
    if done.outcome is Outcome.HANDED_OVER:
        messages.success(request, _("Sent: it should be on that screen within seconds."))
    elif done.outcome is Outcome.GONE:
        drop_subscription(subscription=browser.pk, endpoint=browser.endpoint, now=utc_now())
        messages.warning(
            request, _("That browser is told no more: it has ended its notifications. Begin again from it.")
        )
    else:
        text = _("Its notification service did not take the message (%(code)s). Try again in a moment.")
        messages.error(request, text % {"code": done.fault})
    return redirect("contacts")


def _own(viewer: Viewer, pk: UUID) -> PushSubscription:
    browser = own_browsers(viewer).filter(pk=pk).first()
    if browser is None:
        raise Hidden
    return browser
