"""A camera of which part is hidden: what decoding, covering and encoding again adds to a picture's way, and what it takes.

``python -m bench masks [--quick]``. One simulated camera of each size, one after the other: each picture is timed from where the relay
hands it over to where it has it back. The peer is ffmpeg, which draws one box and encodes with the same preset: its processor only,
since it doesn't say when a picture came.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.masking.darkroom import Darkroom
from beffroi.edge.relay.source import Source
from beffroi.edge.relay.viewer import Right, Viewer
from beffroi.protocol.v1.mask import Mask
from bench.streams import CAMERAS, PEER, cpu, kept_waiting, line
from bench.watchers import LOOK_EVERY

SIZES, RATE, WARM = ((640, 360), (1280, 720), (1920, 1080)), 25, 50
SECONDS, QUICK_SECONDS = 15.0, 4.0
MASK = Mask((((100, 100), (400, 100), (400, 600), (100, 600)), ((600, 200), (900, 300), (700, 900))), "Ville, 3 Hall")
BOX = "drawbox=x=iw*0.1:y=ih*0.1:w=iw*0.3:h=ih*0.5:color=black:t=fill"
ENCODED = ["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-crf", "24", "-threads", "1"]
HEADINGS = ("picture", "way", "added, median ms", "p99", "% of a core", "% without a core", "pictures/s")


@dataclass
class Nobody:
    """A viewer's outlet that takes everything."""

    gone = slow = False

    def begin(self, _parts: object) -> None:
        """Nothing is kept."""

    def write(self, _part: object) -> None:
        """Nothing is kept."""

    def end(self, _last: object) -> None:
        """Nothing is kept."""


class Timed(Darkroom):
    """Notes when each picture went in, and how much later it came out."""

    def __init__(
        self, begin: Callable[[tuple[bytes, ...]], None], unit: Callable[[Unit], None], added: list[float]
    ) -> None:
        self._went: dict[int, float] = {}
        self._added = added
        self._shown = unit
        super().__init__(MASK, lambda: int(time.time()), begin, self._came)

    def take(self, unit: Unit) -> None:
        self._went[unit.timestamp & 0xFFFFFFFF] = time.perf_counter()
        super().take(unit)

    def _came(self, unit: Unit) -> None:
        if (went := self._went.pop(unit.timestamp, None)) is not None:
            self._added.append(1_000 * (time.perf_counter() - went))
        self._shown(unit)


async def masked(url: str, seconds: float) -> tuple[list[float], float, float]:
    """Milliseconds added to each picture; % of a core; % of the time without one."""
    added, rooms = list[float](), list[Timed]()

    def make(begin: Callable[[tuple[bytes, ...]], None], unit: Callable[[Unit], None]) -> Timed:
        rooms.append(Timed(begin, unit, added))
        return rooms[-1]

    viewer = Viewer(Nobody(), Right(expires=sys.maxsize, ended=lambda: None), uptime=lambda: 0)
    watching = asyncio.create_task(Source(url, darkroom=make).watch(viewer))
    while len(added) < WARM:  # noqa: ASYNC110 - a turn of the loop is cheap
        await asyncio.sleep(LOOK_EVERY)
    pid = rooms[-1].pid
    assert pid is not None  # noqa: S101 - it masks
    added.clear()
    used, waited = await taken(pid, seconds)
    found = list(added)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return found, used, waited


async def taken(pid: int, seconds: float) -> tuple[float, float]:
    """% of a core that a process uses for so long, and % of the time for which others had it."""
    began, used, starved = time.monotonic(), cpu([pid]), kept_waiting([pid])
    while time.monotonic() < began + seconds:  # noqa: ASYNC110 - as above
        await asyncio.sleep(LOOK_EVERY)
    passed = time.monotonic() - began
    return 100 * (cpu([pid]) - used) / passed, 100 * (kept_waiting([pid]) - starved) / passed


async def boxed(program: str, url: str, seconds: float) -> tuple[float, float]:
    """The same of ffmpeg, that draws a box."""
    command = [program, "-nostdin", "-loglevel", "error", "-threads", "1", *PEER, "-i", url, "-an", "-vf", BOX]
    process = await asyncio.create_subprocess_exec(
        *command, *ENCODED, "-f", "mp4", "-movflags", "empty_moov", "-y", os.devnull
    )
    await taken(process.pid, 2.0)  # its beginning isn't counted
    found = await taken(process.pid, seconds)
    process.kill()
    await process.wait()
    return found


def camera(size: tuple[int, int]) -> subprocess.Popen[str]:
    """One of that size, at the bit rate that such pictures have."""
    film = ["--size", f"{size[0]}x{size[1]}", "--bit-rate", str(size[0] * size[1] * 2)]
    more = ["--rate", str(RATE), "--group", str(2 * RATE), "--seconds", "8", "--count", "1"]
    return subprocess.Popen([*CAMERAS, *film, *more], stdout=subprocess.PIPE, text=True)


def main() -> None:
    """A table, a size after the other."""
    seconds = QUICK_SECONDS if "--quick" in sys.argv else SECONDS
    program = shutil.which("ffmpeg")
    print(line(*HEADINGS))
    print(line(*("---" for _ in HEADINGS)))
    for size in SIZES:
        asyncio.run(measured(size, program, seconds))
    if program is None:
        print("\nNo peer: ffmpeg is not installed (apt install ffmpeg).")


async def measured(size: tuple[int, int], program: str | None, seconds: float) -> None:
    """Its lines of the table."""

    with camera(size) as process:
        assert process.stdout is not None  # noqa: S101 - it is piped
        try:
            (url,) = json.loads(process.stdout.readline())["cameras"]
            added, used, waited = await masked(url, seconds)
            centiles = statistics.quantiles(added, n=100)
            name = f"{size[0]} x {size[1]}"
            cells = (f"{centiles[49]:.1f}", f"{centiles[98]:.1f}", f"{used:.0f}", f"{waited:.0f}")
            print(line(name, "the relay's process", *cells, f"{len(added) / seconds:.1f}"), flush=True)
            if program is not None:
                used, waited = await boxed(program, url, seconds)
                print(line(name, "peer: ffmpeg, one box", "-", "-", f"{used:.0f}", f"{waited:.0f}", "-"), flush=True)
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
