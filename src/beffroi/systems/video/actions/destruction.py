"""Destroying viewings and requests whose time is over. Retention decides which, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.persistence.acts import kernel_action
from beffroi.systems.video.models import Mark, Request, Viewing
from beffroi.systems.video.rules import Alarm


@kernel_action
def destroy_viewings(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy viewings with what was marked on them."""
    Mark.objects.filter(viewing_id__in=keys).delete()
    _all, by_model = Viewing.objects.filter(pk__in=keys).delete()
    return by_model.get(Viewing._meta.label, 0)


@kernel_action
def destroy_requests(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy requests; those that went on from one of them stand alone afterwards, and nobody is asked to justify one any more."""
    destroyed = Request.objects.filter(pk__in=keys, justified_at__isnull=True, unconfirmed_at__isnull=False)
    for authority, pk in destroyed.values_list("authority", "pk"):
        end_alert(authority=authority, kind=Alarm.JUSTIFICATION, subject=pk, reason="destroyed", now=now, by=by)
    Request.objects.filter(earlier__in=[UUID(key) for key in keys]).update(earlier=None)
    _all, by_model = Request.objects.filter(pk__in=keys).delete()
    return by_model.get(Request._meta.label, 0)
