"""Messages that wait to be handed over, as they are measured."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.queries.watching import queued
from beffroi.persistence.queues import Queue, Standing, register_queue


def due(now: datetime) -> Standing:
    """Those that are due, by every way but screens."""
    return Standing(*queued(now))


def register() -> None:
    """Its queue."""
    register_queue(Queue("messages", _("Messages to hand over"), due, timedelta(minutes=2), "alerter"))
