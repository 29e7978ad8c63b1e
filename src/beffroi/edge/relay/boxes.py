"""Fragmented MP4 (ISO/IEC 14496-12 and -15), written by hand: one track, one frame a fragment."""

import struct
from typing import Final

from beffroi.edge.relay.parameters import WITH_CHROMA, ParameterSets
from beffroi.edge.relay.timeline import TICKS, Moment

TRACK: Final = 1
KEY, DEPENDENT = 0x02000000, 0x01010000
UNITY: Final = struct.pack(">9I", 0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000)
UNDETERMINED: Final = 0x55C4  # "und"
SETS_COUNT: Final = 31
# moof (mfhd, traf (tfhd, tfdt, trun)) and the head of mdat: always the same length, so one pack writes it all.
FRAGMENT: Final = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIIIIIi I4s")
MDAT_HEAD: Final = 8
MOOF: Final = FRAGMENT.size - MDAT_HEAD
TRAF: Final = MOOF - 24
# Starts at moof, has: where the data begins, and each sample's duration, size, flags and (signed) offset.
TFHD_FLAGS, TRUN_FLAGS = 0x020000, 0x01000F01


def fragment_head(number: int, moment: Moment, size: int, *, key: bool) -> bytes:
    """What stands before the `size` bytes of a frame."""
    return FRAGMENT.pack(
        *(MOOF, b"moof", 16, b"mfhd", 0, number & 0xFFFFFFFF),
        *(TRAF, b"traf", 16, b"tfhd", TFHD_FLAGS, TRACK, 20, b"tfdt", 0x01000000, moment.decode),
        *(36, b"trun", TRUN_FLAGS, 1, FRAGMENT.size, moment.duration, size, KEY if key else DEPENDENT, moment.offset),
        *(size + MDAT_HEAD, b"mdat"),
    )


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of these contents."""
    data = b"".join(content)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def full_box(kind: bytes, version_and_flags: int, *content: bytes) -> bytes:
    """A box that says its version and flags."""
    return box(kind, struct.pack(">I", version_and_flags), *content)


def initialization(sets: ParameterSets) -> bytes:
    """`ftyp` and `moov` of a picture that these parameter sets describe, which are whole."""
    width, height = (sets.picture.width, sets.picture.height) if sets.picture else (0, 0)
    header = struct.pack(">IIIIIHHII", 0, 0, TICKS, 0, 0x00010000, 0x0100, 0, 0, 0) + UNITY + bytes(24)
    moov = box(
        b"moov",
        full_box(b"mvhd", 0, header, struct.pack(">I", TRACK + 1)),
        box(b"trak", _track_header(width, height), _media(sets, width, height)),
        box(b"mvex", full_box(b"trex", 0, struct.pack(">5I", TRACK, 1, 0, 0, 0))),
    )
    return box(b"ftyp", b"iso6", struct.pack(">I", 1), b"iso6", b"iso5", b"avc1", b"mp41") + moov


def _track_header(width: int, height: int) -> bytes:
    sizes = struct.pack(">II", width << 16, height << 16)
    return full_box(b"tkhd", 7, struct.pack(">5I", 0, 0, TRACK, 0, 0), bytes(16), UNITY, sizes)


def _media(sets: ParameterSets, width: int, height: int) -> bytes:
    nowhere = full_box(b"dref", 0, struct.pack(">I", 1), full_box(b"url ", 1))
    samples = box(
        b"stbl",
        full_box(b"stsd", 0, struct.pack(">I", 1), _sample_entry(sets, width, height)),
        full_box(b"stts", 0, bytes(4)),
        full_box(b"stsc", 0, bytes(4)),
        full_box(b"stsz", 0, bytes(8)),
        full_box(b"stco", 0, bytes(4)),
    )
    return box(
        b"mdia",
        full_box(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, TICKS, 0, UNDETERMINED, 0)),
        full_box(b"hdlr", 0, bytes(4), b"vide", bytes(12), b"video\x00"),
        box(b"minf", full_box(b"vmhd", 1, bytes(8)), box(b"dinf", nowhere), samples),
    )


def _sample_entry(sets: ParameterSets, width: int, height: int) -> bytes:
    resolution = struct.pack(">II", 0x00480000, 0x00480000)
    return box(
        b"avc1",
        bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", width, height) + resolution,
        struct.pack(">IH", 0, 1) + bytes(32) + struct.pack(">Hh", 0x18, -1),
        box(b"avcC", configuration(sets)),
    )


def configuration(sets: ParameterSets) -> bytes:
    """AVCDecoderConfigurationRecord: lengths of four bytes, the sets, and for high profiles how colours are."""
    sequence, pictures = sets.sequence[:SETS_COUNT], sets.pictures
    profile = sequence[0][1]
    parts = [b"\x01", sequence[0][1:4], b"\xff", bytes([0xE0 | len(sequence)])]
    parts += [struct.pack(">H", len(nal)) + nal for nal in sequence]
    parts += [bytes([len(pictures)]), *(struct.pack(">H", len(nal)) + nal for nal in pictures)]
    if profile in WITH_CHROMA and sets.picture is not None:
        seen = sets.picture
        parts.append(bytes([0xFC | seen.chroma, 0xF8 | seen.luma_depth - 8, 0xF8 | seen.chroma_depth - 8, 0]))
    return b"".join(parts)
