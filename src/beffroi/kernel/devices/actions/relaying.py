"""Who is carried to a gate: how often, and what is left on the record when the server refuses by itself."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from beffroi.kernel.devices.models import RelayUse
from beffroi.kernel.devices.registry import DeviceIdentity
from beffroi.kernel.devices.rules import RELAYS_A_GATE, RELAYS_A_PERSON
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action

KEPT = timedelta(minutes=10)

_COUNT = """
INSERT INTO devices_relayuse (subject, minute, times) VALUES (%(subject)s, date_trunc('minute', %(now)s), 1)
ON CONFLICT (subject, minute) DO UPDATE SET times = devices_relayuse.times + 1
RETURNING times
"""


@kernel_action
def count_relay(*, person: UUID, gate: UUID, now: datetime) -> int:
    """Count one more exchange of this person and of this gate; how far the worse of the two is beyond its limit (0: within).

    Delivery's own counter, exempt from the register.
    """
    with connection.cursor() as cursor:
        beyond = 0
        # In one order, so that two exchanges never wait for each other in a ring.
        for subject, most in sorted(((person, RELAYS_A_PERSON), (gate, RELAYS_A_GATE))):
            cursor.execute(_COUNT, {"subject": subject, "now": now})
            (times,) = cursor.fetchone()
            beyond = max(beyond, times - most)
    return beyond


@kernel_action
def refuse_relay(*, gate: DeviceIdentity, reason: str, now: datetime, by: UUID | None) -> None:
    """Put on the record that the server refused to carry somebody to a gate, which was not asked."""
    record(
        kind="gate.refused-by-server",
        authority=gate.authority,
        by=by,
        fields={"device": str(gate.id), "reason": reason},
        now=now,
    )


@kernel_action
def clear_relay_uses(*, now: datetime) -> None:
    """Forget counts that no limit looks at any more. Delivery's own counter, exempt from the register."""
    RelayUse.objects.filter(minute__lt=now - KEPT).delete()
