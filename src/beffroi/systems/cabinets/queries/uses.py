"""What was done under a convention, for its page."""

from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from beffroi.kernel.grants.queries import rights_under
from beffroi.kernel.grants.rules import UseMade, Uses
from beffroi.lib.viewer import Viewer
from beffroi.systems.cabinets.models import Use
from beffroi.systems.cabinets.queries.cabinets import visible_cabinets, visible_uses
from beffroi.systems.cabinets.queries.words import reason_words


def uses_under(viewer: Viewer, convention: UUID, most: int) -> Uses:
    """Openings and refusals by rights given under it, of those that the viewer sees: the town all, a desk and a technician theirs."""
    rows = visible_uses(viewer).filter(grant__in=rights_under([convention]))
    counted = rows.order_by().aggregate(admitted=Count("pk", filter=Q(admitted=True)), every=Count("pk"))
    latest = list(rows[:most])
    seen = visible_cabinets(viewer).filter(pk__in={row.cabinet_id for row in latest})
    pages = {pk: reverse("cabinet", args=[pk]) for pk in seen.order_by().values_list("pk", flat=True)}
    return Uses(
        admitted=counted["admitted"],
        refused=counted["every"] - counted["admitted"],
        latest=tuple(_said(row, pages.get(row.cabinet_id, "")) for row in latest),
    )


def _said(row: Use, address: str) -> UseMade:
    """One of them, without whose hand it was."""
    return UseMade(
        at=row.at,
        called=row.cabinet.reference,
        organisation=row.organisation.name if row.organisation else "",
        words=_("opened") if row.admitted else _("refused: %(why)s") % {"why": reason_words(row.reason)},
        admitted=row.admitted,
        address=address,
    )
