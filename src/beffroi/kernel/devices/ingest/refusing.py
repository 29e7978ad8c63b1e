"""What is not taken is counted by device, reason and hour, without its content, and said in the log."""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from beffroi.kernel.devices.actions.intake import count_refused
from beffroi.kernel.devices.queries.devices import authenticators
from beffroi.kernel.devices.rules import Unfit

log = logging.getLogger(__name__)

Refusals = Counter[tuple[UUID | None, UUID | None, str]]
"""How often, by (authority, device, reason)."""


def say_refused(refused: Refusals, now: datetime) -> None:
    """Count what was refused."""
    if not refused:
        return
    count_refused(times=refused, now=now)
    for (_, device, reason), times in refused.items():
        log.warning("refused from device %s, %d times: %s", device or "unknown", times, reason)


def say_flooded(flooded: Mapping[UUID, int], now: datetime) -> None:
    """Count what devices sent beyond what they may."""
    known = authenticators(flooded) if flooded else {}
    refused = Refusals()
    for device, times in flooded.items():
        owner = (known[device].authority, device) if device in known else (None, None)
        refused[(*owner, str(Unfit.FLOOD))] += times
    say_refused(refused, now)
