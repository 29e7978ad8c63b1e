"""What happened to a cabinet, and who may know whose hand it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Q, Value

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.grants import queries as grants
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.queries.cabinets import desk_conventions, visible_uses
from beffroi.systems.cabinets.rules import MALICE_EXPLAINED, MALICIOUS

USE, OCCURRENCE = "use", "occurrence"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history: an opening or a refusal, or something that the sensors told."""

    at: datetime
    use: Use | None
    occurrence: Occurrence | None


def history(viewer: Viewer, cabinet: Cabinet, *, number: str | None, size: int) -> tuple[Page[object], list[Line]]:
    """A page of what the viewer may know of a visible cabinet, the latest first, and its lines."""
    uses = visible_uses(viewer).filter(cabinet=cabinet).order_by()
    found = Occurrence.objects.filter(cabinet=cabinet)
    if not _follows(viewer, cabinet):
        found = found.none()
    kind = CharField()
    both = uses.values_list("at", "pk", Value(USE, output_field=kind)).union(
        found.values_list("since", "pk", Value(OCCURRENCE, output_field=kind)), all=True
    )
    page = Paginator(both.order_by("-at", "pk"), size).get_page(number)
    rows = list(page.object_list)
    of_uses = visible_uses(viewer).in_bulk([pk for _, pk, kind in rows if kind == USE])
    of_sensors = Occurrence.objects.select_related("organisation").in_bulk([pk for _, pk, kind in rows if kind != USE])
    return page, [Line(at, of_uses.get(pk), of_sensors.get(pk)) for at, pk, _ in rows]


def _follows(viewer: Viewer, cabinet: Cabinet) -> bool:
    """The authority's people and a desk under a convention in force; a technician sees their own acts only."""
    return cabinet.authority_id in viewer.authorities() or bool(viewer.organisations_as(Role.DISPATCHER))


def may_see_name(viewer: Viewer, use: Use) -> bool:
    """Oneself; the person's firm; the convention's desk; and for a malicious act near it, whoever keeps watch for the authority."""
    if use.person is None:
        return False
    if use.person == viewer.person or use.organisation_id in viewer.organisations_as(Role.DISPATCHER):
        return True
    if use.grant and grants.rights_under(desk_conventions(viewer)).filter(pk=use.grant).exists():
        return True
    return use.authority_id in viewer.authorities(Role.OPERATOR) and _near_malice(use)


def _near_malice(use: Use) -> bool:
    rows = Occurrence.objects.filter(
        cabinet_id=use.cabinet_id, kind__in=MALICIOUS, since__lte=use.at + MALICE_EXPLAINED
    )
    return rows.filter(Q(ended_at__isnull=True) | Q(last_at__gte=use.at)).exists()


def name_of(person: UUID) -> str:
    """The name behind a use, for a viewer who may see it and whose look was put on the record."""
    return names([person]).get(person, "")
