"""Programs that an authority has told of its alerts: for its administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.kernel.alerts.actions.contacts import Refusal, add_webhook, restore_webhook, retire_webhook
from beffroi.kernel.alerts.forms.webhooks import WebhookForm
from beffroi.kernel.alerts.models import Webhook
from beffroi.kernel.alerts.queries.contacts import administered_webhooks, programs
from beffroi.kernel.territory.queries.authorities import visible_authorities
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of


@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """Those there are, and the form of a new one, whose secret is shown once."""
    viewer = viewer_of(request)
    authorities = visible_authorities(viewer).filter(pk__in=viewer.authorities(Role.ADMINISTRATOR))
    if not authorities:
        raise Hidden
    form = WebhookForm(request.POST or None, authorities=[(row.pk, row.name) for row in authorities])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done = add_webhook(
            authority=form.authority(), name=given["name"], url=given["url"], by=viewer.known_person, now=utc_now()
        )
        if not isinstance(done, Refusal):
            return render(
                request, "alerts/webhook_secret.html", {"name": given["name"], "secret": done.secret}, status=201
            )
        form.add_error("url", _("This address can’t be reached from here: it must be public and begin with https://."))
    page = page_of(request, administered_webhooks(viewer))
    told = {"form": form, "page": page, "programs": programs(page), "several": len(authorities) > 1}
    return render(request, "alerts/webhooks.html", told, status=422 if form.errors else 200)


@require_POST
def webhook_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A program is told no more."""
    viewer = viewer_of(request)
    retire_webhook(webhook=_webhook(viewer, pk), by=viewer.known_person, now=utc_now())
    messages.success(request, _("This program is told no more. You can have it told again below."))
    return redirect("webhooks")


@require_POST
def webhook_restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A program is told again."""
    viewer = viewer_of(request)
    restore_webhook(webhook=_webhook(viewer, pk), by=viewer.known_person, now=utc_now())
    messages.success(request, _("This program is told again, with the secret it had."))
    return redirect("webhooks")


def _webhook(viewer: Viewer, pk: UUID) -> Webhook:
    row = administered_webhooks(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row
