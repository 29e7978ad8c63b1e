"""Asking whether somebody wants to be told on this device: only once something useful was done, and never again after a no."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from beffroi.kernel.alerts.queries.contacts import own_browsers, push_key, sms_is_configured
from beffroi.lib.viewer import Viewer

USEFUL: Final = "alerts.useful"
# The answer belongs to the device that was asked, whoever uses it: another of theirs may be asked.
LATER: Final = "beffroi_later"
A_YEAR: Final = 31_536_000


def note_useful(request: HttpRequest) -> None:
    """Something useful was done: the next page may ask."""
    request.session[USEFUL] = True


def invitation(request: HttpRequest, viewer: Viewer) -> dict[str, object]:
    """What a page's template needs to ask, once; nothing when there is no reason to."""
    if viewer.agent is not None or not request.session.pop(USEFUL, False) or LATER in request.COOKIES:
        return {"invite": False}
    key = push_key()
    if key is None or own_browsers(viewer).exists():
        return {"invite": False}
    return {"invite": True, "push_key": key, "browsers": [], "sms": sms_is_configured()}


@require_POST
def later(request: HttpRequest) -> HttpResponse:
    """No: it is remembered, and the other ways are shown."""
    messages.info(request, _("You will not be asked again on this device. Here are the other ways to be told."))
    answer = redirect(f"{reverse('contacts')}#{'sms' if sms_is_configured() else 'mail'}")
    answer.set_cookie(LATER, "1", max_age=A_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True)
    return answer
