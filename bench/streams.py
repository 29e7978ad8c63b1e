"""200 streams of 2 Mbit/s through the relay's media path: processor, what it adds to a picture's way, memory; `ffmpeg -c copy` beside it.

``python -m bench streams [--quick]``. The cameras are the simulator's, in a process of their own; the relay is another; this one watches.
Each picture carries its number and the moment at which it left its camera. Some cameras are watched straight too, at the same time: what
is added is how much later the same picture comes by the other way. Clips are drawn once, into build/clips.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from beffroi.edge.relay.outlet import SocketOutlet
from beffroi.edge.relay.source import Source
from beffroi.edge.relay.viewer import Right, Viewer
from bench.watchers import LOOK_EVERY, Pieces, Seen, box_of_film, straight, viewing

GREATEST_CORE, GREATEST_ADDED_MS, GREATEST_MB = 60.0, 5.0, 1.0
STREAMS, PEERS, SECONDS = 200, 50, 20.0
QUICK_STREAMS, QUICK_PEERS, QUICK_SECONDS = 20, 5, 5.0
BIT_RATE, RATE, DRAWN = 2_000_000, 25, 4
WARM, COMPARED = RATE, 10
STARVED = 10.0
HEADINGS = (
    *("way", "streams", "% of a core", "for each", "% without a core"),
    *("added, median ms", "p99", "wait, median ms", "p99", "MB each", "pictures/s", "Mbit/s"),
)
CLIPS = Path(__file__).parents[1] / "build" / "clips"
CAMERAS = [sys.executable, "-m", "beffroi.simulator.cameras", "--folder", str(CLIPS), "--open", "--clips", str(DRAWN)]
FILM = ["--bit-rate", str(BIT_RATE), "--rate", str(RATE), "--group", str(2 * RATE), "--seconds", "8"]
RELAY = [sys.executable, "-c", "from bench.streams import relay; relay()"]
PEER = ["-rtsp_transport", "tcp", "-fflags", "nobuffer"]
PEER_OUT = [
    "-an",
    "-c",
    "copy",
    "-flush_packets",
    "1",
    "-f",
    "mp4",
    "-movflags",
    "empty_moov+default_base_moof+frag_every_frame",
]


def relay() -> None:
    """The relay's process: addresses on standard input, its port on standard output; whoever connects says which it watches."""
    sources = [Source(url) for url in json.loads(sys.stdin.readline())]
    right = Right(expires=sys.maxsize, ended=lambda: None)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = int(await reader.readline())
        viewer = Viewer(SocketOutlet(writer, chunked=True), right, uptime=lambda: time.monotonic_ns() // 1_000_000)
        await sources[number].watch(viewer)

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2 * STREAMS)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.close()
        while any(source.viewers for source in sources):  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_EVERY)

    asyncio.run(run())


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor that they have used."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def kept_waiting(pids: Sequence[int]) -> float:
    """Seconds for which they could have run and other programs had the processor."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) for pid in pids) / 1e9


def memory(pids: Sequence[int]) -> float:
    """MB that they hold, what they share counted once."""
    rolled = (Path(f"/proc/{pid}/smaps_rollup").read_text().split() for pid in pids)
    return sum(int(each[each.index("Pss:") + 1]) for each in rolled) / 1_024


@dataclass(frozen=True)
class Figures:
    """Of one way: streams; % of a core; % of the time for which others had the processor that it wanted; MB; what it adds and the
    whole wait (ms: median and 99th percentile); and of each stream pictures and bits a second.
    """

    streams: int
    core: float
    starved: float
    memory: float
    added: tuple[float, float]
    waits: tuple[float, float]
    rate: float
    bits: float


def middle_and_last(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    found = statistics.quantiles(values, n=100)
    return found[49], found[98]


async def measured(
    seen: Seen, urls: Sequence[str], pids: Sequence[int], seconds: float, before: float = 0.0
) -> Figures:
    """What they take for so many seconds, once every stream runs. `before`: MB that they held without a stream."""
    async with straight(urls[:COMPARED]) as bare:
        await seen.each(WARM)
        await bare.each(WARM)
        seen.begin()
        bare.begin()
        began, used, starved = time.monotonic(), cpu(pids), kept_waiting(pids)
        while time.monotonic() < began + seconds:  # noqa: ASYNC110 - a turn of the loop is cheap
            await asyncio.sleep(LOOK_EVERY)
        passed, used, starved = time.monotonic() - began, cpu(pids) - used, kept_waiting(pids) - starved
        held = memory(pids) - before
    added = [1_000 * (seen.came[each] - came) for each, came in bare.came.items() if each in seen.came]
    share = 1 / (passed * seen.streams)
    return Figures(
        streams=seen.streams,
        core=100 * used / passed,
        starved=100 * starved / passed / len(pids),
        memory=held,
        added=middle_and_last(added),
        waits=middle_and_last(seen.waits),
        rate=len(seen.waits) * share,
        bits=seen.size * 8 * share,
    )


@contextmanager
def cameras(count: int) -> Iterator[list[str]]:
    """Their addresses, while they run."""
    with subprocess.Popen([*CAMERAS, *FILM, "--count", str(count)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it is piped
        try:
            yield json.loads(process.stdout.readline())["cameras"]
        finally:
            process.terminate()


@contextmanager
def relaying(urls: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The relay's process and its port, while it runs."""
    with subprocess.Popen(RELAY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None  # noqa: S101 - it is piped
        assert process.stdout is not None  # noqa: S101 - as above
        process.stdin.write(json.dumps(urls) + "\n")
        process.stdin.flush()
        yield process.pid, int(process.stdout.readline())
        process.stdin.close()


async def relayed(urls: Sequence[str], seconds: float) -> Figures:
    """The same through the relay's process."""
    seen = Seen(len(urls))
    with relaying(urls) as (pid, port):
        before = memory([pid])
        viewers = [await viewing(port, stream, seen) for stream, _ in enumerate(urls)]
        found = await measured(seen, urls, [pid], seconds, before)
        for viewer in viewers:
            viewer.abort()
    return found


async def copied(program: str, urls: Sequence[str], seconds: float) -> Figures:
    """The same through a process of ffmpeg for each, that copies."""
    seen = Seen(len(urls))
    async with AsyncExitStack() as stack:
        pids = [
            await stack.enter_async_context(copying(program, url, lambda box, stream=stream: seen.take(stream, box)))
            for stream, url in enumerate(urls)
        ]
        return await measured(seen, urls, pids, seconds)


@asynccontextmanager
async def copying(program: str, url: str, whole: Callable[[bytes], None]) -> AsyncIterator[int]:
    """One of them: its process."""
    loop, (read, write) = asyncio.get_running_loop(), os.pipe()
    await loop.connect_read_pipe(lambda: Pieces(box_of_film, whole), os.fdopen(read, "rb"))
    command = [program, "-nostdin", "-loglevel", "error", *PEER, "-i", url, *PEER_OUT, "pipe:1"]
    process = await asyncio.create_subprocess_exec(*command, stdout=write)
    os.close(write)
    try:
        yield process.pid
    finally:
        process.kill()
        await process.wait()


def told(name: str, found: Figures) -> str:
    """One line of the table."""
    each = found.streams
    cells = (
        *(name, each, f"{found.core:.0f}", f"{found.core / each:.2f}", f"{found.starved:.0f}"),
        *(f"{wait:.1f}" for wait in (*found.added, *found.waits)),
        *(f"{found.memory / each:.2f}", f"{found.rate:.1f}", f"{found.bits / 1e6:.2f}"),
    )
    return line(*cells)


def line(*cells: object) -> str:
    """Of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


async def run(streams: int, peers: int, seconds: float) -> bool:
    """Prints the figures; whether the limits are kept."""
    program = shutil.which("ffmpeg")
    with cameras(streams) as urls:
        ours = await relayed(urls, seconds)
        theirs = await copied(program, urls[:peers], seconds / 2) if program else None
    print(line(*HEADINGS))
    print(line(*("---" for _ in HEADINGS)))
    print(told("the relay, one process", ours))
    if theirs is None:
        print("\nNo peer: ffmpeg is not installed (apt install ffmpeg).")
    else:
        print(told("peer: ffmpeg -c copy, a process each", theirs))
    each = ours.memory / ours.streams
    kept = ours.core <= GREATEST_CORE and ours.added[0] <= GREATEST_ADDED_MS and each <= GREATEST_MB
    if ours.starved > STARVED:
        print(
            f"\nThis machine had other work: the relay waited {ours.starved:.0f} % of the time for a core, which it adds too."
        )
    limits = f"{GREATEST_CORE:g} % of a core, {GREATEST_ADDED_MS:g} ms added at the median, {GREATEST_MB:g} MB a stream"
    print(f"\nThe relay's limits ({limits}): {'kept' if kept else 'MISSED'}.")
    return kept


def main() -> None:
    """Cameras, relay and peer of its own, all on loopback."""
    quick = "--quick" in sys.argv
    figures = (QUICK_STREAMS, QUICK_PEERS, QUICK_SECONDS) if quick else (STREAMS, PEERS, SECONDS)
    if not asyncio.run(run(*figures)) and not quick:
        sys.exit(1)


if __name__ == "__main__":
    main()
