"""What a technician sees in front of a cabinet, and the receipt of what happened there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from beffroi.kernel.grants import queries as grants

# from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.lib.viewer import Role
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.cabinets.queries import cabinet_by_code, visible_uses


@require_GET
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
        "orders": grants.usable_tokens(viewer, resource=row.lock_id) if row.lock_id else [],
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
    return render(
        request,
        "cabinets/use.html",
        {"use": use, "people": grants.names_of_own_people(viewer, [use.person] if use.person else [])},
    )
