"""Beats: what lives, signed, every two seconds while something does and once more when nothing does any longer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from beffroi.edge.device.device import Device
from beffroi.edge.relay.uses import Uses
from beffroi.protocol.v1.beat import Beat, make_beat

EVERY_SECONDS: Final = 2.0
GAP_SECONDS: Final = 0.25
"""Between two beats, however much begins and ends."""


class Beats:
    """`stirred` is set when a viewing begins or ends: that is said at once."""

    def __init__(self, device: Device, uses: Uses, stirred: asyncio.Event) -> None:
        self._device = device
        self._uses = uses
        self._stirred = stirred
        self._number = 0
        self._lived = False

    async def run(self, send: Callable[[str], None]) -> None:
        """Until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._stirred.wait()
            self._stirred.clear()
            if self._uses.live or self._lived:
                send(self.beat())
            await asyncio.sleep(GAP_SECONDS)

    def beat(self) -> str:
        """The next one."""
        self._number += 1
        self._lived = bool(self._uses.live)
        device = self._device
        beat = Beat(
            device=device.identity.device,
            boot=device.journal.boot,
            number=self._number,
            time=device.holdings.now(),
            uptime=device.uptime(),
            uses=tuple(sorted(self._uses.live)),
        )
        return make_beat(beat, key=device.identity.key)
