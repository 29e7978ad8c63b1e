"""Cabinets as anybody sees them in the street, for whoever reports a fault of one; and what others know of them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.urls import reverse

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.grants.queries.conventions import partners_covering
from beffroi.lib.viewer import Viewer
from beffroi.persistence.things import Box, Linked, Orders, Pickable, Standing, register_pickable
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.queries.cabinets import visible_cabinets
from beffroi.systems.cabinets.rules import SYSTEM, Ladder

KIND = "cabinet"


def within(authority: UUID, box: Box, most: int) -> Iterator[Standing]:
    """Those that stand there, the nearest to its middle first."""
    if not is_switched_on(authority=authority, system=SYSTEM):
        return
    rows = Cabinet.objects.filter(
        authority_id=authority,
        latitude__range=(box.south, box.north),
        longitude__range=(box.west, box.east),
    )
    north, east = F("latitude") - (box.south + box.north) / 2, F("longitude") - (box.west + box.east) / 2
    for pk, longitude, latitude, reference in rows.order_by(north * north + east * east, "id").values_list(
        "id", "longitude", "latitude", "reference"
    )[:most]:
        yield Standing(pk, KIND, longitude, latitude, reference)


def one(authority: UUID, thing: UUID) -> Standing | None:
    """That one."""
    if not is_switched_on(authority=authority, system=SYSTEM):
        return None
    row = Cabinet.objects.filter(authority_id=authority, pk=thing).first()
    return Standing(row.pk, KIND, row.longitude, row.latitude, row.reference) if row else None


def page(viewer: Viewer, thing: UUID) -> Linked | None:
    """Its page, for whoever sees it."""
    row = visible_cabinets(viewer).filter(pk=thing).first()
    return Linked(f"{row.reference} {row.address}", reverse("cabinet", args=[row.pk])) if row else None


def firms(authority: UUID, thing: UUID, as_of: datetime) -> Collection[UUID]:
    """Whose desk may give a work order for it: partners by a convention in force that covers its lock, unless it only observes."""
    rows = Cabinet.objects.filter(authority_id=authority, pk=thing, lock__isnull=False)
    row = rows.exclude(ladder=Ladder.OBSERVE.value).first()
    if row is None or row.lock_id is None or not is_switched_on(authority=authority, system=SYSTEM):
        return ()
    return partners_covering(authority=authority, resource=row.lock_id, as_of=as_of)


def order_address(thing: UUID) -> str:
    """Where a desk gives one."""
    return f"{reverse('order-add')}?cabinet={thing}"


def order_page(grant: UUID) -> str:
    """Where one is seen."""
    return reverse("order", args=[grant])


def register() -> None:
    """Called once, when the application is ready."""
    register_pickable(Pickable(KIND, within, one, page, Orders(firms, order_address, order_page)))
