"""A camera's profiles: which one the relay is to take, and where, without what is secret in it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from beffroi.edge.relay.address import read_address
from beffroi.edge.relay.faults import CameraFault, Cause

H264: Final = "H.264"
NAMES: Final = {"H264": H264, "H265": "H.265", "HEVC": "H.265", "MPEG4": "MPEG-4"}
WIDEST, HIGHEST = 1_920, 1_080
"""A larger picture is only taken where there is no smaller one: four of them stand on one page, and nothing is encoded again."""
SHORTEST_SECRET: Final = 4
SECRET: Final = re.compile(r"(?:pass(?:word|wd)?|pwd|psw)\s*[=:]", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """What a camera can send; `token` is its own name for it. Sizes and rate are 0 where it doesn't say them."""

    token: str
    name: str
    codec: str
    width: int
    height: int
    rate: int


def codec(said: str) -> str:
    """How people call it."""
    return NAMES.get(said.upper(), said)


def choose(profiles: Sequence[Profile], wanted: str = "") -> Profile:
    """The H.264 profile to take: the one that is wanted, else the largest that isn't too large, else the smallest. Raises
    CameraFault(codec) when there is none.
    """
    fit = [each for each in profiles if each.codec == H264 and wanted in ("", each.token)]
    if not fit:
        others = ", ".join(sorted({each.codec for each in profiles if wanted in ("", each.token)}))
        raise CameraFault(Cause.CODEC, f"only {others}" if others else "no profile of that name, or none at all")
    small = [each for each in fit if each.width <= WIDEST and each.height <= HIGHEST]
    if small:
        return max(small, key=lambda each: each.width * each.height)
    return min(fit, key=lambda each: each.width * each.height)


def stream_address(said: str, *, host: str, password: str) -> str:
    """Where a profile's picture is, at the machine that was asked: whatever host it names, and without a name or a password. Raises
    CameraFault(address).
    """
    try:
        parts = urlsplit(said.strip())
        port = parts.port
    except ValueError:
        raise CameraFault(Cause.ADDRESS, "the camera gives no address") from None
    if parts.scheme != "rtsp":
        raise CameraFault(Cause.ADDRESS, "the camera gives an address that isn't of RTSP")
    where = f"[{host}]" if ":" in host else host
    clean = urlunsplit(("rtsp", f"{where}:{port}" if port else where, parts.path, parts.query, ""))
    known = unquote(clean)
    if SECRET.search(known) or (len(password) >= SHORTEST_SECRET and password in known):
        raise CameraFault(Cause.ADDRESS, "the camera writes its account into its address: another one must be found")
    return read_address(clean).url
