"""What door contacts said and nobody has acted upon yet, as it is measured."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.contacts.models import ContactEvent
from beffroi.persistence.queues import Queue, Standing, register_queue


def unhandled(now: datetime) -> Standing:
    """Events that are due."""
    found = ContactEvent.objects.filter(handled_at__isnull=True, due_at__lte=now).aggregate(
        waiting=Count("pk"), since=Min("due_at")
    )
    return Standing(found["waiting"], found["since"])


def register() -> None:
    """Its queue."""
    register_queue(
        Queue("contacts", _("Events of door contacts to act upon"), unhandled, timedelta(minutes=2), "worker")
    )
