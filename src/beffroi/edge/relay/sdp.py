"""What a camera offers (SDP, RFC 8866): its H.264 picture is found, everything else is left where it is."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from beffroi.edge.relay.faults import CameraFault, Cause

LINES_LIMIT: Final = 1_024
SETS_LIMIT: Final = 8
CODEC: Final = "H264"
CLOCK: Final = 90_000
NUMBER: Final = re.compile(r"\d{1,2}|1[01]\d|12[0-7]", re.ASCII)
MAPPING: Final = re.compile(r"(\d{1,3}) ([^/\s]{1,32})/(\d{1,9})(?:/.*)?")
# RFC 3551 gives these numbers a codec without a line that says it.
KNOWN: Final = {"26": "JPEG", "31": "H261", "32": "MPV", "33": "MP2T", "34": "H263"}


@dataclass(frozen=True)
class Offer:
    """The picture that is taken: where it is asked for (alone, and with all else), under which number it comes, what it says of
    itself beforehand.
    """

    aggregate: str
    control: str
    payload_type: int
    parameter_sets: tuple[bytes, ...]


@dataclass
class _Medium:
    """One `m=` of the description."""

    kind: str
    formats: list[str]
    control: str = ""
    codecs: dict[str, tuple[str, str]] = field(default_factory=dict)
    formatted: dict[str, str] = field(default_factory=dict)


def read_offer(body: bytes) -> Offer:
    """The first H.264 picture that is offered. Raises CameraFault: `codec` when there is none."""
    whole, media = _media(body)
    pictures = [medium for medium in media if medium.kind == "video"]
    for medium in pictures:
        for number in medium.formats:
            codec, clock = medium.codecs.get(number, ("", ""))
            if codec.upper() == CODEC and NUMBER.fullmatch(number):
                if clock != str(CLOCK):
                    raise CameraFault(Cause.GARBAGE, "H.264 has a clock of 90 kHz")
                return Offer(
                    whole.control, medium.control, int(number), _parameter_sets(medium.formatted.get(number, ""))
                )
    raise CameraFault(Cause.CODEC, "only " + (", ".join(_named(pictures)) or "things without a picture"))


def _media(body: bytes) -> tuple[_Medium, list[_Medium]]:
    """What is said of all, and of each."""
    lines = body.decode("utf-8", "replace").splitlines()
    if len(lines) > LINES_LIMIT:
        raise CameraFault(Cause.LIMITS, "a description of too many lines")
    whole = _Medium("", [])
    media: list[_Medium] = []
    for line in lines:
        kind, separator, value = line.strip().partition("=")
        if kind == "m" and separator:
            words = value.split()
            media.append(_Medium(words[0] if words else "", words[3:]))
        elif kind == "a":
            _attribute(media[-1] if media else whole, value)
    return whole, media


def _attribute(medium: _Medium, line: str) -> None:
    name, _, value = line.partition(":")
    value = value.strip()
    if name == "control":
        medium.control = value
    elif name == "rtpmap" and (found := MAPPING.fullmatch(value)):
        medium.codecs[found[1]] = found[2], found[3]
    elif name == "fmtp":
        number, _, parameters = value.partition(" ")
        medium.formatted[number] = parameters


def _parameter_sets(parameters: str) -> tuple[bytes, ...]:
    """What stands in `sprop-parameter-sets`; nothing when it is unreadable, since the picture says it again."""
    for member in parameters.split(";"):
        name, _, value = member.strip().partition("=")
        if name.lower() == "sprop-parameter-sets":
            try:
                return tuple(
                    base64.b64decode(each, validate=True) for each in value.split(",")[:SETS_LIMIT] if each.strip()
                )
            except (binascii.Error, ValueError):
                return ()
    return ()


def _named(pictures: list[_Medium]) -> list[str]:
    """The codecs that are offered instead."""
    found = {
        medium.codecs.get(number, (KNOWN.get(number, "unknown"), ""))[0]
        for medium in pictures
        for number in medium.formats
    }
    return sorted(found)
