"""The browsers that hold a key of somebody's, for their owner."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.grants.actions.browsers import revoke_browser
from beffroi.kernel.grants.queries import live_browsers
from beffroi.kernel.grants.queries.parties import own_designations
from beffroi.kernel.grants.rules import BROWSER_KEY_LIFE
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of


@require_GET
def my_browsers(request: HttpRequest) -> HttpResponse:
    """Browsers whose keys live, for whoever has one or was designated to ask with one."""
    viewer = viewer_of(request)
    rows = live_browsers(viewer.known_person, viewer.as_of)
    if not rows and not own_designations(viewer).exists():
        raise Hidden
    browsers = [(row, row.enrolled_at + BROWSER_KEY_LIFE) for row in rows]
    return render(request, "grants/browsers.html", {"browsers": browsers})


@require_POST
def browser_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A browser that was left or lost: its key and its rights end."""
    viewer = viewer_of(request)
    row = next((each for each in live_browsers(viewer.known_person, viewer.as_of) if each.pk == pk), None)
    if row is None:
        raise Hidden
    if revoke_browser(person=viewer.known_person, thumbprint=row.thumbprint, by=viewer.person, now=utc_now()):
        messages.success(request, _("This browser is yours no more. What it showed is closed."))
    return redirect("my-browsers" if own_designations(viewer).exists() else "home")
