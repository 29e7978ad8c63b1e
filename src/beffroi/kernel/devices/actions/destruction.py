"""Destroying what devices said when its time is over. Retention decides what, and leaves the entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from beffroi.kernel.devices.models import Command, DeviceEvent, SignedBatch
from beffroi.persistence.acts import kernel_action

_TASKS = """
DELETE FROM devices_sinktask t USING devices_deviceevent e
WHERE e.batch_id = ANY(%s) AND (t.authority_id, t.device_id, t.sequence) = (e.authority_id, e.device_id, e.sequence)
"""


@kernel_action
def destroy_batches(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Destroy signed batches with their events: a batch proves all of its events or none. What a sink never managed goes too."""
    batches = [UUID(key) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, [batches])
    DeviceEvent.objects.filter(batch__in=batches).delete()
    _all, by_model = SignedBatch.objects.filter(pk__in=keys).delete()
    return by_model.get(SignedBatch._meta.label, 0)


@kernel_action
def forget_askers(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget who asked for these commands: their numbers stay, since no number may serve twice."""
    return Command.objects.filter(pk__in=keys, asked_by__isnull=False).update(asked_by=None)
