"""`python -m beffroi.edge.relay.masking`: one camera's pictures come on standard input and leave masked; the relay starts it.

It decodes what a camera made, so it is the part that is attacked: once it has begun it opens nothing any more, no file, no
connection, and holds little. PyAV is needed (the extra `relay-mask`); without it its status says so, and nothing is shown.
"""

import resource
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO, Final

from beffroi.edge.relay.masking.painting import Paint, Plane
from beffroi.edge.relay.masking.plates import (
    HEAD,
    MASK,
    MISSING,
    PICTURE,
    PLATE_LIMIT,
    START,
    Plate,
    PlateError,
    mask_of,
    pieces_of,
    plate_frame,
    plate_of,
)
from beffroi.protocol.v1.mask import Mask

if TYPE_CHECKING:
    import av

MEMORY: Final = 1024 * 1024 * 1024
# Descriptors: its three, and never one more.
OPEN: Final = 3
PLAIN: Final = frozenset({"yuv420p", "yuvj420p"})
# Pictures that a decoder may hold back; moments of older ones are forgotten.
HELD: Final = 64
ENCODER: Final = {
    "preset": "superfast",
    "tune": "zerolatency",
    "crf": "24",
    "forced-idr": "1",
    "x264-params": "repeat-headers=1:annexb=1:scenecut=0:keyint=250:vbv-maxrate=6000:vbv-bufsize=6000:threads=1",
}


class Copier:
    """Pictures of one camera: decoded, covered, encoded. There is no way through it that doesn't pass `_cover`."""

    def __init__(self, mask: Mask) -> None:
        import av  # noqa: PLC0415 - only this process needs it

        self._av = av
        self._mask = mask
        self._decoder: av.VideoCodecContext = av.VideoCodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._decoder.options = {"flags": "low_delay"}
        self._encoder: av.VideoCodecContext | None = None
        self._form: tuple[int, int, str] | None = None
        self._paint = Paint(mask, 1, 1)
        self._begun: dict[int, Plate] = {}
        self._came = self._left = 0

    def rehearse(self) -> None:
        """One blank picture all the way: what is loaded when it is first used is there before nothing may be opened any more."""
        blank, of = self._av.VideoFrame(64, 64, "yuv444p"), Plate(0, 0, True, ())
        for made in list(self._encoded(self._cover(blank, of), of)):
            list(self.copy(made))

    def copy(self, plate: Plate) -> Iterator[Plate]:
        """What one picture gives: none while the decoder waits for more, seldom several."""
        self._came += 1
        self._begun[self._came] = plate
        self._begun.pop(self._came - HELD, None)
        packet = self._av.Packet(b"".join(START + nal for nal in plate.nals))
        packet.pts = packet.dts = self._came
        try:
            frames = self._decoder.decode(packet)
        except self._av.error.InvalidDataError:
            return  # the camera's own mistake; the next may be sound
        for frame in frames:
            of = self._begun.pop(frame.pts or 0, plate)
            yield from self._encoded(self._cover(frame, of), of)

    def _cover(self, frame: "av.VideoFrame", of: Plate) -> "av.VideoFrame":
        """The decoder still needs the picture as it was: what is covered is another, and that alone goes on."""
        covered = frame if frame.format.name in PLAIN else frame.reformat(format="yuv420p")
        covered.make_writable()
        form = covered.width, covered.height, covered.format.name
        if form != self._form:
            self._paint = Paint(self._mask, covered.width, covered.height)
            self._encoder, self._form = self._begin(form), form
        self._paint.cover([Plane(memoryview(plane), plane.line_size) for plane in covered.planes], of.time)
        covered.pict_type = (
            self._av.video.frame.PictureType.I if frame.key_frame else self._av.video.frame.PictureType.NONE
        )
        return covered

    def _begin(self, form: tuple[int, int, str]) -> "av.VideoCodecContext":
        encoder: av.VideoCodecContext = self._av.VideoCodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = form
        encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(1, 25), Fraction(25), 1
        encoder.options = ENCODER
        return encoder

    def _encoded(self, frame: "av.VideoFrame", of: Plate) -> Iterator[Plate]:
        if self._encoder is None:
            return
        self._left += 1
        frame.pts, frame.time_base = self._left, Fraction(1, 25)
        for packet in self._encoder.encode(frame):
            yield Plate(of.timestamp, 0, packet.is_keyframe, pieces_of(bytes(packet)))


def confine() -> None:
    """From here on nothing more is opened or started, and a hostile picture can't take the machine's memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN, OPEN))


def frames(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """What the relay says, until it ends. Raises PlateError."""
    while len(head := stream.read(HEAD.size)) == HEAD.size:
        size, kind = HEAD.unpack(head)
        if not 0 < size <= PLATE_LIMIT:
            raise PlateError("too long")
        if len(data := stream.read(size - 1)) < size - 1:
            return
        yield kind, data


def main() -> int:
    """0 when the relay is done with it."""
    came = frames(sys.stdin.buffer)
    kind, data = next(came, (MASK, b""))
    if kind != MASK or not data:
        return 0
    try:
        copier = Copier(mask_of(data))
        Copier(Mask(words="A")).rehearse()
    except ImportError:
        return MISSING
    confine()
    for kind, data in came:
        if kind != PICTURE:
            raise PlateError("only pictures follow")
        for plate in copier.copy(plate_of(data)):
            sys.stdout.buffer.write(plate_frame(plate))
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
