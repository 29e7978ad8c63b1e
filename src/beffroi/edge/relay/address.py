"""Where a camera is: `rtsp://host[:port]/path`, and never a name or a password in it."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from beffroi.edge.relay.faults import CameraFault, Cause

RTSP_PORT: Final = 554
ADDRESS_LIMIT: Final = 1_024
PRINTABLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Address:
    """`url` is said to the camera as it was given."""

    host: str
    port: int
    url: str


def read_address(url: str) -> Address:
    """Raises CameraFault(address)."""
    if len(url) > ADDRESS_LIMIT or not PRINTABLE.fullmatch(url):
        raise CameraFault(Cause.ADDRESS, "too long, or not plain ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise CameraFault(Cause.ADDRESS, "not a URL") from None
    if parts.scheme != "rtsp" or not host or "@" in parts.netloc or port == 0:
        raise CameraFault(Cause.ADDRESS, "not rtsp://host[:port]/path without credentials")
    return Address(host, port or RTSP_PORT, url)


def inside(base: str, control: str) -> str:
    """The address of a track, as cameras mean it: what follows is put behind a slash, even behind a query.

    It may name another host (a camera behind a gateway names its own): it is only ever said on the connection that is open.
    """
    if control.startswith(("rtsp://", "rtspu://", "rtsps://")):
        found = control
    elif control in ("", "*"):
        found = base
    else:
        found = f"{base.removesuffix('/')}/{control.removeprefix('/')}"
    if len(found) > ADDRESS_LIMIT or not PRINTABLE.fullmatch(found):
        raise CameraFault(Cause.GARBAGE, "the camera names a track by something that is no address")
    return found
