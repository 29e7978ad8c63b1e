"""What a technician sees in front of a cabinet, and the receipt of what happened there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.offline import kept_offline
from beffroi.systems.cabinets.actions.alarms import look_at_name
from beffroi.systems.cabinets.models import Use
from beffroi.systems.cabinets.queries.cabinets import cabinet_by_code, visible_uses
from beffroi.systems.cabinets.queries.history import may_see_name, name_of
from beffroi.systems.cabinets.queries.words import reason_words

# Refusals that have words of their own on the sticker's page; the others show their code.
REFUSALS = (
    "no-order",
    "too-early",
    "expired",
    "grant-revoked",
    "holder-revoked",
    "resource-not-granted",
    "action-not-granted",
    "transport-not-admitted",
    "revocations-old",
    "time-unknown",
    "grant-key",
    "convention-not-in-force",
    "internal",
)
ENROL = ("no-phone", "phone-other")
# What keeps a phone and a lock from speaking by Bluetooth: code, icon, word, what to do. Each can be tried again.
RADIO = (
    ("bluetooth-off", "phone", _("Bluetooth is off"), _("Turn it on, then try again.")),
    ("bluetooth-denied", "stop", _("Bluetooth isn’t allowed"), _("Allow it for this site in the browser’s settings.")),
    ("not-chosen", "locate", _("No lock chosen"), _("Stand by the door, then choose the lock in the list.")),
    ("out-of-reach", "locate", _("Too far away"), _("No link with the lock: come nearer and try again.")),
    ("hung-up", "offline", _("Cut off"), _("The link with the lock broke before it let you in. Try again.")),
    (
        "lock-silent",
        "offline",
        _("No answer"),
        _("The lock says nothing by Bluetooth. Try again; if it lasts, call the operator’s desk."),
    ),
    ("no-rights-kept", "grant", _("Not ready"), _("This phone took along no right for this lock.")),
)


@require_GET
@kept_offline
def door(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a sticker: one button. The lock decides; this page only shows the way."""
    viewer = viewer_of(request)
    row = cabinet_by_code(viewer, code)
    if row is None:
        raise Hidden
    technician = bool(viewer.organisations_as(Role.TECHNICIAN))
    context = {
        "cabinet": row,
        "technician": technician,
        "key": grants.live_key(viewer.known_person) if technician else None,
        "radio": RADIO,
        "enrol_reasons": ENROL,
        "refusals": [(code, reason_words(code)) for code in REFUSALS],
    }
    return render(request, "cabinets/door.html", context)


@require_GET
def use_receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt as a file; it verifies with no network."""
    use = visible_uses(viewer_of(request)).filter(pk=pk).first()
    receipt = receipt_of(use.entry) if use else None
    if use is None or receipt is None:
        raise Hidden
    response = HttpResponse(receipt.to_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="beffroi-{use.entry}.json"'
    return response


@require_GET
def use_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An opening or a refusal, its receipt, what the receipt proves and what it doesn't."""
    viewer = viewer_of(request)
    use = visible_uses(viewer).filter(pk=pk).first()
    if use is None:
        raise Hidden
    return _receipt_page(request, use)


@require_POST
def use_who(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same page with the name of who it was: asked for on purpose, and each look is an entry."""
    viewer = viewer_of(request)
    use = visible_uses(viewer).filter(pk=pk).first()
    if use is None or use.person is None or not may_see_name(viewer, use):
        raise Hidden
    look_at_name(use=use, by=viewer.known_person, now=utc_now())
    return _receipt_page(request, use, name=name_of(use.person))


def _receipt_page(request: HttpRequest, use: Use, *, name: str = "") -> HttpResponse:
    viewer = viewer_of(request)
    own = use.person is not None and use.person == viewer.person
    receipt = receipt_of(use.entry)
    origin = receipt.origin if receipt else ""
    keys = grants.checkpoint_keys(authority=use.authority_id, origin=origin, at=viewer.as_of) if receipt else []
    context = {
        "use": use,
        "own": own,
        "name": name,
        "may_look": not own and not name and may_see_name(viewer, use),
        "receipt": receipt,
        "keys": keys,
    }
    return render(request, "cabinets/use.html", context)


@require_GET
def door_typed(request: HttpRequest) -> HttpResponse:
    """The code of a sticker, typed by hand where no script runs."""
    code = slugify(request.GET.get("code", ""))
    return redirect("door", code=code) if code else redirect("orders")
