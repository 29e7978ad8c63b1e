"""A town that keeps watch, at a moment of its own."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from beffroi.kernel.alerts.factories import Watch


@pytest.fixture
def now() -> datetime:
    return utc_now()


@pytest.fixture
def ringing() -> Iterator[None]:
    from beffroi.kernel.alerts.factories import ringing

    with ringing():
        yield


@pytest.fixture
def here(now: datetime, ringing: None) -> "Watch":
    from beffroi.kernel.alerts.factories import watch

    return watch(now=now)
