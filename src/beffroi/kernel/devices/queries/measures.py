"""Devices by their health, and what of their events is still to be done, as they are measured."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.devices.models import Condition, ConditionState, DeviceState, SinkTask
from beffroi.persistence.queues import Queue, Standing, register_queue


def unhandled(now: datetime) -> Standing:
    """What a system must do for an event, and is due."""
    found = SinkTask.objects.filter(due_at__lte=now).aggregate(waiting=Count("pk"), since=Min("due_at"))
    return Standing(found["waiting"], found["since"])


def healths() -> Mapping[str, int]:
    """How many devices in service are in each state, of the whole installation: "well", "late", "down"."""
    rows = Condition.objects.filter(device__state=DeviceState.COMMISSIONED).values_list("state").annotate(Count("pk"))
    return dict.fromkeys(ConditionState.values, 0) | dict(rows.order_by("state"))


def register() -> None:
    """Its queue."""
    register_queue(Queue("events", _("Events of devices to act upon"), unhandled, timedelta(minutes=2), "worker"))
