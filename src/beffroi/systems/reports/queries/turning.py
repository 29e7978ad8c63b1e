"""What a report became: the work orders that firms were asked for because of it, the alarm that was raised."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from beffroi.kernel.alerts.queries.alerts import visible_alerts
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.things import PICKABLE, Linked, Orders
from beffroi.systems.reports.models import OrderAsked, Report
from beffroi.systems.reports.queries.desk import Part
from beffroi.systems.reports.queries.reports import visible
from beffroi.systems.reports.rules import OPEN, Alarm

if TYPE_CHECKING:
    from beffroi.kernel.alerts.models import Alert
    from beffroi.kernel.grants.models import Grant


def orders_on(report: Report) -> Orders | None:
    """How work orders are given on the kind of thing that a report is about, if they are."""
    kept = PICKABLE.get(report.asset_kind) if report.asset else None
    return kept.orders if kept else None


def firms_for(report: Report, as_of: datetime) -> list[tuple[str, str]]:
    """Firms whose desk may give a work order on what it is about."""
    orders = orders_on(report)
    found = orders.firms(report.authority_id, report.asset, as_of) if orders and report.asset else ()
    rows = concerned_organisations(report.authority_id, found) if found else []
    return [(str(row.pk), row.name) for row in rows if row.pk in found]


def order_waits(report: Report) -> bool:
    """Whether a firm is asked for one and hasn't given it yet."""
    return OrderAsked.objects.filter(report=report, given_at__isnull=True).exists()


def order_over(report: Report) -> bool:
    """Whether the last order that was given because of it is over, and none is asked for."""
    last = OrderAsked.objects.filter(report=report).order_by("-asked_at", "id").first()
    return last is not None and last.over_at is not None


def own_order_address(viewer: Viewer, report: Report) -> str:
    """Where the viewer's own desk gives a work order on what a report is about; empty where it may not."""
    orders, desks = orders_on(report), viewer.organisations_as(Role.DISPATCHER)
    if orders is None or report.asset is None or not desks:
        return ""
    may = desks & set(orders.firms(report.authority_id, report.asset, viewer.as_of))
    return orders.address(report.asset) if may else ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A work order that was asked for, as the report's page shows it; `href` leads to it for whoever may see it."""

    row: OrderAsked
    state: str
    tone: str
    href: str


def orders_of(viewer: Viewer, report: Report) -> list[Ordered]:
    """Those of a report, the latest first; for whoever handles it or reads it whole."""
    rows = list(
        OrderAsked.objects.filter(report=report).select_related("organisation", "report").order_by("-asked_at", "id")
    )
    orders = orders_on(report)
    given = {
        row.pk: row for row in grants.visible_grants(viewer).filter(pk__in=[row.grant for row in rows if row.grant])
    }
    return [_ordered(row, given.get(row.grant) if row.grant else None, orders, viewer.as_of) for row in rows]


def _ordered(row: OrderAsked, grant: "Grant | None", orders: Orders | None, as_of: datetime) -> Ordered:
    if row.given_at is None:
        waits = row.report.stage in OPEN
        return Ordered(
            row, _("asked for") if waits else pgettext("a work order", "not given"), "warn" if waits else "idle", ""
        )
    if grant is None:
        return Ordered(row, pgettext("a work order", "given"), "info", "")
    href = orders.page(grant.pk) if orders else ""
    if grant.closed_at is not None:
        return Ordered(row, pgettext("a work order", "closed"), "idle", href)
    if grant.ends <= as_of:
        return Ordered(row, pgettext("a work order", "over"), "idle", href)
    return Ordered(row, pgettext("a work order", "given"), "good", href)


def alarm_of(viewer: Viewer, report: Report) -> "Alert | None":
    """The alarm that was raised of it and is on, where the viewer sees alerts."""
    rows = visible_alerts(viewer).filter(authority_id=report.authority_id, kind=Alarm.SITUATION, subject=report.pk)
    return rows.filter(ended_at__isnull=True).first()


def turned(viewer: Viewer, report: Report, part: Part) -> dict[str, object]:
    """What its page shows of all that, to whoever handles it or reads it whole."""
    if not (part.handles or part.reads):
        return {}
    address = own_order_address(viewer, report) if part.handles and report.stage in OPEN else ""
    return {
        "orders": orders_of(viewer, report),
        "alarm": alarm_of(viewer, report),
        "order_address": address,
        "order_over": part.handles and report.stage in OPEN and order_over(report),
        "order_waits": part.town and report.stage in OPEN and order_waits(report),
    }


def wanted_from(viewer: Viewer, report: UUID) -> OrderAsked | None:
    """What the viewer's desk is asked for because of that report, while it is open."""
    desks = viewer.organisations_as(Role.DISPATCHER)
    rows = _open_ones(desks).filter(report=report)
    return rows.first()


def _open_ones(firms: Collection[UUID]) -> QuerySet[OrderAsked]:
    rows = OrderAsked.objects.filter(organisation_id__in=firms, given_at__isnull=True)
    return rows.filter(report__stage__in=OPEN).select_related("report__category")


def wanted(firms: Collection[UUID], thing: UUID) -> Sequence[str]:
    """Why these firms are asked for an order on a thing: the reference and the kind of fault; never who reported it."""
    return [f"{one.report.reference}, {one.report.category.label}" for one in _open_ones(firms).filter(asset=thing)[:5]]


def behind(viewer: Viewer, grant: UUID) -> Sequence[Linked]:
    """The reports that an order was given for, as far as the viewer sees them."""
    asked = OrderAsked.objects.filter(grant=grant).values("report")
    return [
        Linked(
            f"{row.category.label}, {row.reference}",
            reverse("report", args=[row.pk]),
            row.get_stage_display(),
            row.since,
        )
        for row in visible(viewer).filter(pk__in=asked)
    ]
