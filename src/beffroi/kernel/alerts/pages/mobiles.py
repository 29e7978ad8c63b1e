"""A number for text messages: typed, proven by the code that it received, given up; and where the address in a message leads."""

import asyncio
import secrets
from uuid import UUID, uuid4

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.alerts.actions.mobiles import Refused, ask_code, give_up_number, let_print, prove_number
from beffroi.kernel.alerts.forms.wishes import CodeForm, NumberForm
from beffroi.kernel.alerts.pages.contacts import contacts_page
from beffroi.kernel.alerts.queries.alerts import visible_alerts
from beffroi.kernel.alerts.queries.contacts import on_rosters, own_mobile, sms_is_configured
from beffroi.kernel.alerts.texts import send_code
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Outcome
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, for_another, viewer_of
from beffroi.protocol.v1.members import decode_bytes

A_MILLION = 1_000_000
# Codes of one address of the network in an hour, whoever asks: enough for a town hall, useless to make strangers' phones ring.
CODES_AN_HOUR = 30
UUID_BYTES = 16


@for_another
@require_POST
def number_ask(request: HttpRequest) -> HttpResponse:
    """A code is sent to the number; the page then asks for it."""
    if not sms_is_configured():
        raise Hidden
    form = NumberForm(request.POST)
    if not form.is_valid():
        return contacts_page(request, number_form=form)
    refused = _ask(request, form.cleaned_data["number"])
    if refused is not None:
        form.add_error("number", refused)
        return contacts_page(request, number_form=form)
    return redirect(f"{reverse('contacts')}#sms")


def _ask(request: HttpRequest, number: str) -> str | None:
    """Why no code left, in words; None when one did."""
    if not _room(request):
        return WORDS[Refused.TOMORROW]()
    person, code = viewer_of(request).known_person, f"{secrets.randbelow(A_MILLION):06d}"
    refused = ask_code(number=number, code=code, now=utc_now(), by=person)
    if refused is not None:
        return WORDS[refused]()
    text = _("%(code)s is your code for %(host)s. Type it there only.") % {"code": code, "host": request.get_host()}
    done = asyncio.run(send_code(number=number, text=text, identifier=str(uuid4()), clock=utc_now))
    if done.outcome is Outcome.HANDED_OVER:
        return None
    if done.outcome in (Outcome.GONE, Outcome.REFUSED):
        return _("The operator does not take this number. Check it.")
    return _("The SMS could not leave (%(code)s). Try again in a minute.") % {"code": done.fault}


def _room(request: HttpRequest) -> bool:
    slow: HttpResponse | None = ratelimit.consume_or_429(
        request, action="sms-code", config={"sms-code": f"{CODES_AN_HOUR}/h/ip"}
    )
    return slow is None


WORDS = {
    Refused.WAIT: lambda: _("A code left less than a minute ago. Wait for it, or ask again in a minute."),
    Refused.TOMORROW: lambda: _("Too many codes were asked for today. Try again tomorrow."),
    Refused.CEILING: lambda: _("This server has sent all the SMS that it may today. Try again tomorrow."),
    Refused.WRONG: lambda: _("This is not the code. Look at the last SMS."),
    Refused.OVER: lambda: _("This code holds no more. Ask for another."),
}


@for_another
@require_POST
def number_prove(request: HttpRequest) -> HttpResponse:
    """The code comes back: the number is told from now on."""
    form, viewer = CodeForm(request.POST), viewer_of(request)
    if form.is_valid():
        was_printed = _is_printed(viewer)
        refused = prove_number(code=form.cleaned_data["code"], now=utc_now(), by=viewer.known_person)
        if refused is None:
            messages.success(request, _("This number is yours: urgent alerts reach it by SMS."))
            if was_printed and not _is_printed(viewer):
                messages.warning(request, _still_on_paper())
            return redirect("contacts")
        form.add_error("code", WORDS[refused]())
    return contacts_page(request, code_form=form)


@for_another
@require_POST
def number_end(request: HttpRequest) -> HttpResponse:
    """The number is forgotten."""
    viewer = viewer_of(request)
    was_printed = _is_printed(viewer)
    if give_up_number(by=viewer.known_person):
        messages.success(request, _("The number is forgotten. You can give it again."))
        if was_printed:
            messages.warning(request, _still_on_paper())
    return redirect("contacts")


def _is_printed(viewer: Viewer) -> bool:
    mobile = own_mobile(viewer)
    return mobile is not None and mobile.printed


def _still_on_paper() -> str:
    return _("Sheets of the degraded mode printed before still bear the former number: have them taken down.")


@require_POST
def number_print(request: HttpRequest) -> HttpResponse:
    """Whether the number stands on the sheet of the degraded mode beside its owner's turns: theirs to say, under no mandate."""
    viewer, printed = viewer_of(request), request.POST.get("printed") == "yes"
    if not on_rosters(viewer) and printed:
        raise Hidden
    if let_print(printed=printed, by=viewer.known_person):
        said = (
            _(
                "Your number stands beside your turns from the next paper on, on the sheet of each authority whose roster has you."
            )
            if printed
            else _("Your number is on no new paper. Those printed before still bear it: have them taken down.")
        )
        messages.success(request, said)
    return redirect(f"{reverse('contacts')}#paper")


@require_GET
def notice_short(request: HttpRequest, code: str) -> HttpResponse:
    """The address that stands in a text message: the alert it spoke of, or all of them when they were several."""
    octets = decode_bytes(code)
    if octets is None or len(octets) != UUID_BYTES:
        raise Hidden
    notice = UUID(bytes=octets)
    rows = list(visible_alerts(viewer_of(request)).filter(notice_id=notice).values_list("pk", flat=True)[:2])
    if not rows:
        raise Hidden
    return redirect("alert", pk=rows[0]) if len(rows) == 1 else redirect(f"{reverse('alerts')}?notice={notice}")
