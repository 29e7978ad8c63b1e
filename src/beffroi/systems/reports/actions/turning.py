"""A report becomes something else by one act: a work order that a firm is asked for, an alarm for those who keep watch."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.things import Ended, Given
from beffroi.systems.reports.actions.clock import tell
from beffroi.systems.reports.actions.making import show
from beffroi.systems.reports.errors import NotOpen
from beffroi.systems.reports.models import Line, OrderAsked, Report
from beffroi.systems.reports.rules import OPEN, Alarm

ORDER_OVER: Final = "reports.order-over"


def _locked(report: Report) -> Report:
    """The row as it is now. Raises NotOpen."""
    rows = Report.objects.select_for_update(of=("self",)).select_related("category")
    row = rows.filter(authority_id=report.authority_id, pk=report.pk, stage__in=OPEN).first()
    if row is None:
        raise NotOpen
    return row


def _line(row: Report, kind: str, organisation: UUID | None, by: UUID | None, now: datetime, *, text: str = "") -> None:
    """A line of the thread for those who handle it."""
    Line.objects.create(
        authority_id=row.authority_id,
        report=row,
        at=now,
        kind=kind,
        public=False,
        text=text,
        author_id=by,
        organisation_id=organisation,
    )
    row.changed_at = now
    row.save(update_fields=["changed_at"])
    show(report=row)


@system_action
def ask_order(*, report: Report, organisation: UUID, text: str, by: UUID | None, now: datetime) -> bool:
    """Ask a firm's desk for a work order on the thing that it is about: the desk is told, and chooses who goes. False when one is asked
    for already. Raises NotOpen.
    """
    row = _locked(report)
    if row.asset is None:
        raise NotOpen
    if OrderAsked.objects.filter(report=row, given_at__isnull=True).exists():
        return False
    OrderAsked.objects.create(
        authority_id=row.authority_id,
        report=row,
        organisation_id=organisation,
        asset_kind=row.asset_kind,
        asset=row.asset,
        asked_at=now,
        asked_by=by,
    )
    _line(row, "order-asked", organisation, by, now, text=text.strip())
    fields = {"report": row.pk, "organisation": organisation, "thing": row.asset}
    record(kind="report.order-asked", authority=row.authority_id, by=by, fields=fields, now=now)
    tell(report=row, alarm=Alarm.ORDER, now=now, organisation=organisation, by=by)
    return True


@system_action
def drop_order(*, report: Report, by: UUID | None, now: datetime) -> bool:
    """It is asked for no more. False when it was given meanwhile, or nobody had asked. Raises NotOpen."""
    row = _locked(report)
    asked = OrderAsked.objects.filter(report=row, given_at__isnull=True).first()
    if asked is None:
        return False
    asked.delete()
    _line(row, "order-dropped", asked.organisation_id, by, now)
    fields = {"report": row.pk, "organisation": asked.organisation_id, "thing": asked.asset}
    record(kind="report.order-dropped", authority=row.authority_id, by=by, fields=fields, now=now)
    end_alert(authority=row.authority_id, kind=Alarm.ORDER, subject=row.pk, reason="dropped", now=now, by=by)
    return True


@kernel_action
def answer_orders(*, given: Given, by: UUID | None, now: datetime) -> None:
    """A firm gave the order that it was asked for: whoever asked reads so. Nobody waits for one because of a report that was closed. Part
    of the act that gives it.
    """
    asked = OrderAsked.objects.filter(
        authority_id=given.authority, organisation_id=given.firm, asset=given.thing, given_at__isnull=True
    )
    # Reports first, as whoever asks for it no more: neither waits for the other for ever.
    reports = Report.objects.select_for_update(of=("self",)).filter(stage__in=OPEN, pk__in=asked.values("report"))
    for row in reports.order_by("since", "id"):
        order = asked.filter(report=row).first()
        if order is None:
            continue
        order.grant, order.given_at = given.grant, now
        order.save(update_fields=["grant", "given_at"])
        _line(row, "ordered", given.firm, by, now)
        fields = {"report": row.pk, "organisation": given.firm, "thing": given.thing}
        record(kind="report.ordered", authority=given.authority, by=by, fields=fields, grant=given.grant, now=now)
        end_alert(authority=given.authority, kind=Alarm.ORDER, subject=row.pk, reason="ordered", now=now, by=by)
        _until(order, given.ends, now)


def _until(order: OrderAsked, ends: datetime, now: datetime) -> None:
    """Its report is told when its time is over. The kernel makes a promise shorter by the demonstration's pace; this time is real."""
    promise = (ends - now) * settings.BEFFROI_PACE
    set_deadline(kind=ORDER_OVER, authority=order.authority_id, subject=order.pk, since=now, promise=promise)


@kernel_action
def close_orders(*, ended: Ended, by: UUID | None, now: datetime) -> None:
    """An order ended before its time: whoever asked for it reads so. One in whose place a shorter one is goes on in that. Part of the act
    that ends it.
    """
    given = OrderAsked.objects.filter(authority_id=ended.authority, grant=ended.grant, over_at__isnull=True)
    for order in given.order_by("asked_at", "id"):
        meet_deadline(kind=ORDER_OVER, authority=order.authority_id, subject=order.pk, at=now)
        if ended.instead is not None and ended.until is not None:
            given.filter(pk=order.pk).update(grant=ended.instead)
            _until(order, ended.until, now)
        else:
            _over(order, "order-closed", by, now)


@kernel_action
def tell_order_over(*, authority: UUID, order: UUID, now: datetime) -> None:
    """The time of an order that was given because of a report has passed: whoever asked for it reads so."""
    row = OrderAsked.objects.filter(authority_id=authority, pk=order).first()
    if row is not None:
        _over(row, "order-over", None, now)


def _over(order: OrderAsked, kind: str, by: UUID | None, now: datetime) -> None:
    """A report that is closed waits for no order: nothing more is said of it."""
    row = Report.objects.select_for_update(of=("self",)).get(authority_id=order.authority_id, pk=order.report_id)
    if OrderAsked.objects.filter(pk=order.pk, over_at__isnull=True).update(over_at=now) and row.stage in OPEN:
        _line(row, kind, order.organisation_id, by, now)


@system_action
def raise_alarm(*, report: Report, by: UUID | None, now: datetime) -> UUID:
    """Those who keep watch are told, once while it is open: it is more than a fault. Returns the alert. Raises NotOpen."""
    row = _locked(report)
    alert = tell(report=row, alarm=Alarm.SITUATION, now=now, by=by)
    _line(row, "alarmed", None, by, now)
    fields: dict[str, str | UUID] = {"report": row.pk, "alert": alert, "state": "raised"}
    record(kind="report.alarm-set", authority=row.authority_id, by=by, fields=fields, now=now)
    return alert


@system_action
def lower_alarm(*, report: Report, alert: UUID, by: UUID | None, now: datetime) -> bool:
    """It was no alarm after all, or is one no more; the report goes on. False when it was over already. Raises NotOpen."""
    row = _locked(report)
    kind = Alarm.SITUATION
    if not end_alert(authority=row.authority_id, kind=kind, subject=row.pk, reason="lowered", now=now, by=by):
        return False
    _line(row, "calmed", None, by, now)
    fields: dict[str, str | UUID] = {"report": row.pk, "alert": alert, "state": "lowered"}
    record(kind="report.alarm-set", authority=row.authority_id, by=by, fields=fields, now=now)
    return True
