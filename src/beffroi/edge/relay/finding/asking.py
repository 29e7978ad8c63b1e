"""One camera asked by ONVIF, with the account that the relay is to have on it: what it is, what it sends, and whether that plays."""

import asyncio
import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from beffroi.edge.relay.address import read_address
from beffroi.edge.relay.authorisation import Authorisation
from beffroi.edge.relay.camera import Camera
from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.finding.probe import http_port
from beffroi.edge.relay.finding.profiles import Profile, choose, codec, stream_address
from beffroi.edge.relay.finding.saying import number, readable
from beffroi.edge.relay.finding.soap import MEDIA2, Services
from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.sdp import Offer
from beffroi.lib.clock import utc_now

MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
FIRST, SECOND = "media", "media2"
ADDRESS_LIMIT: Final = 1_024
DEVICE_PATH: Final = "/onvif/device_service"
PROFILES_LIMIT: Final = 64
SERVICES_LIMIT: Final = 64
LARGEST_SIDE, HIGHEST_RATE = 32_768, 1_000
PICTURE_SECONDS: Final = 10.0
# Another time zone's, and what a clock is out by.
AHEAD_MOST: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """What a camera says. `plays` is None when its picture came, else why not; `ahead` is how far its clock is before ours, None where it
    doesn't say.
    """

    make: str
    model: str
    firmware: str
    profiles: tuple[Profile, ...]
    chosen: Profile
    address: str
    plays: CameraFault | None
    ahead: dt.timedelta | None = None


def device_address(text: str) -> str:
    """Of a camera's device service: `HOST`, `HOST:PORT`, or the address that `discover` gave. Raises CameraFault(address)."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = http_port(parts)
    except ValueError:
        raise CameraFault(Cause.ADDRESS, "HOST, HOST:PORT or http://HOST:PORT/PATH is needed") from None
    if not parts.hostname or not port or "@" in parts.netloc or parts.query or parts.fragment:
        raise CameraFault(Cause.ADDRESS, "an address of HTTP is needed, without a name or a password")
    path = parts.path if parts.path not in ("", "/") else DEVICE_PATH
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


async def ask(address: str, *, user: str, password: str, profile: str, seconds: float) -> Asked:
    """Ask the camera whose device service is there; each answer may take so many seconds. Raises CameraFault."""
    async with Services(user, password, seconds) as services:
        ahead = await _follow_clock(services, address)
        said = await services.ask("devicemgmt", address, "GetDeviceInformation")
        make, model, firmware = (
            readable(getattr(said, name, None)) for name in ("Manufacturer", "Model", "FirmwareVersion")
        )
        media = await _media(services, address)
        profiles = _profiles(await media.profiles())
        chosen = choose(profiles, profile)
        stream = _stream(await media.picture(chosen), address, password)
    return Asked(make, model, firmware, profiles, chosen, stream, await plays(stream, user, password), ahead)


async def _follow_clock(services: Services, address: str) -> dt.timedelta | None:
    """What a camera's clock shows is the one thing that it tells everybody; one that doesn't is taken to go right. A proof of the password
    for a moment that is long to come would be worth something until then to whoever only says that they are the camera: none is given.
    """
    try:
        said = await services.ask("devicemgmt", address, "GetSystemDateAndTime", openly=True)
    except CameraFault as fault:
        if fault.cause in (Cause.CREDENTIALS, Cause.REFUSED):
            return None
        raise
    ahead = None
    with suppress(AttributeError, TypeError, ValueError, OverflowError):
        shown = said.UTCDateTime  # type: ignore[attr-defined]  # the camera's word: whatever it isn't is suppressed
        day, time = shown.Date, shown.Time
        camera = dt.datetime(day.Year, day.Month, day.Day, time.Hour, time.Minute, time.Second, tzinfo=dt.UTC)
        ahead = camera - utc_now()
    if ahead is None:
        return None
    if ahead > AHEAD_MOST:
        raise CameraFault(Cause.CLOCK, f"the camera's clock is {ahead.days} days ahead: set it, then ask again")
    services.follow_clock(ahead)
    await services.begin_again()
    return ahead


class Media:
    """The media service of one camera, in one of its two forms. The second knows H.265, and is asked where there is one."""

    def __init__(self, services: Services, form: str, address: str) -> None:
        self._services = services
        self._form = form
        self._address = address

    async def profiles(self) -> object:
        """All, as the camera says them."""
        wanted = {"Type": ["VideoEncoder"]} if self._form == SECOND else {}
        return await self._services.ask(self._form, self._address, "GetProfiles", wanted)

    async def picture(self, profile: Profile) -> object:
        """Where a profile's picture is, as the camera says it."""
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        how = {"Protocol": "RTSP"} if self._form == SECOND else {"StreamSetup": setup}
        said = await self._services.ask(
            self._form, self._address, "GetStreamUri", {**how, "ProfileToken": profile.token}
        )
        return said if self._form == SECOND else getattr(said, "Uri", None)


