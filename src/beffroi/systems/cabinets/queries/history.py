"""What happened to a cabinet, and who may know whose hand it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.grants import queries as grants
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.feeds import Happening
from beffroi.persistence.layers import Severity
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.queries.cabinets import MALICIOUS, desk_conventions, visible_uses
from beffroi.systems.cabinets.queries.words import cause_words, reason_words
from beffroi.systems.cabinets.rules import MALICE_EXPLAINED
from beffroi.systems.cabinets.rules import Happening as HappeningKind

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
    of_uses = visible_uses(viewer).in_bulk([pk for _at, pk, kind in rows if kind == USE])
    of_sensors = Occurrence.objects.select_related("organisation").in_bulk(
        [pk for _at, pk, kind in rows if kind != USE]
    )
    return page, [Line(at, of_uses.get(pk), of_sensors.get(pk)) for at, pk, _kind in rows]


def lately(viewer: Viewer, only: frozenset[UUID] | None, count: int) -> list[Happening]:
    """What happened last at the cabinets that the viewer follows, or what these identifiers stand for; it names nobody."""
    uses, found = visible_uses(viewer), _visible_occurrences(viewer)
    if only is not None:
        uses, found = uses.filter(pk__in=only), found.filter(pk__in=only)
    return [*map(_of_use, uses[:count]), *map(_of_sensors, found[:count])]


def _visible_occurrences(viewer: Viewer) -> QuerySet[Occurrence]:
    town = Q(authority_id__in=viewer.authorities())
    covered = grants.covered_resources(desk_conventions(viewer))
    rows = Occurrence.objects.filter(
        town | Q(cabinet__lock_id__in=covered) | Q(cabinet__contact__in=covered)
    ).select_related("cabinet")
    return rows.order_by("-since", "-sequence", "id")


def _of_use(use: Use) -> Happening:
    said = {"reference": use.cabinet.reference, "organisation": use.organisation.name if use.organisation else ""}
    if use.admitted:
        words, severity = _("%(reference)s opened (%(organisation)s)"), Severity.CALM
    else:
        words, severity = _("%(reference)s stayed shut: %(reason)s"), Severity.NOTICE
    said["reason"] = reason_words(use.reason)
    return Happening(use.pk, use.at, words % said, severity, reverse("cabinet-use", args=[use.pk]))


def _of_sensors(row: Occurrence) -> Happening:
    said = {"reference": row.cabinet.reference, "cause": cause_words(row.cause)}
    kind = HappeningKind(row.kind)
    words, severity = {
        HappeningKind.OPEN: (_("%(reference)s: door open"), Severity.CALM),
        HappeningKind.FORCED: (_("%(reference)s forced: %(cause)s"), Severity.ALARM),
        HappeningKind.UNIDENTIFIED: (_("%(reference)s: %(cause)s"), Severity.ALARM),
        HappeningKind.LATCH: (_("%(reference)s doesn’t lock: %(cause)s"), Severity.WARNING),
    }[kind]
    at = row.since
    if kind is HappeningKind.OPEN and row.ended_at:
        words, at = _("%(reference)s: door shut again"), row.ended_at
    elif kind is HappeningKind.UNIDENTIFIED and not row.malicious:
        words, severity = _("%(reference)s opened with no work order"), Severity.NOTICE
    return Happening(row.pk, at, words % said, severity, reverse("cabinet", args=[row.cabinet_id]))


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
    rows = Occurrence.objects.filter(MALICIOUS, cabinet_id=use.cabinet_id, since__lte=use.at + MALICE_EXPLAINED)
    return rows.filter(Q(ended_at__isnull=True) | Q(last_at__gte=use.at)).exists()


def name_of(person: UUID) -> str:
    """The name behind a use, for a viewer who may see it and whose look was put on the record."""
    return names([person]).get(person, "")
