"""What a phone asks in front of a cabinet."""

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Status

from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import Problem
from beffroi.systems.cabinets.queries.cabinets import doorstep, use_of_nonce
from beffroi.systems.cabinets.schemas import DoorRights, Receipt

router = Router(tags=["cabinets"])


@router.get("/holder/grants", response=DoorRights, summary="What the caller's phone may present to a lock")
def door_rights(request: HttpRequest, gate: UUID) -> DoorRights:
    """Roots, key set, the lock's certificate, the caller's capabilities (none is an empty list) and the revocation list: a phone keeps
    them for where there is no server.
    """
    found = doorstep(viewer_of(request), gate=gate)
    if found is None:
        raise Problem(404, "gate-unknown", _("No such cabinet for you."))
    return DoorRights.from_orm(found)


@router.get("/gates/{gate}/uses/{nonce}/receipt", response={200: Receipt, 202: Receipt}, summary="The receipt of a use")
def receipt(request: HttpRequest, gate: UUID, nonce: str) -> Status[Receipt]:
    """202 while the lock's event, or its entry's number, is still on its way."""
    use = use_of_nonce(viewer_of(request), gate=gate, nonce=nonce)
    if use is None:
        return Status(202, Receipt(ready=False, page="", file=""))
    ready = receipt_of(use.entry) is not None
    page, file = reverse("cabinet-use", args=[use.pk]), reverse("cabinet-use-receipt", args=[use.pk])
    return Status(200 if ready else 202, Receipt(ready=ready, page=page, file=file))