async def _media(services: Services, address: str) -> Media:
    """What the camera says of where it is, at the machine that was asked."""
    said = await _listed_services(services, address)
    if said.get(MEDIA2):
        return Media(services, SECOND, _beside(address, said[MEDIA2]))
    if not said.get(MEDIA):
        able = await services.ask("devicemgmt", address, "GetCapabilities", {"Category": "Media"})
        said = {MEDIA: readable(getattr(getattr(able, "Media", None), "XAddr", None), ADDRESS_LIMIT)}
    return Media(services, FIRST, _beside(address, said[MEDIA]))


async def _listed_services(services: Services, address: str) -> dict[str, str]:
    """Addresses by name; none where the camera is so old that it doesn't know the question."""
    try:
        listed = await services.ask("devicemgmt", address, "GetServices", {"IncludeCapability": False})
    except CameraFault as fault:
        if fault.cause is Cause.REFUSED:
            return {}
        raise
    return {
        readable(getattr(each, "Namespace", None)): readable(getattr(each, "XAddr", None), ADDRESS_LIMIT)
        for each in _listed(listed, SERVICES_LIMIT)
    }


def _beside(address: str, said: str) -> str:
    """Another service of the same machine."""
    asked = urlsplit(address)
    try:
        parts = urlsplit(said)
        port = http_port(parts)
    except ValueError:
        port = 0
    if not port:
        raise CameraFault(Cause.GARBAGE, "the camera doesn't say where its media service is")
    host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname
    return urlunsplit((parts.scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))


def _listed(said: object, limit: int) -> list[object]:
    return said[:limit] if isinstance(said, list) else []


def _profiles(said: object) -> tuple[Profile, ...]:
    """Those with a picture."""
    found = []
    for each in _listed(said, PROFILES_LIMIT):
        second = getattr(getattr(each, "Configurations", None), "VideoEncoder", None)
        encoder = getattr(each, "VideoEncoderConfiguration", second)
        token, encoding = (
            readable(word) for word in (getattr(each, "token", None), getattr(encoder, "Encoding", None))
        )
        if token and encoding:
            size, limits = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
            width, height = (number(getattr(size, side, None), LARGEST_SIDE) for side in ("Width", "Height"))
            rate = number(getattr(limits, "FrameRateLimit", None), HIGHEST_RATE)
            found.append(Profile(token, readable(getattr(each, "Name", None)), codec(encoding), width, height, rate))
    return tuple(found)


def _stream(said: object, address: str, password: str) -> str:
    if not isinstance(said, str):
        raise CameraFault(Cause.GARBAGE, "the camera doesn't say where its picture is")
    return stream_address(said, host=urlsplit(address).hostname or "", password=password)


async def plays(address: str, user: str, password: str) -> CameraFault | None:
    """Whether the relay itself gets a picture from there: what a camera says of its profiles isn't always so."""
    came = asyncio.Event()

    def offered(_offer: Offer) -> None:
        """Of what is offered, the picture is what counts."""

    def unit(_unit: Unit) -> None:
        came.set()

    camera = Camera(offered, unit)
    try:
        await camera.open(read_address(address), Authorisation(user, password))
        await _picture(camera, came)
    except CameraFault as fault:
        return fault
    finally:
        camera.close()
    return None


async def _picture(camera: Camera, came: asyncio.Event) -> None:
    """Waits for the first one. Raises CameraFault."""
    staying, coming = asyncio.create_task(camera.stay()), asyncio.create_task(came.wait())
    try:
        await asyncio.wait((staying, coming), timeout=PICTURE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if staying.done():
            staying.result()
        if not came.is_set():
            raise CameraFault(Cause.NO_PICTURE, "packets come, and no picture")
    finally:
        staying.cancel()
        coming.cancel()
        await asyncio.gather(staying, coming, return_exceptions=True)
