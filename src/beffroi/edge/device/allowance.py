"""How many refusals are put on record one by one.

Whoever is near can be refused as often as they like; each record costs a durable write and room in the log, and a full log
loses its oldest events. So a burst is recorded, and then one a minute: the flood is visible and pushes nothing out
within the time that a device may be alone. Refusals beyond it are refused all the same, and counted on standard error.
"""

from typing import Final

from beffroi.edge.device.uptime import MILLISECONDS, Uptime

BURST: Final = 256
EVERY_SECONDS: Final = 60


class Allowance:
    """A bucket that holds `burst` and gets one back every `every` seconds of uptime."""

    def __init__(self, uptime: Uptime, *, burst: int = BURST, every: int = EVERY_SECONDS) -> None:
        self._uptime = uptime
        self._burst = burst
        self._every = every * MILLISECONDS
        self._left = burst
        self._counted_from = uptime()
        self.beyond = 0

    def take(self) -> bool:
        """Whether this refusal is put on record."""
        back, rest = divmod(self._uptime() - self._counted_from, self._every)
        self._left = min(self._burst, self._left + back)
        self._counted_from = self._uptime() - rest
        if self._left == 0:
            self.beyond += 1
            return False
        self._left -= 1
        return True
