"""Reads of reports, by viewer: what each may see of which."""

from collections.abc import Collection, Iterator, Mapping
from math import cos, radians
from typing import Final
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet
from django.urls import reverse

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.registry import Named
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.layers import Feature, Severity
from beffroi.systems.reports.models import STAGE_LABELS, Category, Follower, Line, Photo, Report
from beffroi.systems.reports.rules import NEAR_METRES, OpenTo, PhotoState, Priority, Stage, reference_of

METRES_A_DEGREE = 111_320.0
_ANY: Final = UUID(int=0)
HANDLING = (Role.AGENT, Role.ADMINISTRATOR)
READING = (*HANDLING, Role.OFFICIAL, Role.OPERATOR)
# Public pages show a report whose category is public, and which isn't joined to another.
PUBLIC = Q(category__public=True) & ~Q(stage=Stage.MERGED.value)


def in_hand(viewer: Viewer) -> Q:
    """Those handed to an organisation at whose desk the viewer sits, whose category a convention in force with it covers."""
    desks = viewer.organisations_as(Role.DISPATCHER)
    if not desks:
        return Q(pk__in=[])
    covered = grants.covered_resources(grants.conventions_of_partners(viewer, organisations=desks))
    return Q(organisation_id__in=desks, category_id__in=covered)


def handled(viewer: Viewer) -> QuerySet[Report]:
    """What the viewer may act on: all of their authority's, and what was handed to their desk."""
    return _rows(Q(authority_id__in=viewer.authorities(*HANDLING)) | in_hand(viewer))


def visible(viewer: Viewer) -> QuerySet[Report]:
    """What the viewer may read whole: what they handle, their authority's, and what they reported themselves."""
    mine = Q(author_id=viewer.person) if viewer.person else Q(pk__in=[])
    return _rows(Q(authority_id__in=viewer.authorities(*READING)) | in_hand(viewer) | mine)


def published(authority: UUID) -> QuerySet[Report]:
    """What anybody may see of an authority's reports: no name, no text that is held, no photo that isn't checked."""
    return _rows(Q(authority_id=authority) & PUBLIC)


def seen(viewer: Viewer, authority: UUID) -> QuerySet[Report]:
    """What of an authority's reports the viewer may see, whole or as anybody."""
    theirs = visible(viewer).filter(authority_id=authority)
    return _rows(Q(authority_id=authority) & (PUBLIC | Q(pk__in=theirs.values("pk"))))


def _rows(condition: Q) -> QuerySet[Report]:
    rows = Report.objects.filter(condition).select_related("authority", "category", "organisation", "team")
    return rows.order_by("-since", "-id")


def shown_photos(reports: Collection[UUID], *, whole: bool) -> QuerySet[Photo]:
    """Their photos in order: all that can be shown at all, or only the checked ones."""
    states = (PhotoState.CHECKED, PhotoState.WAITING, PhotoState.REFUSED) if whole else (PhotoState.CHECKED,)
    return Photo.objects.filter(report_id__in=reports, state__in=[state.value for state in states]).order_by(
        "report_id", "position"
    )


def thread(report: Report, *, staff: bool, whole: bool) -> QuerySet[Line]:
    """Its lines in order: private ones for whoever handles it, held ones for whoever reads it whole."""
    rows = (
        Line.objects.filter(report=report)
        .select_related("author", "organisation", "photo", "team")
        .order_by("at", "id")
    )
    rows = rows if staff else rows.filter(public=True)
    return rows if whole else rows.filter(held=False)


def categories_of(authority: UUID) -> QuerySet[Category]:
    """The kinds of faults that an authority takes, in their order."""
    rows = Category.objects.filter(authority_id=authority, retired_at__isnull=True)
    return rows.order_by("group", "order", "label")


def reportable(viewer: Viewer, authority: UUID) -> QuerySet[Category]:
    """Those that this viewer may report."""
    open_to = [OpenTo.ANYBODY.value]
    if not viewer.anonymous:
        open_to.append(OpenTo.ACCOUNTS.value)
    if authority in viewer.authorities():
        open_to.append(OpenTo.OFFICIALS.value)
    return categories_of(authority).filter(open_to__in=open_to)


def similar(
    viewer: Viewer, *, authority: UUID, category: UUID, position: Position, asset: UUID | None = None, most: int = 5
) -> list[Report]:
    """Open reports that the viewer may see of the same thing, whatever its fault, then of the same kind close by, the nearest first: what
    "me too" is offered for.
    """
    same = list(seen(viewer, authority).filter(asset=asset, closed_at__isnull=True)[:most]) if asset else []
    high = NEAR_METRES / METRES_A_DEGREE
    wide = high / max(cos(radians(position.latitude)), 0.01)
    rows = seen(viewer, authority).filter(
        category_id=category,
        closed_at__isnull=True,
        latitude__range=(position.latitude - high, position.latitude + high),
        longitude__range=(position.longitude - wide, position.longitude + wide),
    )
    near = [(position.metres_to(Position(row.latitude, row.longitude)), row) for row in rows]
    found = sorted((one for one in near if one[0] <= NEAR_METRES), key=lambda one: one[0])
    there = {row.pk for row in same}
    return [*same, *(row for _metres, row in found if row.pk not in there)][:most]


def follows(viewer: Viewer, reports: Collection[UUID]) -> frozenset[UUID]:
    """Those of them that the viewer follows."""
    if viewer.person is None:
        return frozenset()
    rows = Follower.objects.filter(report_id__in=reports, person_id=viewer.person, stopped_at__isnull=True)
    return frozenset(rows.values_list("report_id", flat=True))


def name_reports(viewer: Viewer, identifiers: Collection[UUID]) -> Mapping[UUID, Named]:
    """For the register's pages."""
    rows = visible(viewer).filter(pk__in=list(identifiers))
    return {row.pk: Named(row.reference, reverse("report", args=[row.pk])) for row in rows}


def name_categories(viewer: Viewer, identifiers: Collection[UUID]) -> Mapping[UUID, Named]:
    """For the register's pages."""
    rows = Category.objects.filter(pk__in=list(identifiers), authority_id__in=viewer.authorities())
    return {row.pk: Named(row.label) for row in rows}


def covered_things(authority: UUID) -> QuerySet[Model]:
    """What a convention on reports may cover: the kinds of faults that a partner sees to."""
    rows = Category.objects.filter(authority_id=authority, retired_at__isnull=True)
    return rows.annotate(resource=F("pk"), called=F("label"), place=F("what_next"))


def on_the_map(viewer: Viewer, only: frozenset[UUID] | None) -> Iterator[Feature]:
    """Open reports that the viewer reads whole, as points of the console's map."""
    # Thousands at once: plain values, and neither a word nor an address made twice.
    words = {value: str(label) for value, label in STAGE_LABELS}
    before, after = reverse("report", args=[_ANY]).split(str(_ANY))
    rows = visible(viewer).filter(closed_at__isnull=True).select_related(None).order_by()
    found = rows if only is None else rows.filter(pk__in=only)
    for pk, number, since, longitude, latitude, label, due_at, priority, stage in found.values_list(
        "pk", "number", "since", "longitude", "latitude", "category__label", "due_at", "priority", "stage"
    ):
        severity = Severity.WARNING if due_at <= viewer.as_of else Severity.CALM
        yield Feature(
            id=pk,
            longitude=longitude,
            latitude=latitude,
            label=f"{reference_of(since, number)} {label}",
            severity=Severity.ALARM if priority == Priority.DANGER else severity,
            state=words[stage],
            href=f"{before}{pk}{after}",
        )
