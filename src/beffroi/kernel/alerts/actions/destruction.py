"""Destroying what alerts left behind when its time is over. Retention decides what, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from beffroi.kernel.alerts.models import (
    Alert,
    Audience,
    AudienceMember,
    Delivery,
    Mobile,
    Notice,
    NoticeStep,
    Policy,
    PolicyStep,
    Preference,
    PushSubscription,
    RosterSlot,
    RosterSwap,
)
from beffroi.persistence.acts import kernel_action


@kernel_action
def destroy_notices(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy notices with their alerts, steps and what is left of their deliveries."""
    notices = [UUID(key) for key in keys]
    for tables in (Delivery, Alert, NoticeStep):
        tables.objects.filter(notice__in=notices).delete()
    _all, by_model = Notice.objects.filter(pk__in=notices).delete()
    return by_model.get(Notice._meta.label, 0)


@kernel_action
def forget_takers(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget who took these alerts; that somebody did is in the register for its own time."""
    return Alert.objects.filter(pk__in=keys, taken_by__isnull=False).update(taken_by=None, taken_at=None)


@kernel_action
def forget_contacts(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """What goes with people who are forgotten: their phones, wishes, turns of duty, places in audiences."""
    people = [UUID(key) for key in keys]
    gone = 0
    for tables in (Preference, PushSubscription, Mobile, AudienceMember, RosterSlot):
        gone += tables.objects.filter(person__in=people).delete()[0]
    gone += RosterSwap.objects.filter(Q(leaves__in=people) | Q(takes__in=people)).delete()[0]
    return gone


@kernel_action
def destroy_audiences(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """What goes with conventions: their audiences and policies. Alerts that outlive them no longer say under which they were."""
    conventions = [UUID(key) for key in keys]
    for tables in (Alert, Notice):
        tables.objects.filter(convention__in=conventions).update(convention=None)
    audiences = list(Audience.objects.filter(convention__in=conventions).values_list("pk", flat=True))
    NoticeStep.objects.filter(audience__in=audiences).update(audience=None)
    PolicyStep.objects.filter(audience__in=audiences).delete()
    Policy.objects.filter(convention__in=conventions).delete()
    return Audience.objects.filter(pk__in=audiences).delete()[0]
