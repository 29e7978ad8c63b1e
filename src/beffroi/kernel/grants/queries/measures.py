"""Rights that wait for their signature, as they are measured."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.models import Grant, GrantState
from beffroi.persistence.queues import Queue, Standing, register_queue


def unsigned(now: datetime) -> Standing:
    """Those whose holder has a phone: the others wait for somebody to take one, not for us."""
    rows = Grant.objects.filter(state=GrantState.ASKED, key__isnull=False, key__revoked_at__isnull=True, ends__gt=now)
    found = rows.aggregate(waiting=Count("pk"), since=Min("asked_at"))
    return Standing(found["waiting"], found["since"])


def register() -> None:
    """Its queue."""
    register_queue(Queue("rights", _("Rights to sign"), unsigned, timedelta(minutes=2), "minter"))
