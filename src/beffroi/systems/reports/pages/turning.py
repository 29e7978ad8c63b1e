"""A report becomes a work order or an alarm: the acts of its page, and where a firm's desk lands that is asked for an order."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.turning import ask_order, drop_order, lower_alarm, raise_alarm
from beffroi.systems.reports.forms.turning import OrderAskForm, SureForm
from beffroi.systems.reports.pages.asking import Act, Asked, Doable
from beffroi.systems.reports.queries.desk import Part
from beffroi.systems.reports.queries.reports import visible
from beffroi.systems.reports.queries.turning import (
    alarm_of,
    firms_for,
    order_waits,
    orders_on,
    own_order_address,
    wanted_from,
)
from beffroi.systems.reports.rules import SYSTEM


@require_GET
def order_wanted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where an alert leads that asks a firm for a work order: its desk to the order's form, anybody else to the report."""
    viewer = viewer_of(request)
    asked = wanted_from(viewer, pk)
    if asked is not None and is_switched_on(authority=asked.authority_id, system=SYSTEM):
        address = own_order_address(viewer, asked.report)
        if address:
            return redirect(address)
    if not visible(viewer).filter(pk=pk).exists():
        raise Hidden
    return redirect("report", pk=pk)


def _order_form(asked: Asked) -> OrderAskForm:
    return OrderAskForm(asked.data, firms=firms_for(asked.report, asked.viewer.as_of))


def _ask(asked: Asked, form: OrderAskForm) -> str:
    data = form.cleaned_data
    done = ask_order(
        report=asked.report,
        organisation=UUID(data["firm"]),
        text=data["text"],
        by=asked.viewer.person,
        now=utc_now(),
    )
    return _("The firm’s desk is asked for a work order.") if done else _("A work order is asked for already.")


def _drop(asked: Asked, _form: SureForm) -> str:
    done = drop_order(report=asked.report, by=asked.viewer.person, now=utc_now())
    return _("No work order is asked for any more.") if done else _("The work order was given meanwhile.")


def _raise(asked: Asked, _form: SureForm) -> str:
    raise_alarm(report=asked.report, by=asked.viewer.person, now=utc_now())
    return _("The alarm is raised: those who keep watch are told.")


def _lower(asked: Asked, _form: SureForm) -> str:
    alert = alarm_of(asked.viewer, asked.report)
    if alert is None:
        return _("The alarm was over already.")
    lower_alarm(report=asked.report, alert=alert.pk, by=asked.viewer.person, now=utc_now())
    return _("The alarm is lowered. The report goes on.")


def _town(part: Part) -> bool:
    return part.town


def _may_be_asked(asked: Asked) -> bool:
    return (
        asked.is_open
        and orders_on(asked.report) is not None
        and not order_waits(asked.report)
        and bool(firms_for(asked.report, asked.viewer.as_of))
    )


TURNS: dict[str, Doable] = {
    "order": Act(_order_form, _ask, _town, _may_be_asked),
    "order-drop": Act(
        lambda asked: SureForm(asked.data), _drop, _town, lambda asked: asked.is_open and order_waits(asked.report)
    ),
    "alarm": Act(
        lambda asked: SureForm(asked.data),
        _raise,
        _town,
        lambda asked: asked.is_open and alarm_of(asked.viewer, asked.report) is None,
    ),
    "calm": Act(
        lambda asked: SureForm(asked.data),
        _lower,
        _town,
        lambda asked: asked.is_open and alarm_of(asked.viewer, asked.report) is not None,
    ),
}
