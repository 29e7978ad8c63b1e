"""When this process may say that a device is silent: only while it has heard the broker, and kept up, without a break."""

from collections.abc import Callable
from datetime import datetime

from beffroi.kernel.devices.actions.uses import end_leases
from beffroi.kernel.devices.rules import HELD_UP


class Watch:
    """Looks at each round whose lease has ended. `hearing` says since when the broker is heard, None while it is not."""

    def __init__(self, hearing: Callable[[datetime], datetime | None]) -> None:
        self._hearing = hearing
        self._since: datetime | None = None
        self._looked: datetime | None = None

    def look(self, now: datetime, *, abreast: bool) -> None:
        """End the leases of those who said nothing for too long, as far as we can tell: what was not heard yet proves nothing, nor does
        what waits while we are not `abreast` of what comes.
        """
        held_up = self._looked is None or not self._looked <= now <= self._looked + HELD_UP
        if held_up or not abreast or self._since is None:
            self._since = now
        self._looked = now
        heard_since = self._hearing(now)
        if heard_since is not None:
            end_leases(listening=max(heard_since, self._since), now=now)
