"""Screens of the authority: the list, pairing one, removing one."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.screens.actions import Refusal, pair_screen, revoke_screen
from beffroi.kernel.screens.forms import PairingForm
from beffroi.kernel.screens.queries import visible_screens
from beffroi.kernel.screens.registry import KEEPERS, keeps_screens
from beffroi.kernel.screens.rules import SESSION_LASTS
from beffroi.kernel.territory.queries.authorities import visible_authorities
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of

A_PAGE = 50


@require_GET
def screen_list(request: HttpRequest) -> HttpResponse:
    """Those in use, and when each was last seen."""
    viewer = _keeper(request)
    page = Paginator(visible_screens(viewer), A_PAGE).get_page(request.GET.get("page"))
    awake = utc_now() - SESSION_LASTS
    several = len(viewer.authorities(*KEEPERS)) > 1
    return render(request, "screens/list.html", {"page": page, "awake": awake, "several": several})


@require_http_methods(["GET", "POST"])
def screen_add(request: HttpRequest) -> HttpResponse:
    """Enter the code that a screen shows; the QR code on it leads here with its code filled in."""
    viewer = _keeper(request)
    authorities = visible_authorities(viewer).filter(pk__in=viewer.authorities(*KEEPERS))
    form = PairingForm(
        request.POST or None,
        authorities=[(row.pk, row.name) for row in authorities],
        initial={"code": request.GET.get("code", "")[:20]},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done = pair_screen(
            authority=form.authority(), code=given["code"], name=given["name"], now=utc_now(), by=viewer.known_person
        )
        if not isinstance(done, Refusal):
            messages.success(request, _("The screen is paired: it shows the console within seconds."))
            return redirect("screens")
        if done is Refusal.NAME:
            form.add_error("name", _("Another screen bears this name."))
        else:
            form.add_error("code", _("No screen shows this code now. A code lasts ten minutes: read it again."))
    return render(request, "screens/add.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def screen_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A screen shows nothing any more."""
    viewer = _keeper(request)
    row = visible_screens(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    revoke_screen(screen=row, now=utc_now(), by=viewer.known_person)
    messages.success(
        request,
        _("%(name)s shows nothing any more. To use it again, enter the code that it shows.") % {"name": row.name},
    )
    return redirect("screens")


def _keeper(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    if not keeps_screens(viewer):
        raise Hidden
    return viewer
