"""Two processes watch each other: the worker says that the alerter is dead, the alerter that the worker is; both say when it is back."""

from datetime import datetime
from uuid import UUID, uuid5

from beffroi.kernel.alerts.actions.delivery import write_to_all
from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.queries.watching import ALERTER_DOWN, WORKER_DOWN, standing
from beffroi.kernel.alerts.registry import Fact
from beffroi.kernel.territory.models import Authority
from beffroi.persistence.acts import kernel_action

# The process as the subject of an alert: the same in each authority, which all live off the one installation.
INSTALLATION = UUID("c0de0000-0000-4000-8000-000000000000")


@kernel_action
def watch_alerter(*, now: datetime) -> bool:
    """Look whether messages leave; returns whether they don't. Then every authority's administrators are told on their screens, and e-mails
    lie ready for the worker itself to send, since the alerter can't.
    """
    found = standing(now)
    if not found.trouble:
        _over(ALERTER_DOWN, now)
        return False
    for alert in _begun(ALERTER_DOWN, {"why": found.trouble, "queued": found.queued}, now):
        write_to_all(notice=alert.notice_id, now=now)
    return True


@kernel_action
def watch_worker(*, now: datetime) -> bool:
    """Look whether the worker lives and does its work; returns whether it doesn't, though it once did."""
    neglected = standing(now).worker
    if not neglected:
        _over(WORKER_DOWN, now)
        return False
    _begun(WORKER_DOWN, {"why": neglected}, now)
    return True


def _begun(kind: str, facts: dict[str, Fact], now: datetime) -> list[Alert]:
    """The alerts that begin now: one in each authority that has none."""
    there = Alert.objects.filter(kind=kind, ended_at__isnull=True).values("authority")
    authorities = Authority.objects.exclude(pk__in=there).order_by("id").values_list("id", flat=True)
    begun = [
        raise_alert(
            authority=authority,
            kind=kind,
            subject=uuid5(INSTALLATION, kind),
            resource=None,
            where=None,
            since=now,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
        )
        for authority in authorities
    ]
    return list(Alert.objects.filter(pk__in=begun).order_by("authority"))


def _over(kind: str, now: datetime) -> None:
    live = Alert.objects.filter(kind=kind, ended_at__isnull=True)
    for authority, subject in live.order_by("authority").values_list("authority", "subject"):
        end_alert(authority=authority, kind=kind, subject=subject, reason="back", now=now)
