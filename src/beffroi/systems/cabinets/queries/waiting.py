"""What cabinets ask of a viewer today: the orders that a technician carries."""

from datetime import timedelta

from django.urls import reverse
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import ngettext

from beffroi.kernel.grants.queries import visible_grants
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting
from beffroi.systems.cabinets.rules import SYSTEM


def orders_waiting(viewer: Viewer) -> list[Waiting]:
    """How many work orders are the viewer's own today, begun or to begin."""
    if not viewer.organisations_as(Role.TECHNICIAN):
        return []
    midnight = localtime(viewer.as_of).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    own = visible_grants(viewer).filter(
        convention__system=SYSTEM,
        holder_id=viewer.person,
        starts__lt=midnight,
        ends__gt=viewer.as_of,
        closed_at__isnull=True,
    )
    count = own.count()
    text = ngettext("%(n)s work order today", "%(n)s work orders today", count)
    return [Waiting(text % {"n": localize(count)}, reverse("orders"), "grant")] if count else []
