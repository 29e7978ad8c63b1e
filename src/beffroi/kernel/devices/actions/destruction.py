"""Destroying what devices said when its time is over. Retention decides what, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.models import Command, DeviceEvent, SignedBatch
from beffroi.persistence.acts import kernel_action


@kernel_action
def destroy_batches(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy signed batches with their events: a batch proves all of its events or none."""
    DeviceEvent.objects.filter(batch__in=[UUID(key) for key in keys]).delete()
    _all, by_model = SignedBatch.objects.filter(pk__in=keys).delete()
    return by_model.get(SignedBatch._meta.label, 0)


@kernel_action
def forget_askers(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget who asked for these commands: their numbers stay, since no number may serve twice."""
    return Command.objects.filter(pk__in=keys, asked_by__isnull=False).update(asked_by=None)
