"""Destroying reports whose time is over, and who was behind them before that. Retention decides which, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.persistence.acts import kernel_action
from beffroi.systems.reports.models import (
    Errand,
    Follower,
    Line,
    Notice,
    OrderAsked,
    OriginalRight,
    Photo,
    Push,
    Report,
)
from beffroi.systems.reports.rules import Stage


@kernel_action
def destroy_reports(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy reports with their threads; those that others were joined to go with the last of these. The
    worker takes the files within a day."""
    wanted = Report.objects.filter(pk__in=keys)
    needed = Report.objects.filter(into__in=wanted).exclude(pk__in=keys).values("into")
    gone = list(wanted.exclude(pk__in=needed).values_list("pk", flat=True))
    Notice.objects.filter(push__report_id__in=gone).delete()
    Line.objects.filter(report_id__in=gone).delete()
    OriginalRight.objects.filter(photo__report_id__in=gone).delete()
    OrderAsked.objects.filter(report_id__in=gone).delete()
    Push.objects.filter(report_id__in=gone).delete()
    Photo.objects.filter(report_id__in=gone).delete()
    Follower.objects.filter(report_id__in=gone).delete()
    Errand.objects.filter(report_id__in=gone).delete()
    Report.objects.filter(pk__in=gone, into__isnull=False).update(into=None, stage=Stage.DONE.value)
    _all, by_model = Report.objects.filter(pk__in=gone).delete()
    return by_model.get(Report._meta.label, 0)
