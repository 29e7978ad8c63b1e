"""The relay's side: a camera's pictures go in, masked ones come out, and when the process that masks ends nothing comes at all."""

import asyncio
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Final

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.h264 import KEY_SLICE, LENGTH_BYTES, SETS_LIMIT, SLICE, Unit
from beffroi.edge.relay.masking.plates import (
    HEAD,
    MISSING,
    PICTURE,
    PLATE_LIMIT,
    Plate,
    PlateError,
    mask_frame,
    plate_frame,
    plate_of,
)
from beffroi.edge.relay.parameters import PPS, SPS
from beffroi.edge.relay.sdp import Offer
from beffroi.protocol.v1.mask import Mask
from beffroi.protocol.v1.members import Moment

COMMAND: Final = [sys.executable, "-I", "-m", "beffroi.edge.relay.masking"]
# What may wait for a process that gets no processor, in bytes, and for how many seconds; beyond it, pictures are left out until the
# next key picture: what is seen is late by little, or not there. Of a camera of few pictures, one may wait
# for as many intervals between them.
WAITING: Final = 4 * 1024 * 1024
LATE: Final = 0.5
INTERVALS: Final = 2


class Darkroom:
    """For one connection to one camera. `begin` is told the sets to begin with (none: they come with the pictures), `unit` is given
    each masked picture: nothing else of the camera's is ever given to them.
    """

    def __init__(
        self,
        mask: Mask,
        now: Callable[[], Moment],
        begin: Callable[[tuple[bytes, ...]], None],
        unit: Callable[[Unit], None],
    ) -> None:
        self._mask = mask
        self._begin = begin
        self._unit = unit
        self._now = now
        self._fail: Callable[[CameraFault], None] = _unheard
        self._sets: tuple[bytes, ...] = ()
        self._writer: asyncio.StreamWriter | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._broken = True
        # Whether anything has come back: until then it may well be late, it has only just been started.
        self._begun = False
        # Pictures that were handed over and haven't come back: which, and when.
        self._handed: deque[tuple[int, float]] = deque()
        # When the last pictures came from the camera, left out or not.
        self._taken: deque[float] = deque(maxlen=INTERVALS + 1)

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    # From the camera

    def offered(self, offer: Offer) -> None:
        """What the camera has."""
        self._sets = tuple(each for each in offer.parameter_sets if each and each[0] & 0x1F in (SPS, PPS))
        self._begin(())

    def take(self, unit: Unit) -> None:
        """A picture as the camera made it, on its way to the process and nowhere else."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        now = asyncio.get_running_loop().time()
        self._taken.append(now)
        late = self._begun and bool(self._handed) and now - self._handed[0][1] > self._patience()
        self._broken = late or (self._broken and not unit.key) or writer.transport.get_write_buffer_size() > WAITING
        if self._broken:
            return
        timestamp = unit.timestamp & 0xFFFFFFFF
        self._handed.append((timestamp, now))
        # With each key picture all that was ever said of how to read them, what came last behind the rest.
        if unit.sets:
            self._sets = (*(each for each in self._sets if each not in unit.sets), *unit.sets)[-SETS_LIMIT:]
        nals = (*(self._sets if unit.key else unit.sets), *_nals(unit))
        writer.write(plate_frame(Plate(timestamp, self._now() or 0, unit.key, nals)))

    def _patience(self) -> float:
        """For how many seconds a picture may be away: a decoder that holds one back gives it when the next comes."""
        return max(LATE, INTERVALS * max((after - before for before, after in pairwise(self._taken)), default=0.0))

    # To those who watch

    @asynccontextmanager
    async def working(self, fail: Callable[[CameraFault], None]) -> AsyncIterator[None]:
        """The process runs inside; `fail` hears why it doesn't any more."""
        self._fail = fail
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = process = _started(theirs.fileno())
        reading: asyncio.Task[None] | None = None
        try:
            reader, self._writer = await asyncio.open_connection(sock=ours)
            self._writer.write(mask_frame(self._mask))
            reading = asyncio.create_task(self._read(reader))
            yield
        finally:
            self.close()
            # Begun before anything is waited for, and shielded: whoever cancels this a second time would leave a process behind that
            # nobody has buried, also where the thread that buries hasn't begun yet.
            buried = asyncio.get_running_loop().run_in_executor(None, process.wait)
            if reading is not None:
                reading.cancel()
                await asyncio.wait([reading])
            await asyncio.shield(buried)

    def look(self, now: float, patience: float) -> None:
        """Called now and then: ends it when a picture was handed over and nothing has come back for so many seconds."""
        if self._handed and now - self._handed[0][1] >= patience:
            self._fail(CameraFault(Cause.MASKING, "no picture comes back"))

    def close(self) -> None:
        """Nothing comes out any more, from now on."""
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
        if self._process is not None:
            self._process.kill()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size, kind = HEAD.unpack(await reader.readexactly(HEAD.size))
                if not 0 < size <= PLATE_LIMIT or kind != PICTURE:
                    raise PlateError("neither a picture nor of a picture's size")
                plate = plate_of(await reader.readexactly(size - 1))
                if self._writer is None:
                    return
                self._answered(plate.timestamp)
                self._unit(_unit(plate))
        except CameraFault as fault:
            self._fail(fault)
        except (PlateError, OSError, asyncio.IncompleteReadError) as error:
            self._fail(CameraFault(await self._why(), str(error)))

    def _answered(self, timestamp: int) -> None:
        """That picture came back; what was handed over before it and didn't will not, or is about to."""
        self._begun = True
        if any(timestamp == handed for handed, _ in self._handed):
            while self._handed.popleft()[0] != timestamp:
                pass

    async def _why(self) -> Cause:
        if self._process is None:
            return Cause.MASKING
        self._process.kill()
        status = await asyncio.to_thread(self._process.wait)
        return Cause.MASK_MISSING if status == MISSING else Cause.MASKING


def _started(own: int) -> "subprocess.Popen[bytes]":
    """It knows nothing of ours but its end of the pair: no environment, no folder, no terminal."""
    return subprocess.Popen(COMMAND, stdin=own, stdout=own, env={}, cwd="/", start_new_session=True)  # noqa: S603 - our own program


def _unheard(_fault: CameraFault) -> None:
    """Before the process runs there is nobody to tell."""


def _nals(unit: Unit) -> list[bytes]:
    """Its NAL units without their lengths."""
    whole, nals, at = b"".join(unit.pieces), list[bytes](), 0
    while at < len(whole):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(whole[at:begin], "big")
        nals.append(whole[begin:at])
    return nals


def _unit(plate: Plate) -> Unit:
    """A picture as the reel takes it: slices and parameter sets, and not one message. Raises PlateError."""
    sets = tuple(nal for nal in plate.nals if nal[0] & 0x1F in (SPS, PPS))
    slices = [nal for nal in plate.nals if SLICE <= nal[0] & 0x1F <= KEY_SLICE]
    if not slices or len(sets) > SETS_LIMIT:
        raise PlateError("no picture is in it")
    key = slices[0][0] & 0x1F == KEY_SLICE
    pieces = [piece for nal in slices for piece in (len(nal).to_bytes(LENGTH_BYTES, "big"), nal)]
    return Unit(plate.timestamp, key, False, pieces, sum(map(len, pieces)), sets)
